"""Values that have to be there, and values of the wrong type.

Source: the tags `validate:"nonzero"` in common/config/config.go and common/metrics/config.go at v1.0.0 and
v1.31.2; Go's decoder does the rest. The server validates every datastore, used or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent.config.temporal_files.validation.violation import Violation, absent, number, seconds
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.file_rules import FileRule

#: The values that a store of each kind needs.
_OF_STORES = {
    "sql": ("pluginName", "databaseName", "connectAddr", "connectProtocol"),
    "cassandra": ("hosts", "keyspace"),
}
_FLAGS = frozenset(
    {"y", "yes", "on", "n", "no", "off", "true", "false"}  # gopkg.in/yaml.v3: resolve.go, decode.go
)
_PORTS = ("grpcPort", "membershipPort", "httpPort")


def value_violations(config: YamlNode) -> Iterator[Violation]:
    """Values that are missing, and values that Go cannot read as a number, a duration or a boolean."""
    persistence = config["persistence"]
    yield from _missing(persistence, ("defaultStore", "numHistoryShards"))
    shards = persistence["numHistoryShards"]
    if shards.text and number(shards) == 0:
        yield Violation(FileRule.VALUE_MISSING, shards, "is 0")
    for store in persistence["datastores"].children.values():
        for kind, keys in _OF_STORES.items():
            if store[kind].children:
                yield from _missing(store[kind], keys)
    statsd = config.at("global", "metrics", "statsd")
    if statsd.children:
        yield from _missing(statsd, ("hostPort", "prefix"))
    yield from _types(config)
    yield from _faults(persistence["datastores"])


def _missing(section: YamlNode, keys: Iterable[str]) -> Iterator[Violation]:
    for key in keys:
        if not section[key].text:
            yield absent(FileRule.VALUE_MISSING, section[key])


def _faults(stores: YamlNode) -> Iterator[Violation]:
    """Variables from which the image renders a file that is not valid YAML, each once."""
    settings = (
        section.children.values() for store in stores.children.values() for section in store.children.values()
    )
    found = {node.place: node for nodes in settings for node in nodes if node.fault}
    for node in found.values():
        yield Violation(FileRule.VALUE_TYPE, node, node.fault)


def _types(config: YamlNode) -> Iterator[Violation]:
    for node in _numbers(config):
        if number(node) is None:
            yield _type(node, "a number")
        elif node.text and node.is_quoted:
            yield _quoted(node, "a number")
    for node in _durations(config):
        if seconds(node) is None and number(node) is None:
            yield _type(node, "a duration such as 10s")
        elif node.text and number(node) is not None:
            yield Violation(
                FileRule.DURATION_WITHOUT_UNIT, node, f"is {node.text[:60]}, a duration without a unit"
            )
    for node in (config.at("log", "stdout"), config.at("clusterMetadata", "enableGlobalNamespace")):
        if node.text and node.text.lower() not in _FLAGS:
            yield _type(node, "true or false")
        elif node.is_quoted and node.text.lower() in ("true", "false"):
            # Of quoted texts Go takes yes, no, on and off only.
            yield _quoted(node, "true or false")


def _quoted(node: YamlNode, wanted: str) -> Violation:
    what = f"is '{node.text[:60]}' in quotes, which is not {wanted}: remove the quotes"
    return Violation(FileRule.VALUE_TYPE, node, what)


def _type(node: YamlNode, wanted: str) -> Violation:
    return Violation(FileRule.VALUE_TYPE, node, f"is '{node.text[:60]}', which is not {wanted}")


def _numbers(config: YamlNode) -> Iterator[YamlNode]:
    yield config.at("persistence", "numHistoryShards")
    metadata = config["clusterMetadata"]
    yield metadata["failoverVersionIncrement"]
    for cluster in metadata["clusterInformation"].children.values():
        yield cluster["initialFailoverVersion"]
    for service in config["services"].children.values():
        for port in _PORTS:
            yield service["rpc"][port]
    for store in config.at("persistence", "datastores").children.values():
        yield store.at("sql", "maxConns")
        yield store.at("sql", "maxIdleConns")
        yield store.at("cassandra", "port")


def _durations(config: YamlNode) -> Iterator[YamlNode]:
    yield config.at("global", "membership", "maxJoinDuration")
    yield config.at("dynamicConfigClient", "pollInterval")
    for store in config.at("persistence", "datastores").children.values():
        yield store.at("sql", "maxConnLifetime")
        yield store.at("cassandra", "connectTimeout")
