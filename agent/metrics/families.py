"""Every metric that the agent has: name, type, labels, meaning. A contract with other people's alerts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PREFIX = "temporal_compat_"

_AS_OF = "As of the last probe."


@dataclass(frozen=True)
class Family:
    """One metric family. `labels` come after `temporal_cluster`, which every cluster's metric has."""

    name: str
    kind: Literal["gauge", "counter"]
    labels: tuple[str, ...]
    help: str


def _gauge(name: str, labels: str, text: str) -> Family:
    return Family(PREFIX + name, "gauge", tuple(labels.split()), text)


def _counter(name: str, labels: str, text: str) -> Family:
    return Family(PREFIX + name, "counter", tuple(labels.split()), text)


_PROBE = "role component endpoint name"

#: In the order in which they are exposed.
CLUSTER_FAMILIES = (
    _gauge("cluster_info", "temporal_environment product", "A configured Temporal cluster. Always 1."),
    _gauge(
        "verdict",
        "role check component verdict",
        f"1 for the verdict that holds for a check, 0 for the other three. {_AS_OF}",
    ),
    _gauge(
        "cluster_verdict",
        "verdict",
        f"1 for the verdict that holds for the whole cluster, waivers counted. {_AS_OF}",
    ),
    _gauge(
        "would_start",
        "",
        f"Whether the server that runs would start again on what is there; absent when not known. {_AS_OF}",
    ),
    _gauge(
        "finding_info",
        "role check component reason verdict waived",
        f"A verdict that is not plainly supported, or a remark. Always 1. {_AS_OF}",
    ),
    _gauge("waiver_end_timestamp_seconds", "role check reason", "When a waiver ends, or ended."),
    _gauge(
        "component_info",
        "role component flavor version",
        f"A version that runs; several while versions are mixed. Always 1. {_AS_OF}",
    ),
    _gauge(
        "component_nodes",
        "role component temporal_service version",
        f"Nodes or replicas that run a version. {_AS_OF}",
    ),
    _gauge(
        "component_end_of_life_timestamp_seconds",
        "role component",
        f"When its makers stop maintaining a component: the earliest of its nodes, where known. {_AS_OF}",
    ),
    _gauge("server_info", "version release", f"The oldest Temporal release that runs. Always 1. {_AS_OF}"),
    _gauge(
        "server_release_timestamp_seconds", "", f"When the oldest release that runs was published. {_AS_OF}"
    ),
    _gauge(
        "server_releases_behind",
        "level",
        f"Newer releases that the matrix knows: patches of the same minor, and minors. {_AS_OF}",
    ),
    _gauge(
        "upgrade_blockers",
        "level",
        "What stands in the way to the newest patch of this minor, and of the next one, besides schema steps;"
        f" absent where there is no such release. {_AS_OF}",
    ),
    _gauge("upgrade_schema_steps", "level", f"Schema steps on the way there. {_AS_OF}"),
    _gauge("upgrade_steps", "level", f"All steps on the way there, schema steps included. {_AS_OF}"),
    _gauge(
        "schema_info",
        "role component plugin version required",
        f"A store's schema version and the one that the server needs. Always 1. {_AS_OF}",
    ),
    _gauge(
        "schema_drift_versions",
        "role component",
        f"Schema versions from the required one to the actual one; negative: behind. {_AS_OF}",
    ),
    _gauge(
        "advisory_info",
        "advisory level",
        f"A published warning that concerns what runs, or may. Always 1. {_AS_OF}",
    ),
    _gauge("advisories", "level", f"Published warnings that concern what runs, or may. {_AS_OF}"),
    _gauge("probe_up", _PROBE, "Whether the last probe of a target succeeded."),
    _gauge("probe_duration_seconds", _PROBE, "How long the last probe of a target took."),
    _gauge(
        "probe_last_success_timestamp_seconds",
        _PROBE,
        "When a target was last read; absent before the first time.",
    ),
    _gauge("probe_failure_info", f"{_PROBE} reason", "Why the last probe of a target failed. Always 1."),
    _counter("probes", _PROBE, "Probes of a target."),
    _counter("probe_failures", _PROBE, "Probes of a target that failed."),
)

AGENT_FAMILIES = (
    _gauge("build_info", "version python_version", "The agent that runs. Always 1."),
    _gauge("matrix_info", "digest newest_release", "The compatibility matrix in use. Always 1."),
    _gauge(
        "matrix_newest_release_timestamp_seconds",
        "",
        "When the newest dated Temporal release in the matrix was published.",
    ),
    _gauge("matrix_updated_timestamp_seconds", "", "When the matrix in use was published."),
    _gauge("clusters", "", "Configured clusters."),
    _counter("rounds", "", "Rounds of probes that ended, over all clusters."),
    _counter("rounds_skipped", "", "Rounds that did not begin because the one before had not ended."),
    _gauge(
        "last_round_timestamp_seconds",
        "",
        "When a round of any cluster last ended.",
    ),
    _gauge("config_last_reload_successful", "", "Whether the configuration last read is the one in use."),
    _gauge("config_last_reload_success_timestamp_seconds", "", "When the configuration in use was read."),
)
