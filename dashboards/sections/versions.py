"""What runs in all clusters, how far behind it is, and until when it is maintained."""

from collections.abc import Sequence

from grafana_foundation_sdk.models import units

from dashboards.panels import VALUE, Column, Panel, rows
from dashboards.queries import chosen, merged
from dashboards.sections import CLUSTER, COMPONENT, REASON, ROLE, VERSION

#: Days before an end; the rules' own default for the first.
SOON = ((None, "red"), (0, "orange"), (90, "yellow"), (180, "transparent"))

ADVISORIES = merged("max", "temporal_cluster, advisory, level", "advisory_info")


def releases() -> Sequence[Panel]:
    """The server's releases, the way to newer ones, and what was published about them."""

    def at_most(metric: str, level: str) -> str:
        return chosen(merged("max", "temporal_cluster", metric, f'level="{level}"'))

    return (
        rows(
            "Server releases",
            "The oldest release that runs in each cluster, how many newer ones the agent's matrix knows, "
            "and what the way to the next minor takes. Blockers: what stands in the way besides its schema "
            "steps.",
            {
                chosen(merged("max", "temporal_cluster, version, release", "server_info")): [
                    CLUSTER,
                    VERSION,
                    Column("release", "Release"),
                ],
                chosen(f"1000 * {merged('min', 'temporal_cluster', 'server_release_timestamp_seconds')}"): [
                    Column(VALUE, "Published", unit=units.DatetimeISO)
                ],
                at_most("server_releases_behind", "patch"): [
                    Column(VALUE, "Patches behind", unit=units.Short)
                ],
                at_most("server_releases_behind", "minor"): [
                    Column(
                        VALUE,
                        "Minors behind",
                        unit=units.Short,
                        steps=((None, "transparent"), (2, "yellow"), (3, "red")),
                    )
                ],
                at_most("upgrade_blockers", "minor"): [
                    Column(VALUE, "Blockers", unit=units.Short, steps=((None, "transparent"), (1, "orange")))
                ],
                at_most("upgrade_schema_steps", "minor"): [Column(VALUE, "Schema steps", unit=units.Short)],
            },
            join="temporal_cluster",
        )
        .span(16)
        .height(9),
        rows(
            "Published warnings",
            "Vulnerabilities and faults that concern what runs, or may, and in how many clusters.",
            {
                f"count by (advisory, level) ({chosen(ADVISORIES)})": [
                    Column("advisory", "Warning"),
                    Column("level", "Level"),
                    Column(VALUE, "Clusters", unit=units.Short),
                ]
            },
        )
        .span(8)
        .height(9),
    )


def versions() -> Sequence[Panel]:
    """Versions in use, and where several run at once."""
    component = "temporal_cluster, role, component"
    nodes = merged("max", f"{component}, temporal_service, version", "component_nodes")
    found = merged("max", f"{component}, version", "component_nodes")
    used = chosen(merged("max", f"{component}, flavor, version", "component_info"))
    return (
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
        .span(12)
        .height(9),
    )


def ends() -> Sequence[Panel]:
    """What ends when: the maintenance of components, and what people have accepted for a time."""
    component = "temporal_cluster, role, component"
    waiver = "temporal_cluster, role, check, reason"
    end = merged("min", component, "component_end_of_life_timestamp_seconds")
    waived = merged("min", waiver, "waiver_end_timestamp_seconds")
    days = "({} - time()) / 86400"
    return (
        rows(
            "Ends of life",
            "When the makers of a component stop maintaining its version: the earliest of its nodes, where "
            "a date is known. Below 0 days: past.",
            {
                chosen(days.format(end)): [
                    CLUSTER,
                    ROLE,
                    COMPONENT,
                    Column(VALUE, "Days left", unit=units.Short, steps=SOON),
                ],
                chosen(f"1000 * {end}"): [Column(VALUE, "End", unit=units.DatetimeISO)],
            },
        )
        .span(12)
        .height(9),
        rows(
            "Waivers",
            "Findings that a person has accepted, and until when. Below 0 days: they count again.",
            {
                chosen(days.format(waived)): [
                    CLUSTER,
                    ROLE,
                    Column("check", "Check"),
                    REASON,
                    Column(VALUE, "Days left", unit=units.Short, steps=SOON),
                ],
                chosen(f"1000 * {waived}"): [Column(VALUE, "End", unit=units.DatetimeISO)],
            },
        )
        .span(12)
        .height(9),
    )
