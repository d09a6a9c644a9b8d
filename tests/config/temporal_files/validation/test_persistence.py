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
            [FileRule.SEARCH_URL],
        ),
        (
            "visibility: *store",
            "visibility: {elasticsearch: {url: {scheme: http, host: 'es:9200'}}}",
            [FileRule.SEARCH_INDEX_MISSING],
        ),
        (
            "visibility: *store",
            "visibility: {elasticsearch: {indices: {visibility: v}}}",
            [FileRule.SEARCH_URL_MISSING],
        ),
        (
            "visibility: *store",
            "visibility: {elasticsearch: {url: {scheme: http, host: 'es:9200'}, indices: {visibility: v}, "
            "aws-request-signing: {enabled: true, credentialProvider: mine}}}",
            [FileRule.AWS_PROVIDER_UNKNOWN],
        ),
        (
            "visibility: *store",
            "visibility: {cassandra: {hosts: c, keyspace: k, "
            "consistency: {default: {consistency: local_quorum, serialConsistency: often}}}}",
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
        (
            "connectProtocol: tcp",
            f"connectProtocol: tcp, tls: {{enabled: true, caFile: /{'a' * 300}}}",
            [FileRule.FILE_UNSEEN],
        ),
        ("db:5432", "user:password@db:5432", [FileRule.STORE_ADDRESS]),
        ("db:5432", "postgres://db:5432", [FileRule.STORE_ADDRESS]),
        ("db:5432", "my db:5432", [FileRule.STORE_ADDRESS]),
        ("db:5432", "db:postgresql", [FileRule.STORE_ADDRESS]),
        ("db:5432", "db:0", [FileRule.STORE_ADDRESS]),
        ("db:5432", "db:70000", [FileRule.PORT_INVALID]),
        ("db:5432", "db", []),
        ("db:5432", "[::1]:5432", []),
        ('"db:5432", connectProtocol: tcp', '"/tmp/a b", connectProtocol: unix', []),
        (
            "connectProtocol: tcp",
            "connectProtocol: tcp, tls: {enabled: true, certFile: /dev/null}",
            [FileRule.SQL_TLS_PAIR],
        ),
        (
            "connectProtocol: tcp",
            "connectProtocol: tcp, tls: {enabled: true, keyFile: /dev/null}",
            [FileRule.SQL_TLS_PAIR],
        ),
        ("connectProtocol: tcp", "connectProtocol: tcp, tls: {certFile: /dev/null}", []),
        (
            "connectProtocol: tcp",
            "connectProtocol: tcp, connectAttributes: {sslmode: sometimes}",
            [FileRule.ATTRIBUTE_TWICE, FileRule.SSL_MODE],
        ),
        (
            "connectProtocol: tcp",
            "connectProtocol: tcp, connectAttributes: {sslmode: prefer}",
            [FileRule.ATTRIBUTE_TWICE, FileRule.SSL_MODE_OF_PGX],
        ),
        (
            "pluginName: postgres12, databaseName: temporal,",
            "pluginName: postgres12_pgx, databaseName: temporal, connectAttributes: {sslmode: prefer},",
            [FileRule.ATTRIBUTE_TWICE],
        ),
        ("connectProtocol: tcp", "connectProtocol: tcp, connectAttributes: {sslrootcert: /ca}", []),
        (
            "connectProtocol: tcp",
            "connectProtocol: tcp, tls: {enabled: true, caFile: /dev/null}, "
            "connectAttributes: {sslrootcert: /ca}",
            [FileRule.ATTRIBUTE_TWICE],
        ),
        *(
            (
                "visibility: *store",
                f"visibility: {{elasticsearch: {{url: {url}, indices: {{visibility: v}}}}}}",
                rules,
            )
            for url, rules in (
                ("{scheme: http, host: 'user:password@es:9200'}", [FileRule.SEARCH_URL]),
                ("{scheme: http, host: 'http://es:9200'}", [FileRule.SEARCH_URL]),
                ("{scheme: http, host: 'es:9200/path'}", [FileRule.SEARCH_URL]),
                ("{scheme: http, host: 'es:http'}", [FileRule.SEARCH_URL]),
                ("{scheme: http, host: 'my es:9200'}", [FileRule.SEARCH_URL]),
                ("{scheme: ftp, host: 'es:9200'}", [FileRule.SEARCH_URL]),
                ("{scheme: https, host: '[::1]:9200', path: /search}", []),
                ("{scheme: https, host: es.internal}", []),
            )
        ),
        (
            "visibility: *store",
            "visibility: {elasticsearch: {url: {scheme: https, host: es}, indices: {visibility: v}, "
            "tls: {enabled: true, certFile: /dev/null}}}",
            [FileRule.SEARCH_TLS_PAIR],
        ),
        (
            "visibility: *store",
            "visibility: {cassandra: {hosts: c, keyspace: k, tls: {enabled: true, certFile: /dev/null}}}",
            [FileRule.TLS_PAIR],
        ),
        (
            "visibility: *store",
            "visibility: {cassandra: {hosts: c, keyspace: k, tls: {enabled: true, keyFile: /dev/null}}}",
            [],
        ),
    ]
)
def test_each_store_that_is_used_is_defined_and_complete(old: str, new: str, rules: list[FileRule]) -> None:
    assert changed(old, new) == rules
