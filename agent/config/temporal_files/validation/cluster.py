"""What the server refuses below `clusterMetadata`.

Source: common/cluster/metadata.go at v1.0.0 and v1.31.2, NewMetadata and updateVersionToClusterName.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent.config.temporal_files.validation.violation import Violation, absent, number
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.file_rules import FileRule

_NAMES = {
    "currentClusterName": FileRule.CURRENT_CLUSTER_UNDEFINED,
    "masterClusterName": FileRule.MASTER_CLUSTER_UNDEFINED,
}
_LARGEST_INCREMENT = 2**31 - 1


def cluster_violations(config: YamlNode) -> Iterator[Violation]:
    """The names, and the failover versions of all clusters."""
    metadata = config["clusterMetadata"]
    clusters = metadata["clusterInformation"].children
    for key, rule in _NAMES.items():
        name = metadata[key]
        if not name.text or not clusters:
            yield absent(rule, name if clusters else metadata["clusterInformation"])
        elif name.text not in clusters:
            yield Violation(rule, name, f"is {name.text[:60]}, which `clusterInformation` does not have")
    node = metadata["failoverVersionIncrement"]
    increment = number(node)
    if increment == 0:  # `render-config` writes 0 where there is none
        yield absent(FileRule.FAILOVER_INCREMENT, node)
    elif increment is not None and not 0 < increment <= _LARGEST_INCREMENT:
        yield Violation(FileRule.FAILOVER_INCREMENT, node, f"is {node.text[:60]}")
    yield from _versions(clusters.values(), increment or 0)


def _versions(clusters: Iterable[YamlNode], increment: int) -> Iterator[Violation]:
    seen: set[int] = set()
    for cluster in clusters:
        node = cluster["initialFailoverVersion"]
        version = number(node)
        if version is None:
            continue
        if version == 0:
            yield absent(FileRule.FAILOVER_VERSION, node)
        elif version <= 0 or 0 < increment <= version:
            what = f"is {node.text[:60]}; it must be above 0 and below failoverVersionIncrement"
            yield Violation(FileRule.FAILOVER_VERSION, node, what)
        elif version in seen:
            yield Violation(FileRule.FAILOVER_VERSION_TWICE, node, f"is {version}, as of another cluster")
        seen.add(version)
        if cluster["enabled"].flag and not cluster["rpcAddress"].text:
            yield absent(FileRule.CLUSTER_ADDRESS_MISSING, cluster["rpcAddress"])
