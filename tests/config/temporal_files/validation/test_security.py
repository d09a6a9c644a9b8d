"""Authorization and certificates."""

from __future__ import annotations

from agent.model.file_rules import FileRule
from tests.config.temporal_files.validation import changed
from tests.laws import law


@law(
    [
        ("global: {", "global: {authorization: {authorizer: strict}, ", [FileRule.AUTHORIZER_UNKNOWN]),
        ("global: {", "global: {authorization: {claimMapper: strict}, ", [FileRule.CLAIM_MAPPER_UNKNOWN]),
        ("global: {", "global: {authorization: {authorizer: Default}, ", []),
        (
            "global: {",
            "global: {authorization: {authorizer: default, claimMapper: default}, ",
            [FileRule.WORKER_UNAUTHORIZED],
        ),
        (
            "global: {",
            "global: {tls: {frontend: {server: {certFile: /nonexistent/c, keyFile: /nonexistent/k}}}, ",
            [FileRule.FILE_UNSEEN],
        ),
        ("global: {", "global: {tls: {frontend: {server: {certFile: /nonexistent/c}}}, ", []),
        ("global: {", "global: {tls: {frontend: {server: {keyFile: /dev/null}}}, ", [FileRule.TLS_KEY_ALONE]),
        (
            "global: {",
            "global: {tls: {internode: {server: {certData: eA==, certFile: /dev/null, keyData: '******'}}}, ",
            [FileRule.TLS_FILE_AND_DATA],
        ),
        ("global: {", "global: {tls: {internode: {client: {rootCaData: ['%']}}}, ", [FileRule.TLS_DATA]),
        ("global: {", "global: {tls: {systemWorker: {certFile: /nonexistent/c}}, ", [FileRule.FILE_UNSEEN]),
    ]
)
def test_authorizers_are_known_and_certificates_are_there(old: str, new: str, rules: list[FileRule]) -> None:
    assert changed(old, new) == rules
