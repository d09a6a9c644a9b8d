"""The stores of a Temporal server, from its `persistence` section.

Source: temporalio/temporal, common/config/config.go and persistence.go at v1.31.2 and, for
`advancedVisibilityStore`, at v1.20.0; the keys have kept their names since v1.0.0.
"""

from __future__ import annotations

import re

from agent.config.document import Place
from agent.config.fields import MAX_PORT
from agent.config.temporal_files.cluster_metadata import put_keys
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.sql_connection import read_sql_connection
from agent.config.temporal_files.tls import read_tls
from agent.config.temporal_files.validation.persistence import SEARCH_CLIENTS, search_url_violations
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.vocabulary import FURTHER_STORE_ROLES, Role

_STORES = {
    "defaultStore": Role.PERSISTENCE,
    "visibilityStore": Role.VISIBILITY,
    "secondaryVisibilityStore": Role.SECONDARY_VISIBILITY,
    "advancedVisibilityStore": Role.SEARCH,
}
#: A second index of the same search store, which is a store of its own.
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


def read_stores(imported: ImportedSettings, persistence: YamlNode) -> None:
    """Import the store of every role."""
    datastores = persistence["datastores"]
    for key, role in _STORES.items():
        name = persistence[key]
        if name.text and name.text not in datastores.children:
            if role in FURTHER_STORE_ROLES:
                # Whether a release refuses it is in data/file_rules.json; the others ignore the key.
                continue
            imported.report_missing(name, "is a datastore that `datastores` does not define", (role,))
        elif name.text and role is Role.SEARCH and not datastores[name.text]["elasticsearch"].is_there:
            imported.report_missing(name, "is not a datastore with `elasticsearch`", (role,))
        elif name.text:
            # A separate store wins over a second index.
            imported.values.pop(role, None)
            read_store(imported, role, datastores[name.text])
    if not persistence["defaultStore"].text:
        imported.report_missing(persistence["defaultStore"], "is missing", (Role.PERSISTENCE,))
        if not persistence["visibilityStore"].text:
            imported.report_missing(persistence["visibilityStore"], "is missing", (Role.VISIBILITY,))
    put_keys(imported, "store_keys", _keys(persistence), persistence)


def _keys(persistence: YamlNode) -> tuple[str, ...]:
    """The keys that name stores, and the keys whose store has a second index."""
    named = [key for key in _STORES if persistence[key].text]
    stores = {key: persistence["datastores"][persistence[key].text] for key in named}
    second = [key for key in named if stores[key].at("elasticsearch", *_SECOND_INDEX).text]
    return (*named, *(f"{key}.{_SECOND_INDEX[-1]}" for key in second))


def read_store(imported: ImportedSettings, role: Role, store: YamlNode) -> None:
    """Import one store from an entry of `datastores`."""
    kinds = [kind for kind in _KINDS if store[kind].is_there]
    if len(kinds) != 1:
        imported.report_missing(store, f"has {len(kinds)} stores instead of one", (role,))
        return
    if role is Role.PERSISTENCE and kinds[0] == "elasticsearch":
        imported.report_missing(store, "is Elasticsearch, which cannot be the default store", (role,))
        return
    imported.begin((role,), store)
    _KINDS[kinds[0]](imported, role, store[kinds[0]])


def _sql(imported: ImportedSettings, role: Role, sql: YamlNode) -> None:
    plugin = sql["pluginName"]
    if plugin.text == "sqlite":
        _sqlite(imported, role, sql)
        return
    kind = _PLUGINS.get(plugin.text)
    if kind is None:
        imported.report_missing(
            plugin, "is not a SQL plugin of Temporal" if plugin.text else "is missing", (role,)
        )
        return
    at = (role, kind)
    imported.put((*at, "plugin"), plugin.text, plugin)
    _address(imported, at, sql)
    imported.required((*at, "database"), sql["databaseName"])
    imported.required((*at, "user"), sql["user"])
    imported.password(at, sql)
    read_sql_connection(imported, at, sql)


