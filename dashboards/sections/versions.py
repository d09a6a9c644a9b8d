"""Versions in all clusters, how far behind they are, and end-of-life dates."""

from collections.abc import Sequence

from grafana_foundation_sdk.models import units

from dashboards.panels import DATE, VALUE, Column, Panel, rows, words
from dashboards.queries import chosen, day, merged
from dashboards.sections import ADVISORY, APPLIES, CLUSTER, COMPONENT, REASON, ROLE, VERSION

#: Days before an end date. The first threshold is the default of the alert rules.
DAYS_LEFT_COLORS = ((None, "red"), (0, "orange"), (90, "yellow"), (180, "transparent"))

_APPLIES = 'applies!="no", waived!="true"'
ADVISORIES = merged("max", "temporal_cluster, advisory, level, applies", "advisory_info", _APPLIES)

LEVELS = {3: ("critical", "red"), 2: ("warning", "yellow"), 1: ("info", "blue")}
LEVEL = Column(VALUE, "Level", words=(words(LEVELS),), min_width=90)


def by_level(labels: str) -> str:
    """The warnings with these labels, each with the number of its level in `LEVELS`."""

    def of_level(level: str) -> str:
        return merged("max", labels, "advisory_info", f'{_APPLIES}, level="{level}"')

    return chosen(" or ".join(f"{of_level(level)} * {number}" for number, (level, _) in LEVELS.items()))


def releases() -> Sequence[Panel]:
    """The servers' releases, upgrades to newer ones, and published warnings."""

    def at_most(metric: str, level: str) -> str:
        return chosen(merged("max", "temporal_cluster", metric, f'level="{level}"'))

    return (
        rows(
            "Server releases",
            "The oldest running release of each cluster, the number of newer releases in the matrix, and the "
            "upgrade to the next minor. Blockers must be removed first; schema steps are counted separately.",
            {
                chosen(merged("max", "temporal_cluster, version, release", "server_info")): [
                    CLUSTER,
                    VERSION,
                    Column("release", "Release"),
                ],
                chosen(day(merged("min", "temporal_cluster", "server_release_timestamp_seconds"))): [
                    Column(VALUE, "Published", unit=DATE)
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
            highest_first="Minors behind",
        )
        .span(16)
        .height(9),
        rows(
            "Published warnings",
            "Vulnerabilities and bugs that affect the running versions, or may, and the number of clusters.",
            {
                f"max by (advisory, applies) ({by_level('temporal_cluster, advisory, applies')})": [
                    ADVISORY,
                    APPLIES,
                    LEVEL,
                ],
                f"count by (advisory, applies) ({chosen(ADVISORIES)})": [
                    Column(VALUE, "Clusters", unit=units.Short),
                ],
            },
            highest_first="Level",
            empty="No warnings",
        )
        .span(8)
        .height(9),
    )


def versions() -> Sequence[Panel]:
    """Versions in use, and components that run several."""
    component = "temporal_cluster, role, component"
    nodes = merged("max", f"{component}, temporal_service, version", "component_nodes")
    found = merged("max", f"{component}, version", "component_nodes")
    used = chosen(merged("max", f"{component}, flavor, version", "component_info"))
    return (
        rows(
            "Versions in use",
            "Number of clusters for each version, by role.",
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
            "Nodes of components that run more than one version in one cluster: a rollout is under way, or "
            "stuck.",
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
            empty="No mixed versions",
        )
        .span(12)
        .height(9),
    )


def ends() -> Sequence[Panel]:
    """End dates: end of life of components, and end of waivers."""
    component = "temporal_cluster, role, component"
    waiver = "temporal_cluster, role, check, reason"
    end = merged("min", component, "component_end_of_life_timestamp_seconds")
    waived = merged("min", waiver, "waiver_end_timestamp_seconds")
    days = "({} - time()) / 86400"
    return (
        rows(
            "Ends of life",
            "End-of-life date of a component: the earliest among its nodes, if a date is known. Below 0: the "
            "date has passed.",
            {
                chosen(days.format(end)): [
                    CLUSTER,
                    ROLE,
                    COMPONENT,
                    Column(VALUE, "Days left", unit=units.NoUnit, steps=DAYS_LEFT_COLORS),
                ],
                chosen(day(end)): [Column(VALUE, "End", unit=DATE)],
            },
            lowest_first="Days left",
            empty="No date is known",
        )
        .span(12)
        .height(9),
        rows(
            "Waivers",
            "Findings with a waiver, and the end of the waiver. Below 0 days: the finding counts again.",
            {
                chosen(days.format(waived)): [
                    CLUSTER,
                    ROLE,
                    Column("check", "Check"),
                    REASON,
                    Column(VALUE, "Days left", unit=units.NoUnit, steps=DAYS_LEFT_COLORS),
                ],
                chosen(day(f"{waived} - 86400")): [Column(VALUE, "Last day", unit=DATE)],
            },
            lowest_first="Days left",
            empty="No waivers",
        )
        .span(12)
        .height(9),
    )
