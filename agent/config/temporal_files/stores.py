"""The stores of a Temporal server, as its `persistence` names them.

Source: temporalio/temporal, common/config/config.go and persistence.go at v1.31.2 and, for
`advancedVisibilityStore`, at v1.20.0; the keys have the same names since v1.0.0.
"""

from __future__ import annotations

import re

from agent.config.document import Place
from agent.config.temporal_files.cluster_metadata import put_keys
from agent.config.temporal_files.import_result import MASK, ImportedSettings
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.vocabulary import Role

_STORES = {
    "defaultStore": Role.PERSISTENCE,
    "visibilityStore": Role.VISIBILITY,
    "secondaryVisibilityStore": Role.SECONDARY_VISIBILITY,
    "advancedVisibilityStore": Role.SEARCH,
}
#: A second index of the same search store, which makes a store of its own.
_SECOND_INDEX = ("indices", "secondary_visibility")
_PLUGINS = {
    "mysql": "mysql",
    "mysql8": "mysql",
    "postgres": "postgresql",
    "postgres_pgx": "postgresql",
    "postgres12": "postgresql",
    "postgres12_pgx": "postgresql",
}
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:/,\s\[\]]+)(?::([0-9]{1,5}))?", re.ASCII)


def read_stores(reading: ImportedSettings, persistence: YamlNode) -> None:
    """Every store that a role names."""
    datastores = persistence["datastores"]
    for key, role in _STORES.items():
        name = persistence[key]
        if name.text and not datastores[name.text].is_there:
            reading.lack(name, "names a datastore that is not there", (role,))
        elif name.text:
            # A store of its own goes before a second index.
            reading.values.pop(role, None)
            read_store(reading, role, datastores[name.text])
    if not persistence["defaultStore"].text:
        reading.lack(persistence["defaultStore"], "is missing", (Role.PERSISTENCE,))
        if not persistence["visibilityStore"].text:
            reading.lack(persistence["visibilityStore"], "is missing", (Role.VISIBILITY,))
    put_keys(reading, "store_keys", _keys(persistence), persistence)


def _keys(persistence: YamlNode) -> tuple[str, ...]:
    """The keys that name stores, and those of them whose store has a second index."""
    named = [key for key in _STORES if persistence[key].text]
    stores = {key: persistence["datastores"][persistence[key].text] for key in named}
    second = [key for key in named if stores[key].at("elasticsearch", *_SECOND_INDEX).text]
    return (*named, *(f"{key}.{_SECOND_INDEX[-1]}" for key in second))


def read_store(reading: ImportedSettings, role: Role, store: YamlNode) -> None:
    """One store, as an entry of `datastores` has it."""
    kinds = [kind for kind in _KINDS if store[kind].is_there]
    if len(kinds) != 1:
        reading.lack(store, f"names {len(kinds)} stores, not one", (role,))
        return
    reading.begin((role,), store)
    _KINDS[kinds[0]](reading, role, store[kinds[0]])


def _sql(reading: ImportedSettings, role: Role, sql: YamlNode) -> None:
    plugin = sql["pluginName"]
    if plugin.text == "sqlite":
        _sqlite(reading, role, sql)
        return
    kind = _PLUGINS.get(plugin.text)
    if kind is None:
        reading.lack(plugin, "is no SQL plugin of Temporal's" if plugin.text else "is missing", (role,))
        return
    at = (role, kind)
    reading.put((*at, "plugin"), plugin.text, plugin)
    _address(reading, at, sql)
    reading.required((*at, "database"), sql["databaseName"])
    reading.required((*at, "user"), sql["user"])
    reading.password(at, sql)
    _sql_tls(reading, at, sql)
    if kind == "mysql" and role is not Role.SEARCH:
        attributes = sql["connectAttributes"]
        place = ("server_file", "connect_attributes", role)
        reading.put(place, tuple(attributes.children), attributes)


def _address(reading: ImportedSettings, at: Place, sql: YamlNode) -> None:
    address, protocol = sql["connectAddr"], sql["connectProtocol"]
    match = _ADDRESS.fullmatch(address.text)
    if protocol.text == "unix" or address.text.startswith("/"):
        reading.lack(address, "is a socket on the server's machine", (*at, "host"))
    elif match is None:
        what = "is not one host:port" if address.text else "is missing"
        reading.lack(address, what, (*at, "host"))
    else:
        reading.put((*at, "host"), match[1].strip("[]"), address)
        if match[2]:
            reading.put((*at, "port"), int(match[2]), address)