def _address(imported: ImportedSettings, at: Place, sql: YamlNode) -> None:
    address, protocol = sql["connectAddr"], sql["connectProtocol"]
    match = _ADDRESS.fullmatch(address.text)
    if protocol.text == "unix" or address.text.startswith("/"):
        imported.report_missing(address, "is a Unix socket on the server's machine", (*at, "host"))
    elif match is None:
        what = "is not one host:port" if address.text else "is missing"
        imported.report_missing(address, what, (*at, "host"))
    else:
        imported.put((*at, "host"), match[1].strip("[]"), address)
        if match[2]:
            _port(imported, at, int(match[2]), address)


def _port(imported: ImportedSettings, at: Place, port: int, node: YamlNode) -> None:
    if 0 < port <= MAX_PORT:
        imported.put((*at, "port"), port, node)
    else:
        imported.report_missing(node, f"has the port {port}, which does not exist", (*at, "port"))


def _sqlite(imported: ImportedSettings, role: Role, sql: YamlNode) -> None:
    name = sql["databaseName"]
    if sql.at("connectAttributes", "mode").text == "memory":
        imported.report_missing(name, "is in the server's memory, where the agent cannot read it", (role,))
    elif not name.text:
        imported.report_missing(name, "is missing", (role, "sqlite", "path"))
    else:
        imported.path((role, "sqlite", "path"), name)
        imported.text((role, "sqlite", "database"), name)


def _cassandra(imported: ImportedSettings, role: Role, cassandra: YamlNode) -> None:
    at = (role, "cassandra")
    hosts, port = cassandra["hosts"], cassandra["port"]
    matches = [_ADDRESS.fullmatch(text.strip()) for text in hosts.text.split(",") if text.strip()]
    ports = {match[2] for match in matches if match}
    if not matches or None in matches or len(ports) > 1:
        what = "is not a list of hosts with the same port" if matches else "is missing"
        imported.report_missing(hosts, what, (*at, "hosts"))
    else:
        names = dict.fromkeys(match[1].strip("[]") for match in matches if match)
        imported.put((*at, "hosts"), tuple(names), hosts)
        own = next(iter(ports))
        if own or port.number:
            _port(imported, at, int(own or port.number), hosts if own else port)
    imported.required((*at, "keyspace"), cassandra["keyspace"])
    imported.text((*at, "datacenter"), cassandra["datacenter"])
    imported.login(at, cassandra, cassandra["user"])
    read_tls(imported, at, cassandra["tls"])


def _elasticsearch(imported: ImportedSettings, role: Role, search: YamlNode) -> None:
    index = search.at("indices", "visibility")
    _index(imported, role, search, index)
    second = search.at(*_SECOND_INDEX)
    if second.text and role is Role.VISIBILITY:
        _index(imported, Role.SECONDARY_VISIBILITY, search, second)


def _index(imported: ImportedSettings, role: Role, search: YamlNode, index: YamlNode) -> None:
    at = (role, "elasticsearch")
    url = search["url"] if search.at("url", "host").text else next(iter(search["urls"].items), search["url"])
    host = url["host"]
    # Without a scheme the agent takes http; the server refuses the file.
    if problem := next((each for each in search_url_violations(search) if each.node.text), None):
        imported.report_missing(problem.node, problem.what, (*at, "url"))
    elif host.text:
        address = f"{url['scheme'].text or 'http'}://{host.text}{url['path'].text}"
        imported.put((*at, "url"), address, host)
    else:
        imported.report_missing(host, "is missing", (*at, "url"))
    imported.required((*at, "index"), index)
    version = search["version"]
    if version.text in SEARCH_CLIENTS:
        imported.text((*at, "version"), version)
    else:
        what = (
            f"is {version.text[:60]}, which is not {', '.join(SEARCH_CLIENTS[1:-1])} or {SEARCH_CLIENTS[-1]}"
        )
        imported.report_missing(version, what, (*at, "version"))
    imported.login(at, search, search["username"])
    signing = search["aws-request-signing"]
    if signing["enabled"].flag:
        what = "signs requests for AWS, which the agent cannot do"
        imported.report_missing(signing, what, (*at, "user"), (*at, "api_key_file"), (*at, "api_key"))
    read_tls(imported, at, search["tls"])


def _custom(imported: ImportedSettings, role: Role, custom: YamlNode) -> None:
    name = custom["name"]
    imported.put((role, "custom", "name"), name.text or str(custom.place[-2]), name)


_KINDS = {
    "sql": _sql,
    "cassandra": _cassandra,
    "elasticsearch": _elasticsearch,
    "customDatastore": _custom,
}
