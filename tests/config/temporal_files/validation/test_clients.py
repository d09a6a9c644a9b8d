"""Archival, the public client, dynamic configuration, metrics and telemetry."""

from __future__ import annotations

from agent.model.file_rules import FileRule
from tests.config.temporal_files.validation import changed
from tests.laws import law


@law(
    [
        ("log:", "archival: {history: {state: enabled, enableRead: true}}\nlog:", [FileRule.ARCHIVAL]),
        (
            "log:",
            "archival: {history: {state: enabled, "
            "provider: {filestore: {fileMode: '0666'}}}}\nnamespaceDefaults: {archival: {history: {URI: 'file:///a'}}}\nlog:",
            [],
        ),
        ("log:", "archival: {visibility: {state: disabled, enableRead: true}}\nlog:", [FileRule.ARCHIVAL]),
        ("log:", "archival: {visibility: {state: sometimes}}\nlog:", [FileRule.ARCHIVAL_STATE]),
        (
            "log:",
            "namespaceDefaults: {archival: {history: {state: paused}}}\nlog:",
            [FileRule.ARCHIVAL_STATE],
        ),
        ('publicClient: {hostPort: "frontend:7233"}', "publicClient: {}", [FileRule.PUBLIC_CLIENT_MISSING]),
        (
            "services:",
            "services:\n  internal-frontend: {rpc: {grpcPort: 7236, membershipPort: 6936}}",
            [FileRule.PUBLIC_CLIENT_WITH_INTERNAL_FRONTEND],
        ),
        ('"frontend:7233"', '"frontend:99999"', [FileRule.PUBLIC_CLIENT_ADDRESS]),
        ('"frontend:7233"', '"http://frontend:7233"', [FileRule.PUBLIC_CLIENT_ADDRESS]),
        ('"frontend:7233"', '"dns:///frontend:7233"', []),
        ("log: {stdout: true}", f"log: {{outputFile: /{'a' * 300}/b.log}}", [FileRule.FILE_UNSEEN]),
        ('"frontend:7233"}', '"frontend:7233", forceTLSConfig: always}', [FileRule.FORCE_TLS_CONFIG]),
        ("log:", "dcRedirectionPolicy: {policy: sometimes}\nlog:", [FileRule.REDIRECTION_POLICY]),
        (
            "log:",
            "dcRedirectionPolicy: {policy: all-apis-forwarding}\nlog:",
            [FileRule.REDIRECTION_POLICY_ALL],
        ),
        ("log:", "dynamicConfigClient: {pollInterval: 10s}\nlog:", [FileRule.DYNAMIC_FILE_MISSING]),
        (
            "log:",
            "dynamicConfigClient: {filepath: /nonexistent/d.yaml, pollInterval: 10s}\nlog:",
            [FileRule.DYNAMIC_FILE_UNSEEN],
        ),
        (
            "log:",
            "dynamicConfigClient: {filepath: /dev/null, pollInterval: 1s}\nlog:",
            [FileRule.DYNAMIC_POLL],
        ),
        ("log: {stdout: true}", "log: {outputFile: /nonexistent/a/b.log}", [FileRule.FILE_UNSEEN]),
        ("log: {stdout: true}", "log: {stdout: true, outputFile: /nonexistent/a/b.log}", []),
        ("global: {", "global: {metrics: {prometheus: {framework: morse}}, ", [FileRule.METRICS_FRAMEWORK]),
        (
            "log:",
            "otel: {exporters: [{kind: {signal: traces, model: otlp, protocol: grpc}}, "
            "{kind: {signal: logs}}]}\nlog:",
            [FileRule.EXPORTER_KIND],
        ),
        (
            "log:",
            "visibility: {persistenceCustomSearchAttributes: {Keyword: 10, Word: 1}}\nlog:",
            [FileRule.SEARCH_ATTRIBUTES],
        ),
        (
            "log:",
            "visibility: {persistenceCustomSearchAttributes: {Keyword: 100}}\nlog:",
            [FileRule.SEARCH_ATTRIBUTES],
        ),
    ]
)
def test_everything_else_has_values_that_a_server_knows(old: str, new: str, rules: list[FileRule]) -> None:
    assert changed(old, new) == rules