def _sqlite(reading: ImportedSettings, role: Role, sql: YamlNode) -> None:
    name = sql["databaseName"]
    if sql.at("connectAttributes", "mode").text == "memory":
        reading.lack(name, "is in the server's memory, where nobody else can read it", (role,))
    elif not name.text:
        reading.lack(name, "is missing", (role, "sqlite", "path"))
    else:
        reading.path((role, "sqlite", "path"), name)
        reading.text((role, "sqlite", "database"), name)


def _cassandra(reading: ImportedSettings, role: Role, cassandra: YamlNode) -> None:
    at = (role, "cassandra")
    hosts, port = cassandra["hosts"], cassandra["port"]
    matches = [_ADDRESS.fullmatch(text.strip()) for text in hosts.text.split(",") if text.strip()]
    ports = {match[2] for match in matches if match}
    if not matches or None in matches or len(ports) > 1:
        what = "are not hosts with one port" if matches else "are missing"
        reading.lack(hosts, what, (*at, "hosts"))
    else:
        reading.put((*at, "hosts"), tuple(match[1].strip("[]") for match in matches if match), hosts)
        own = next(iter(ports))
        if own or port.number:
            reading.put((*at, "port"), int(own or port.number), hosts if own else port)
    reading.required((*at, "keyspace"), cassandra["keyspace"])
    reading.text((*at, "datacenter"), cassandra["datacenter"])
    reading.login(at, cassandra, cassandra["user"])
    read_tls(reading, at, cassandra["tls"])


def _elasticsearch(reading: ImportedSettings, role: Role, search: YamlNode) -> None:
    index = search.at("indices", "visibility")
    _index(reading, role, search, index)
    second = search.at(*_SECOND_INDEX)
    if second.text and role is Role.VISIBILITY:
        _index(reading, Role.SECONDARY_VISIBILITY, search, second)


def _index(reading: ImportedSettings, role: Role, search: YamlNode, index: YamlNode) -> None:
    at = (role, "elasticsearch")
    url = search["url"] if search.at("url", "host").text else next(iter(search["urls"].items), search["url"])
    host = url["host"]
    if host.text:
        address = f"{url['scheme'].text or 'http'}://{host.text}{url['path'].text}"
        reading.put((*at, "url"), address, host)
    else:
        reading.lack(host, "is missing", (*at, "url"))
    reading.required((*at, "index"), index)
    reading.text((*at, "version"), search["version"])
    reading.login(at, search, search["username"])
    signing = search["aws-request-signing"]
    if signing["enabled"].flag:
        what = "signs its requests as AWS wants it, which the agent can't"
        reading.lack(signing, what, (*at, "user"), (*at, "api_key_file"), (*at, "api_key"))
    read_tls(reading, at, search["tls"])


def _custom(reading: ImportedSettings, role: Role, custom: YamlNode) -> None:
    name = custom["name"]
    reading.put((role, "custom", "name"), name.text or str(custom.place[-2]), name)


def _sql_tls(reading: ImportedSettings, at: Place, sql: YamlNode) -> None:
    tls, attributes = sql["tls"], sql["connectAttributes"]
    verifies = tls["enableHostVerification"].flag
    names = any(tls[key].text not in ("", MASK) for key in (*_TLS_FILES, *_TLS_DATA))
    if tls["enabled"].flag and (verifies or names):
        # The server's PostgreSQL plugins verify the host's own name, whatever `serverName` says
        # (sqlplugin/postgresql/session/session.go).
        read_tls(reading, at, tls, named=at[1] == "mysql")
    for key in ("sslrootcert", "sslcert", "sslkey"):
        if attributes[key].text:
            ours = {"sslrootcert": "ca_file", "sslcert": "cert_file", "sslkey": "key_file"}[key]
            reading.path((*at, "tls", ours), attributes[key])


_TLS_FILES = {"caFile": "ca_file", "certFile": "cert_file", "keyFile": "key_file"}
_TLS_DATA = {"caData": "ca_file", "certData": "cert_file", "keyData": "key_file"}


def read_tls(reading: ImportedSettings, at: Place, tls: YamlNode, *, named: bool = True) -> None:
    """How a client of a store speaks TLS (common/auth/tls.go)."""
    if not tls["enabled"].flag:
        return
    reading.put((*at, "tls"), {}, tls)
    for key, ours in _TLS_FILES.items():
        reading.path((*at, "tls", ours), tls[key])
    for key, ours in _TLS_DATA.items():
        if tls[key].text not in ("", MASK):
            reading.lack(tls[key], "holds a certificate or key; the agent wants a file", (*at, "tls", ours))
    if named:
        reading.text((*at, "tls", "server_name"), tls["serverName"])


_KINDS = {
    "sql": _sql,
    "cassandra": _cassandra,
    "elasticsearch": _elasticsearch,
    "customDatastore": _custom,
}
