"""What the server refuses of archival, its public client, dynamic configuration, metrics and telemetry.

Source: common/config/archival.go, common/archiver/archival_metadata.go, common/config/config.go,
common/dynamicconfig/file_based_client.go, common/telemetry/config.go at v1.31.2; common/metrics/config.go at
v1.15.2; common/config/validator.go at v1.30.0.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from agent.config.fields import MAX_PORT
from agent.config.temporal_files.cluster_metadata import dynamic_file
from agent.config.temporal_files.validation.violation import Violation, absent, number, seconds, unseen
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.file_rules import FileRule

_CLUSTER_STATES = frozenset({"", "disabled", "paused", "enabled"})
_DEFAULT_STATES = frozenset({"", "disabled", "enabled"})
_FORCED = frozenset({"", "internode", "frontend"})
_ALL = "all-apis-forwarding"
_POLICIES = frozenset({"", "noop", "selected-apis-forwarding", _ALL})
_SHORTEST_POLL = 5.0
_FRAMEWORKS = frozenset({"", "tally", "opentelemetry"})
_EXPORTERS = frozenset(f"{signal}+otlp+grpc" for signal in ("trace", "traces", "metric", "metrics"))
#: api/enums/v1, IndexedValueType.
_ATTRIBUTES = frozenset({"Text", "Keyword", "Int", "Double", "Bool", "Datetime", "KeywordList"})
_MOST_ATTRIBUTES = 99


def client_violations(config: YamlNode) -> Iterator[Violation]:
    """Everything that belongs to no store, cluster or service."""
    for kind in ("history", "visibility"):
        yield from _archival(config.at("archival", kind), config.at("namespaceDefaults", "archival", kind))
    yield from _public_client(config)
    policy = config.at("dcRedirectionPolicy", "policy")
    if policy.text not in _POLICIES:
        yield Violation(FileRule.REDIRECTION_POLICY, policy, f"is {policy.text[:60]}")
    if policy.text == _ALL:
        yield Violation(FileRule.REDIRECTION_POLICY_ALL, policy, f"is {_ALL}")
    if config["dynamicConfigClient"].children:
        yield from _dynamic(config["dynamicConfigClient"])
    log = config["log"]
    # With `stdout` the server writes no file (common/log/zap_logger.go).
    if log["outputFile"].text and not log["stdout"].flag and log["outputFile"].text != "stdout":
        yield from _folder(log["outputFile"])
    yield from _telemetry(config)


def _archival(archival: YamlNode, default: YamlNode) -> Iterator[Violation]:
    state = archival["state"].text
    for node, known in ((archival["state"], _CLUSTER_STATES), (default["state"], _DEFAULT_STATES)):
        if node.text not in known:
            yield Violation(FileRule.ARCHIVAL_STATE, node, f"is {node.text[:60]}")
            return
    has_provider, has_uri = bool(archival["provider"].children), bool(default["URI"].text)
    if state == "enabled":
        lacks = [
            name for name, is_set in (("provider", has_provider), ("the default URI", has_uri)) if not is_set
        ]
        if lacks:
            what = f"is enabled, without {' and '.join(lacks)}"
            yield Violation(FileRule.ARCHIVAL, archival["state"], what)
        return
    extra = {
        "enableRead": archival["enableRead"].flag,
        "provider": has_provider,
        "the default state enabled": default["state"].text == "enabled",
        "a default URI": has_uri,
    }
    found = [name for name, is_set in extra.items() if is_set]
    if found:
        what = f"is {state or 'not set'}, with {' and '.join(found)}"
        yield Violation(FileRule.ARCHIVAL, archival["state"], what)


def _public_client(config: YamlNode) -> Iterator[Violation]:
    public = config["publicClient"]
    if not public["hostPort"].text:
        yield absent(FileRule.PUBLIC_CLIENT_MISSING, public["hostPort"])
    else:
        yield from _public_address(public["hostPort"])
    forced = public["forceTLSConfig"]
    if config.at("services", "internal-frontend").is_there and any(
        public[key].text for key in ("hostPort", "httpHostPort", "forceTLSConfig")
    ):
        what = "is set, and there is a service internal-frontend"
        yield Violation(FileRule.PUBLIC_CLIENT_WITH_INTERNAL_FRONTEND, public, what)
    if forced.text not in _FORCED:
        yield Violation(FileRule.FORCE_TLS_CONFIG, forced, f"is {forced.text[:60]}")


def _public_address(address: YamlNode) -> Iterator[Violation]:
    port = address.text.rpartition(":")[2]
    if address.text.startswith(("http://", "https://")):
        yield Violation(FileRule.PUBLIC_CLIENT_ADDRESS, address, "is a URL, not host:port")
    elif ":" in address.text and port.isdecimal() and not 0 < int(port) <= MAX_PORT:
        what = f"has the port {port[:20]}, which does not exist"
        yield Violation(FileRule.PUBLIC_CLIENT_ADDRESS, address, what)


def _dynamic(client: YamlNode) -> Iterator[Violation]:
    file, poll = client["filepath"], client["pollInterval"]
    if not file.text:
        yield Violation(FileRule.DYNAMIC_FILE_MISSING, file, "is missing")
    elif dynamic_file(file) is None:
        yield from unseen(file, FileRule.DYNAMIC_FILE_UNSEEN)
    interval = seconds(poll)
    if interval is not None and interval < _SHORTEST_POLL:
        yield Violation(FileRule.DYNAMIC_POLL, poll, f"is {poll.text[:60] or 'missing'}, below 5s")


def _folder(node: YamlNode) -> Iterator[Violation]:
    if not os.path.isdir((node.folder / node.text).parent):
        what = f"is {node.text[:200]}, in a folder that is not on the agent's machine"
        yield Violation(FileRule.FILE_UNSEEN, node, what)


def _telemetry(config: YamlNode) -> Iterator[Violation]:
    framework = config.at("global", "metrics", "prometheus", "framework")
    if framework.text not in _FRAMEWORKS:
        yield Violation(FileRule.METRICS_FRAMEWORK, framework, f"is {framework.text[:60]}")
    for exporter in config.at("otel", "exporters").items:
        kind = exporter["kind"]
        named = "+".join(kind[key].text for key in ("signal", "model", "protocol"))
        if named not in _EXPORTERS:
            yield Violation(FileRule.EXPORTER_KIND, kind, f"is {named[:60]}")
    attributes = config.at("visibility", "persistenceCustomSearchAttributes")
    for name, count in attributes.children.items():
        if name not in _ATTRIBUTES:
            yield Violation(FileRule.SEARCH_ATTRIBUTES, count, "is not a type of search attribute")
        elif number(count) not in range(_MOST_ATTRIBUTES + 1):
            what = f"is {count.text[:60]}, not a number from 0 to {_MOST_ATTRIBUTES}"
            yield Violation(FileRule.SEARCH_ATTRIBUTES, count, what)
