"""The stores that are named, and the settings of each."""

from __future__ import annotations

from agent.model.file_rules import FileRule
from tests.config.temporal_files.validation import changed
from tests.laws import law


@law(
    [
        ("defaultStore: default", "defaultStore: other", [FileRule.STORE_UNDEFINED]),
        (
            "visibilityStore: visibility",
            "visibilityStore: visibility\n  secondaryVisibilityStore: other",
            [FileRule.SECOND_STORE_UNDEFINED],
        ),
        (
            "visibilityStore: visibility",
            "visibilityStore: visibility\n  advancedVisibilityStore: other",
            [FileRule.SEARCH_STORE_UNDEFINED],
        ),
        ("visibility: *store", "visibility: {}", [FileRule.STORE_KINDS]),
        (
            "visibility: *store",
            "visibility: {elasticsearch: {url: {host: 'es:9200'}, indices: {visibility: v}}}",
            [],
        ),
        (
            "visibility: *store",
            "visibility: {elasticsearch: {url: {host: 'es:9200'}}}",
            [FileRule.SEARCH_INDEX_MISSING],
        ),
        (
            "visibility: *store",
            "visibility: {elasticsearch: {indices: {visibility: v}}}",
            [FileRule.SEARCH_URL_MISSING],
        ),
        (
            "visibility: *store",
            "visibility: {elasticsearch: {url: {host: 'es:9200'}, indices: {visibility: v}, aws-request-signing: {enabled: true, credentialProvider: mine}}}",
            [FileRule.AWS_PROVIDER_UNKNOWN],
        ),
        (
            "visibility: *store",
            "visibility: {cassandra: {hosts: c, keyspace: k, consistency: {default: {consistency: local_quorum, serialConsistency: often}}}}",
            [FileRule.CASSANDRA_CONSISTENCY],
        ),
        ("numHistoryShards: 4", "numHistoryShards: -4", [FileRule.SHARDS_NEGATIVE]),
        ("pluginName: postgres12", "pluginName: oracle", [FileRule.PLUGIN_UNKNOWN]),
        (
            "connectProtocol: tcp",
            "connectProtocol: tcp, password: p, passwordCommand: {command: c}",
            [FileRule.PASSWORD_TWICE],
        ),
        (
            "connectProtocol: tcp",
            "connectProtocol: tcp, password: '******', passwordCommand: {args: [a]}",
            [FileRule.PASSWORD_COMMAND_EMPTY],
        ),
        (
            "connectProtocol: tcp",
            "connectProtocol: tcp, tls: {enabled: true, caFile: /nonexistent/ca.pem}",
            [FileRule.FILE_UNSEEN],
        ),
        (
            "connectProtocol: tcp",
            "connectProtocol: tcp, tls: {enabled: false, caFile: /nonexistent/ca.pem}",
            [],
        ),
    ]
)
def test_each_store_that_is_used_is_defined_and_complete(old: str, new: str, rules: list[FileRule]) -> None:
    assert changed(old, new) == rules
