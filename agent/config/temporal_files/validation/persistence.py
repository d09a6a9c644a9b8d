"""What the server refuses below `persistence`.

Source: common/config/persistence.go and common/persistence/visibility/store/elasticsearch/client/config.go at
v1.31.2; common/service/config/persistence.go at v1.0.0.
"""

from __future__ import annotations

import re
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
#: jackc/pgx, pgconn/config.go. lib/pq has two of them only since 1.12.
_SSL_MODES = frozenset({"", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
_SSL_MODES_OF_PGX = frozenset({"allow", "prefer"})
#: What net/url reads as a host with a port; the server builds the URL from its parts.
_SEARCH_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+(%25\w+)?\]|[^\s:/?#@\[\]%\\^{}|<>\"`]+)(:[0-9]*)?")
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
    yield from _sql_address(sql)
    if sql["pluginName"].text.startswith("postgres"):
        yield from _attributes(sql)
        yield from _pair(FileRule.SQL_TLS_PAIR, sql["tls"])
    yield from _tls(sql["tls"])


def _sql_address(sql: YamlNode) -> Iterator[Violation]:
    address, is_postgresql = sql["connectAddr"], sql["pluginName"].text.startswith("postgres")
    if sql["connectProtocol"].text == "unix" or sql["pluginName"].text == "sqlite":
        return
    host, _, port = address.text.rpartition(":")
    if "@" in address.text or "://" in address.text or re.search(r"\s", address.text.strip()):
        # What is before an `@` may be a password.
        yield Violation(FileRule.STORE_ADDRESS, address, "is not host:port")
    elif is_postgresql and host and port and not port.isdecimal():
        # MySQL's driver looks the name of the port up.
        yield Violation(FileRule.STORE_ADDRESS, address, f"has the port {port[:20]}, which is not a number")
    elif host and port.isdecimal() and not int(port):
        yield Violation(FileRule.STORE_ADDRESS, address, "has the port 0")
    else:
        yield from _port(address, port)


def _attributes(sql: YamlNode) -> Iterator[Violation]:
    """Attributes of a connection to PostgreSQL: the server itself sets some, from `tls` or without it."""
    tls = sql["tls"]
    own = {"sslmode"}
    if tls["enabled"].flag:
        own |= {"sslrootcert"} if tls["caFile"].text else set()
        own |= {"sslcert", "sslkey"} if tls["certFile"].text and tls["keyFile"].text else set()
    is_pgx = sql["pluginName"].text.endswith("_pgx")
    for name, value in sql["connectAttributes"].children.items():
        if name.strip() in own and value.text.strip():
            yield Violation(FileRule.ATTRIBUTE_TWICE, value, "is set, and the server sets it, too")
        if name.strip() != "sslmode" or value.text == MASK:
            continue
        if value.text.strip() not in _SSL_MODES:
            yield Violation(FileRule.SSL_MODE, value, f"is {value.text[:60]}")
        elif value.text.strip() in _SSL_MODES_OF_PGX and not is_pgx:
            yield Violation(FileRule.SSL_MODE_OF_PGX, value, f"is {value.text[:60]}, with the driver lib/pq")


def _cassandra(cassandra: YamlNode) -> Iterator[Violation]:
    for settings in cassandra["consistency"].children.values():
        for key, known in (("consistency", _CONSISTENCY), ("serialConsistency", _SERIAL)):
            value = settings[key]
            if value.text and value.text.upper() not in known:
                yield Violation(FileRule.CASSANDRA_CONSISTENCY, value, f"is {value.text[:60]}")
    yield from _port(cassandra["port"], cassandra["port"].text)
    # A key alone is ignored.
    yield from _pair(FileRule.TLS_PAIR, cassandra["tls"], "cert")
    yield from _tls(cassandra["tls"])


def _search(search: YamlNode) -> Iterator[Violation]:
    index = search.at("indices", "visibility")
    if not index.text:
        yield Violation(FileRule.SEARCH_INDEX_MISSING, index, "is missing")
    if not search.at("url", "host").text and not search["urls"].items:
        yield Violation(FileRule.SEARCH_URL_MISSING, search.at("url", "host"), "is missing")
    yield from search_url_violations(search)
    version = search["version"]
    if version.text not in SEARCH_CLIENTS:
        yield Violation(FileRule.SEARCH_VERSION, version, f"is {version.text[:60]}")
    signing = search["aws-request-signing"]
    provider = signing["credentialProvider"]
    if signing["enabled"].flag and provider.text.lower() not in _AWS:
        yield Violation(FileRule.AWS_PROVIDER_UNKNOWN, provider, f"is {provider.text[:60]}")
    yield from _pair(FileRule.SEARCH_TLS_PAIR, search["tls"])
    yield from _tls(search["tls"])


def search_url_violations(search: YamlNode) -> Iterator[Violation]:
    """The URLs that the client of Elasticsearch cannot read."""
    for url in (search["url"], *search["urls"].items):
        if url["host"].text and not _SEARCH_HOST.fullmatch(url["host"].text):
            yield Violation(FileRule.SEARCH_URL, url["host"], "is not host:port")
        elif url["host"].text and url["scheme"].text.lower() not in ("http", "https"):
            what = f"is {url['scheme'].text[:20] or 'missing'}, not http or https"
            yield Violation(FileRule.SEARCH_URL, url["scheme"], what)


def _port(node: YamlNode, port: str) -> Iterator[Violation]:
    if port.isdecimal() and int(port) > MAX_PORT:
        yield Violation(FileRule.PORT_INVALID, node, f"has the port {port[:20]}, which does not exist")


def _pair(rule: FileRule, tls: YamlNode, *kinds: str) -> Iterator[Violation]:
    """A certificate without a key, or a key without a certificate."""
    for kind, other in (("cert", "key"), ("key", "cert")):
        node = tls[f"{kind}File"] if tls[f"{kind}File"].text else tls[f"{kind}Data"]
        lacks = not any(tls[f"{other}{form}"].text for form in ("File", "Data"))
        if tls["enabled"].flag and node.text not in ("", MASK) and lacks and kind in (kinds or (kind,)):
            yield Violation(rule, node, f"is set without {other}File")


def _tls(tls: YamlNode) -> Iterator[Violation]:
    if tls["enabled"].flag:
        for key in ("caFile", "certFile", "keyFile"):
            yield from unseen(tls[key])
