"""What runs, what schema it has, and how far both have drifted."""

from collections.abc import Sequence

from grafana_foundation_sdk.models import units

from dashboards.panels import NOT_KNOWN, VALUE, Column, Panel, lines, rows
from dashboards.queries import chosen, merged
from dashboards.sections import CLUSTER, COMPONENT, ROLE, VERSION


def schemas() -> Sequence[Panel]:
    """Schemas and their distance from what the server needs."""
    store = "temporal_cluster, role, component"
    info = merged("max", f"{store}, plugin, version, required", "schema_info")
    drift = merged("min", store, "schema_drift_versions")
    return (
        rows(
            "Schemas",
            "The schema that each store has and the one that its server needs. Drift: how many versions lie "
            "between them; below 0 the store is behind.",
            {
                chosen(f"{drift} * on ({store}) group_right () {info} or {info} * NaN"): [
                    CLUSTER,
                    ROLE,
                    COMPONENT,
                    Column("plugin", "Plugin"),
                    VERSION,
                    Column("required", "Required"),
                    Column(VALUE, "Drift", unit="suffix:versions", words=(NOT_KNOWN,)),
                ]
            },
        )
        .span(14)
        .height(9),
        lines(
            "Schema drift over time",
            "Only stores whose schema is not the one that the server needs. Below 0: behind.",
            "suffix:versions",
            {"{{temporal_cluster}} {{role}}": chosen(f"{drift} != 0")},
        )
        .span(10)
        .height(9),
    )


def versions() -> Sequence[Panel]:
    """Releases and versions in use."""
    component = "temporal_cluster, role, component"
    nodes = merged("max", f"{component}, temporal_service, version", "component_nodes")
    found = merged("max", f"{component}, version", "component_nodes")
    used = chosen(merged("max", f"{component}, flavor, version", "component_info"))
    return (
        rows(
            "Server releases",
            "The oldest release that runs in each cluster, and how many newer ones the agent's matrix knows.",
            {
                chosen(merged("max", "temporal_cluster, version, release", "server_info")): [
                    CLUSTER,
                    VERSION,
                    Column("release", "Release"),
                ],
                chosen(f"1000 * {merged('min', 'temporal_cluster', 'server_release_timestamp_seconds')}"): [
                    Column(VALUE, "Published", unit=units.DatetimeISO)
                ],
                chosen(merged("max", "temporal_cluster", "server_releases_behind", 'level="patch"')): [
                    Column(VALUE, "Patches behind", unit=units.Short)
                ],
                chosen(merged("max", "temporal_cluster", "server_releases_behind", 'level="minor"')): [
                    Column(VALUE, "Minors behind", unit=units.Short)
                ],
            },
            join="temporal_cluster",
        )
        .span(12)
        .height(9),
        rows(
            "Versions in use",
            "In how many clusters each version was found, for each role.",
            {
                f"count by (role, component, flavor, version) ({used})": [
                    ROLE,
                    COMPONENT,
                    Column("flavor", "Flavour"),
                    VERSION,
                    Column(VALUE, "Clusters", unit=units.Short),
                ]
            },
        )
        .span(12)
        .height(9),
        rows(
            "Several versions at once",
            "Nodes of components that run in more than one version in one cluster: a rollout under way, or a "
            "stuck one.",
            {
                chosen(f"{nodes} and on ({component}) (count by ({component}) ({found}) > 1)"): [
                    CLUSTER,
                    ROLE,
                    COMPONENT,
                    Column("temporal_service", "Service"),
                    VERSION,
                    Column(VALUE, "Nodes", unit=units.Short),
                ]
            },
        )
        .span(24)
        .height(7),
    )
