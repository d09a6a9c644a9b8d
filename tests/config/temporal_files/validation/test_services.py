"""Addresses and ports of services."""

from __future__ import annotations

from agent.model.file_rules import FileRule
from tests.config.temporal_files.validation import changed
from tests.laws import law


@law(
    [
        ("broadcastAddress: 10.0.0.1", "broadcastAddress: frontend", [FileRule.BROADCAST_ADDRESS]),
        ("broadcastAddress: 10.0.0.1", 'broadcastAddress: "::1"', []),
        (
            "httpPort: 7243, bindOnIP: 10.0.0.1",
            "httpPort: 7243, bindOnIP: localhost",
            [FileRule.BIND_ADDRESS],
        ),
        ("httpPort: 7243,", "httpPort: 7243, bindOnLocalHost: true,", [FileRule.BIND_ADDRESS]),
        ("httpPort: 7243", "httpPort: 7233", [FileRule.HTTP_PORT_TWICE]),
        ("membershipPort: 6933", "membershipPort: 7233", [FileRule.PORT_TWICE]),
        ("membershipPort: 6933", "membershipPort: 40000", [FileRule.MEMBERSHIP_PORT]),
        ("membershipPort: 6933, ", "", [FileRule.MEMBERSHIP_PORT]),
        ("grpcPort: 7234", "grpcPort: 70000", [FileRule.PORT_INVALID]),
        ("grpcPort: 7234", "grpcPort: 7233", [FileRule.PORT_SHARED]),
        (
            "global: {",
            "global: {metrics: {prometheus: {listenAddress: '10.0.0.1:7233'}}, ",
            [FileRule.PORT_SHARED],
        ),
        ("global: {", "global: {pprof: {port: 7233}, ", [FileRule.PPROF_PORT_SHARED]),
        (
            "  worker: {rpc: {grpcPort: 7239, membershipPort: 6939, bindOnIP: 10.0.0.1}}\n",
            "",
            [FileRule.SERVICE_MISSING],
        ),
    ]
)
def test_each_service_has_addresses_and_ports_of_its_own(old: str, new: str, rules: list[FileRule]) -> None:
    assert changed(old, new) == rules
