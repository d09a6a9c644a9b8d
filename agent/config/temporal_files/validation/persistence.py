"""What the server refuses below `persistence`.

Source: common/config/persistence.go and common/persistence/visibility/store/elasticsearch/client/config.go at
v1.31.2; common/service/config/persistence.go at v1.0.0.
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.config.fields import MAX_PORT
from agent.config.temporal_files.import_result import MASK
from agent.config.temporal_files.validation.violation import Violation, number, unseen
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.file_rules import FileRule

_KINDS = ("cassandra", "sql", "customDatastore", "elasticsearch")
_PLUGINS = frozenset(
    {"mysql", "mysql8", "postgres", "postgres_pgx", "postgres12", "postgres12_pgx", "sqlite"}
)
_ADVANCED = "advancedVisibilityStore"
_USED = {
    "defaultStore": FileRule.STORE_UNDEFINED,
    "visibilityStore": FileRule.STORE_UNDEFINED,
    "secondaryVisibilityStore": FileRule.SECOND_STORE_UNDEFINED,
    _ADVANCED: FileRule.SEARCH_STORE_UNDEFINED,
}
#: gocql: ParseConsistency.
_CONSISTENCY = frozenset(
    {"ANY", "ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM", "EACH_QUORUM", "LOCAL_ONE"}
)
_SERIAL = frozenset({"SERIAL", "LOCAL_SERIAL"})
#: The clients of Elasticsearch; without a version a release has its own default.
SEARCH_CLIENTS = ("", "v6", "v7", "v8")
_AWS = frozenset({"", "static", "environment", "aws-sdk-default"})


def persistence_violations(config: YamlNode) -> Iterator[Violation]:
    """The stores that are named, and the settings of each."""
    persistence = config["persistence"]
    shards = persistence["numHistoryShards"]
    if (number(shards) or 0) < 0:
        yield Violation(FileRule.SHARDS_NEGATIVE, shards, f"is {shards.text[:60]}")
    stores = persistence["datastores"]
    for key, rule in _USED.items():
        name = persistence[key]
        if name.text and name.text not in stores.children:
            yield Violation(rule, name, f"is {name.text[:60]}, which `datastores` does not define")
        elif name.text and key == _ADVANCED and not stores[name.text]["elasticsearch"].children:
            yield Violation(rule, name, f"is {name.text[:60]}, a datastore without elasticsearch")
        elif name.text:
            yield from _store(key, stores[name.text])


def _store(key: str, store: YamlNode) -> Iterator[Violation]:
    # Go reads a key without a value as if it were not there.
    kinds = [kind for kind in _KINDS if store[kind].children]
    if len(kinds) != 1 and key != _ADVANCED:
        yield Violation(FileRule.STORE_KINDS, store, f"has {len(kinds)} kinds of store instead of one")
    if "sql" in kinds:
        yield from _sql(store["sql"])
    if "cassandra" in kinds:
        yield from _cassandra(store["cassandra"])
    if "elasticsearch" in kinds:
        if key == "defaultStore":
            what = "is Elasticsearch, which cannot be the default store"
            yield Violation(FileRule.DEFAULT_STORE_IS_SEARCH, store["elasticsearch"], what)
        yield from _search(store["elasticsearch"])


def _sql(sql: YamlNode) -> Iterator[Violation]:
    plugin, password, command = sql["pluginName"], sql["password"], sql["passwordCommand"]
    if plugin.text and plugin.text not in _PLUGINS:
        yield Violation(
            FileRule.PLUGIN_UNKNOWN, plugin, f"is {plugin.text[:60]}, a plugin that no release has"
        )
    if command.children and password.text not in ("", MASK):
        yield Violation(FileRule.PASSWORD_TWICE, command, "and password are both set")
    if command.children and not command["command"].text:
        yield Violation(FileRule.PASSWORD_COMMAND_EMPTY, command["command"], "is missing")
    yield from _port(sql["connectAddr"], sql["connectAddr"].text.rpartition(":")[2])
    yield from _tls(sql["tls"])


def _cassandra(cassandra: YamlNode) -> Iterator[Violation]:
    for settings in cassandra["consistency"].children.values():
        for key, known in (("consistency", _CONSISTENCY), ("serialConsistency", _SERIAL)):
            value = settings[key]
            if value.text and value.text.upper() not in known:
                yield Violation(FileRule.CASSANDRA_CONSISTENCY, value, f"is {value.text[:60]}")
    yield from _port(cassandra["port"], cassandra["port"].text)
    yield from _tls(cassandra["tls"])


def _search(search: YamlNode) -> Iterator[Violation]:
    index = search.at("indices", "visibility")
    if not index.text:
        yield Violation(FileRule.SEARCH_INDEX_MISSING, index, "is missing")
    if not search.at("url", "host").text and not search["urls"].items:
        yield Violation(FileRule.SEARCH_URL_MISSING, search.at("url", "host"), "is missing")
    version = search["version"]
    if version.text not in SEARCH_CLIENTS:
        yield Violation(FileRule.SEARCH_VERSION, version, f"is {version.text[:60]}")
    signing = search["aws-request-signing"]
    provider = signing["credentialProvider"]
    if signing["enabled"].flag and provider.text.lower() not in _AWS:
        yield Violation(FileRule.AWS_PROVIDER_UNKNOWN, provider, f"is {provider.text[:60]}")
    yield from _tls(search["tls"])


def _port(node: YamlNode, port: str) -> Iterator[Violation]:
    if port.isdecimal() and int(port) > MAX_PORT:
        yield Violation(FileRule.PORT_INVALID, node, f"has the port {port[:20]}, which does not exist")


def _tls(tls: YamlNode) -> Iterator[Violation]:
    if tls["enabled"].flag:
        for key in ("caFile", "certFile", "keyFile"):
            yield from unseen(tls[key])
