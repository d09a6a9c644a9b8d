"""The names and failover versions of clusters."""

from __future__ import annotations

from agent.model.file_rules import FileRule
from tests.config.temporal_files.validation import changed
from tests.laws import law


@law(
    [
        ("currentClusterName: active", "currentClusterName: other", [FileRule.CURRENT_CLUSTER_UNDEFINED]),
        ("  currentClusterName: active\n", "", [FileRule.CURRENT_CLUSTER_UNDEFINED]),
        ("masterClusterName: active", "masterClusterName: other", [FileRule.MASTER_CLUSTER_UNDEFINED]),
        ("failoverVersionIncrement: 10", "failoverVersionIncrement: 0", [FileRule.FAILOVER_INCREMENT]),
        ("failoverVersionIncrement: 10", "failoverVersionIncrement: 1", [FileRule.FAILOVER_VERSION]),
        ("initialFailoverVersion: 1", "initialFailoverVersion: -1", [FileRule.FAILOVER_VERSION]),
        (
            '"127.0.0.1:7233"}',
            '"127.0.0.1:7233"}, other: {initialFailoverVersion: 1}',
            [FileRule.FAILOVER_VERSION_TWICE],
        ),
        ('"127.0.0.1:7233"}', '"127.0.0.1:7233"}, other: {initialFailoverVersion: 2}', []),
        (', rpcAddress: "127.0.0.1:7233"', "", [FileRule.CLUSTER_ADDRESS_MISSING]),
    ]
)
def test_each_cluster_has_a_name_a_version_and_an_address(old: str, new: str, rules: list[FileRule]) -> None:
    assert changed(old, new) == rules
