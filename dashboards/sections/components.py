"""One cluster in detail: components and nodes, schemas, probes, and the next upgrade."""

from collections.abc import Sequence

from grafana_foundation_sdk.models import units

from dashboards.panels import NEVER, NOT_KNOWN, VALUE, YES_NO, Column, Panel, areas, lines, rows
from dashboards.queries import PROBE, chosen, merged
from dashboards.sections import ADVISORY, APPLIES, COMPONENT, REASON, ROLE, VERSION
from dashboards.sections.versions import DAYS_LEFT_COLORS, LEVEL, by_level

STORE = "temporal_cluster, role, component"


def next_steps() -> Sequence[Panel]:
    """What an upgrade needs, and published warnings that are a reason for one."""
    level = "temporal_cluster, level"
    ahead = f"{level}, release"
    return (
        rows(
            "Next step",
            "The upgrades to the newest patch of this minor and to the next minor; empty: there is none. "
            "Blockers must be removed before the upgrade; schema steps are counted separately. "
            "`temporal-compat-agent plan` lists every step with its command.",
            {
                chosen(merged("max", ahead, "upgrade_blockers")): [
                    Column("level", "To the next"),
                    Column("release", "Release"),
                    Column(VALUE, "Blockers", unit=units.Short, steps=((None, "transparent"), (1, "orange"))),
                ],
                chosen(merged("max", ahead, "upgrade_schema_steps")): [
                    Column(VALUE, "Schema steps", unit=units.Short)
                ],
                chosen(merged("max", ahead, "upgrade_steps")): [Column(VALUE, "All steps", unit=units.Short)],
                chosen(merged("max", level, "server_releases_behind")): [
                    Column(VALUE, "Releases behind", unit=units.Short)
                ],
            },
        )
        .span(14)
        .height(8),
        rows(
            "Warnings",
            "Published vulnerabilities and bugs that affect the running version, or may affect it.",
            {
                by_level("temporal_cluster, advisory, applies"): [
                    ADVISORY,
                    LEVEL,
                    APPLIES,
                ]
            },
            highest_first="Level",
            empty="No warnings",
        )
        .span(10)
        .height(8),
    )


def components() -> Sequence[Panel]:
    """Running versions, their nodes, end-of-life dates, and changes."""
    info = merged("max", f"{STORE}, flavor, version", "component_info")
    end = merged("min", STORE, "component_end_of_life_timestamp_seconds")
    days = f"({end} - time()) / 86400"
    by_version = merged("max", f"{STORE}, temporal_service, version", "component_nodes")
    return (
        rows(
            "Components",
            "Every running version; several for one role while versions are mixed. Days left: until the end "
            "of life, if the date is known.",
            {
                chosen(f"{days} * on ({STORE}) group_right () {info} or {info} * NaN"): [
                    ROLE,
                    COMPONENT,
                    Column("flavor", "Flavour"),
                    VERSION,
                    Column(VALUE, "Days left", unit=units.NoUnit, words=(NOT_KNOWN,), steps=DAYS_LEFT_COLORS),
                ]
            },
        )
        .span(8)
        .height(9),
        rows(
            "Nodes",
            "Number of nodes or replicas for each version.",
            {
                chosen(by_version): [
                    ROLE,
                    Column("temporal_service", "Service"),
                    VERSION,
                    Column(VALUE, "Nodes", unit=units.Short),
                ]
            },
        )
        .span(8)
        .height(9),
        areas(
            "Nodes by version over time",
            "Nodes or replicas of each version. Annotations mark new versions.",
            {"{{role}} {{version}}": f"sum by (role, version) ({chosen(by_version)})"},
            {},
        )
        .span(8)
        .height(9),
    )


def schemas() -> Sequence[Panel]:
    """Schemas, and their drift from the version that the server needs."""
    info = merged("max", f"{STORE}, plugin, version, required", "schema_info")
    drift = merged("min", STORE, "schema_drift_versions")
    return (
        rows(
            "Schemas",
            "The schema version of each store, and the version that the server needs. Drift: the number of "
            "versions between them; below 0 the store is behind.",
            {
                chosen(f"{drift} * on ({STORE}) group_right () {info} or {info} * NaN"): [
                    ROLE,
                    COMPONENT,
                    Column("plugin", "Plugin"),
                    VERSION,
                    Column("required", "Required"),
                    Column(
                        VALUE,
                        "Drift",
                        unit=units.Short,
                        words=(NOT_KNOWN,),
                        steps=((None, "red"), (0, "transparent")),
                    ),
                ]
            },
        )
        .span(12)
        .height(8),
        lines(
            "Schema drift by store",
            "Versions ahead of what the server needs. Below 0: behind. Annotations mark schema changes.",
            units.Short,
            {"{{role}}": chosen(drift)},
        )
        .decimals(0)
        .axis_soft_min(-1)
        .axis_soft_max(1)
        .span(12)
        .height(8),
    )


def probes() -> Sequence[Panel]:
    """The probes of this cluster."""
    failing = chosen(merged("max", f"{PROBE}, reason", "probe_failure_info"))
    success = merged("max", PROBE, "probe_last_success_timestamp_seconds")
    up = merged("max", PROBE, "probe_up")
    return (
        rows(
            "Every probe",
            "Whether the last probe of a target succeeded on any replica, and the time of the last success.",
            {
                chosen(up): [
                    ROLE,
                    COMPONENT,
                    Column("probe", "Probe"),
                    Column("name", "Name"),
                    Column(VALUE, "Answers", words=(YES_NO,)),
                ],
                chosen(f"1000 * {success} or {up} * 0"): [
                    Column(VALUE, "Last success", unit=units.DateTimeFromNow, words=(NEVER,))
                ],
                chosen(merged("max", PROBE, "probe_duration_seconds")): [
                    Column(VALUE, "Took", unit=units.Seconds)
                ],
            },
        )
        .span(14)
        .height(9),
        rows(
            "Why probes fail",
            "Why the last probe of a target failed. Two rows for one target: the replicas disagree.",
            {failing: [ROLE, Column("probe", "Probe"), Column("name", "Name"), REASON]},
            empty="No probe fails",
        )
        .span(10)
        .height(9),
        lines(
            "Probe durations",
            "Duration of the last probe of each target; the slowest of all replicas.",
            units.Seconds,
            {"{{role}} {{probe}} {{name}}": chosen(merged("max", PROBE, "probe_duration_seconds"))},
        )
        .min(0)
        .span(24)
        .height(7),
    )
