"""The metrics that exist, with their labels, as users' alerts and dashboards may rely on them."""

PROBE = frozenset({"temporal_cluster", "role", "component", "endpoint", "name"})
STORE = frozenset({"temporal_cluster", "role", "component"})
CLUSTER = frozenset({"temporal_cluster"})

METRICS: dict[str, frozenset[str]] = {
    "cluster_info": CLUSTER | {"temporal_environment", "product"},
    "verdict": STORE | {"check", "verdict"},
    "cluster_verdict": CLUSTER | {"verdict"},
    "would_start": CLUSTER,
    "finding_info": STORE | {"check", "reason", "verdict", "waived"},
    "component_info": STORE | {"flavor", "version"},
    "component_nodes": STORE | {"temporal_service", "version"},
    "server_info": CLUSTER | {"version", "release"},
    "server_release_timestamp_seconds": CLUSTER,
    "server_releases_behind": CLUSTER | {"level"},
    "schema_info": STORE | {"plugin", "version", "required"},
    "schema_drift_versions": STORE,
    "probe_up": PROBE,
    "probe_duration_seconds": PROBE,
    "probe_last_success_timestamp_seconds": PROBE,
    "probe_failure_info": PROBE | {"reason"},
    "probes_total": PROBE,
    "probe_failures_total": PROBE,
    "build_info": frozenset(),
    "matrix_info": frozenset(),
    "matrix_newest_release_timestamp_seconds": frozenset(),
    "clusters": frozenset(),
    "rounds_total": frozenset(),
    "rounds_skipped_total": frozenset(),
    "last_round_timestamp_seconds": frozenset(),
    "config_last_reload_successful": frozenset(),
    "config_last_reload_success_timestamp_seconds": frozenset(),
}
