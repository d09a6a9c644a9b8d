"""The TLS settings for clients of a store.

Source: temporalio/temporal@v1.31.2: common/auth/tls.go.
"""

from __future__ import annotations

from agent.config.document import Place
from agent.config.temporal_files.import_result import MASK, ImportedSettings
from agent.config.temporal_files.yaml_tree import YamlNode

_DATA = {"caData": "ca_file", "certData": "cert_file", "keyData": "key_file"}


def read_tls(
    imported: ImportedSettings, at: Place, tls: YamlNode, *, named: bool = True, verify: bool | None = None
) -> None:
    """Import the TLS settings, if TLS is enabled.

    `named`: the server uses `serverName`. `verify`: whether the connection is verified; by default as the
    section has it.
    """
    if not tls["enabled"].flag:
        return
    imported.put((*at, "tls"), {}, tls)
    if not (verifies(tls) if verify is None else verify):
        put_unverified(imported, at, tls["enabled"])
    imported.path((*at, "tls", "ca_file"), tls["caFile"])
    # One without the other: a server refuses the file, or ignores it.
    if _given(tls, "cert") and _given(tls, "key"):
        imported.path((*at, "tls", "cert_file"), tls["certFile"])
        imported.path((*at, "tls", "key_file"), tls["keyFile"])
    for key, agent_key in _DATA.items():
        if tls[key].text not in ("", MASK):
            imported.report_missing(
                tls[key], "contains a certificate or key; the agent needs a file", (*at, "tls", agent_key)
            )
    if named:
        imported.text((*at, "tls", "server_name"), tls["serverName"])


def _given(tls: YamlNode, kind: str) -> bool:
    """Whether there is a certificate or a key, as a file or as data."""
    return any(tls[f"{kind}{form}"].text for form in ("File", "Data"))


def verifies(tls: YamlNode) -> bool:
    """Whether Temporal verifies the server of the store. With an authority alone it does not."""
    return tls["enableHostVerification"].flag


def has_authority(tls: YamlNode) -> bool:
    """Whether the section has an authority, as a file or as data."""
    return any(tls[key].text not in ("", MASK) for key in ("caFile", "caData"))


def put_unverified(imported: ImportedSettings, at: Place, node: YamlNode) -> None:
    """The connection is encrypted, and nothing is verified."""
    imported.put((*at, "tls", "verify"), False, node)
