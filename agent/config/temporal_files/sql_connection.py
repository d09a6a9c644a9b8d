"""How a Temporal server connects to a SQL store: TLS, and the attributes of the connection.

Source: temporalio/temporal@v1.31.2: common/persistence/sql/sqlplugin/postgresql/session/session.go
(`buildDSNAttr`) and mysql/session/session.go (`registerTLSConfig`); go-sql-driver/mysql, README.md, `tls`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from agent.config.document import Place
from agent.config.temporal_files.import_result import MASK, ImportedSettings
from agent.config.temporal_files.tls import has_authority, put_unverified, read_tls, verifies
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.vocabulary import Role

_VERIFIED = frozenset({"verify-ca", "verify-full"})
#: Attributes of PostgreSQL that name files. `system` means the authorities of the system.
_FILES = {"sslrootcert": "ca_file", "sslcert": "cert_file", "sslkey": "key_file"}
_SYSTEM = "system"
#: `options: -c search_path=temporal`, which PostgreSQL takes, too.
_OPTION = re.compile(r"-c\s*search_path=((?:\\.|[^\s\\])+)", re.ASCII)


def read_sql_connection(imported: ImportedSettings, at: Place, sql: YamlNode) -> None:
    """Import TLS and the connect attributes of the store at the place `at`."""
    section = sql["connectAttributes"]
    # The server removes white space around names and values.
    attributes = {name.strip(): node for name, node in section.children.items()}
    given = {name: node.text.strip() for name, node in attributes.items() if node.text not in ("", MASK)}
    if at[1] == "postgresql":
        _postgresql_tls(imported, at, sql["tls"], attributes, given)
        _search_path(imported, at, attributes)
    else:
        _mysql_tls(imported, at, sql["tls"], attributes, given)
    if at[0] is Role.SEARCH:
        return
    if at[1] == "mysql":
        imported.put(("server_file", "connect_attributes", at[0]), tuple(section.children), section)
    if given:
        imported.put(("server_file", "tool_attributes", at[0]), given, section)


def _search_path(imported: ImportedSettings, at: Place, attributes: Mapping[str, YamlNode]) -> None:
    place = (*at, "search_path")
    if (path := attributes.get("search_path")) is not None and path.text.strip():
        imported.put(place, path.text.strip(), path)
    elif (options := attributes.get("options")) is not None and (match := _OPTION.search(options.text)):
        imported.put(place, re.sub(r"\\(.)", r"\1", match[1]), options)


def _postgresql_tls(
    imported: ImportedSettings,
    at: Place,
    tls: YamlNode,
    attributes: Mapping[str, YamlNode],
    given: Mapping[str, str],
) -> None:
    """The attribute `sslmode` wins over the section `tls`."""
    mode = given.get("sslmode", "")
    enabled = tls["enabled"].flag
    files = {key: name for key, name in _FILES.items() if given.get(key)}
    node = attributes.get("sslmode", tls["enabled"])
    # Without `sslmode` and `tls` the server sets `disable`, whatever the other attributes (`buildDSNAttr`).
    # `prefer` and `allow` do not demand TLS, and without `tls` the agent prefers it, too.
    demanded = mode in ("require", *_VERIFIED) or (enabled and (not mode or has_authority(tls)))
    if mode == "disable" or not demanded:
        return
    # Without `verify`, libpq still checks the certificate with an authority, as the server's drivers do.
    is_verified = mode in _VERIFIED or "sslrootcert" in files or (enabled and not mode and verifies(tls))
    # The plugins verify the host's own name and ignore `serverName`.
    read_tls(imported, at, tls, named=False, verify=True)
    if not enabled:
        imported.put((*at, "tls"), {}, node)
    if not is_verified:
        put_unverified(imported, at, node)
    if not {"sslcert", "sslkey"} <= files.keys():
        files = {key: name for key, name in files.items() if key == "sslrootcert"}
    for key, name in files.items():
        if given[key] != _SYSTEM:
            imported.path((*at, "tls", name), attributes[key])


def _mysql_tls(
    imported: ImportedSettings,
    at: Place,
    tls: YamlNode,
    attributes: Mapping[str, YamlNode],
    given: Mapping[str, str],
) -> None:
    """The section `tls` wins over the attribute of this name, which it replaces."""
    mode = given.get("tls", "").lower()
    if tls["enabled"].flag:
        read_tls(imported, at, tls)
    elif mode in ("true", "1", "skip-verify"):
        imported.put((*at, "tls"), {}, attributes["tls"])
        if mode == "skip-verify":
            put_unverified(imported, at, attributes["tls"])
