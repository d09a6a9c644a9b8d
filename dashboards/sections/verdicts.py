"""Which clusters have problems, and why."""

from collections.abc import Sequence

from grafana_foundation_sdk.models import units

from agent.model.vocabulary import SEVERITY, Role, Verdict
from dashboards import queries
from dashboards.panels import (
    COLORS,
    NOT_KNOWN,
    VALUE,
    VERDICTS,
    YES_NO,
    Column,
    Panel,
    areas,
    counts,
    lines,
    rows,
)
from dashboards.queries import (
    PROBE,
    about_agent,
    chosen,
    cluster_verdict,
    code,
    how_many,
    how_many_of_each,
    merged,
    role_verdict,
    worst,
)
from dashboards.sections import CLUSTER, COMPONENT, REASON, ROLE

BY_VERDICT = {
    str(verdict): how_many(cluster_verdict(), "==", code(verdict)) for verdict in reversed(SEVERITY)
}
VERDICT_COLORS = {str(verdict): color for verdict, color in COLORS.items()}


def at_a_glance() -> Sequence[Panel]:
    """Counts, and the matrix of clusters by role."""
    return (
        counts(
            "Clusters by verdict",
            "Each cluster counts once, with its worst check; waived findings do not count.",
            BY_VERDICT,
            VERDICT_COLORS,
        )
        .span(12)
        .height(4),
        counts(
            "Would not start",
            "Clusters whose server could not start again now.",
            {"clusters": how_many(chosen(merged("min", "temporal_cluster", "would_start")), "==", 0)},
            {},
        )
        .span(3)
        .height(4),
        counts(
            "Schemas behind",
            "Stores whose schema is older than the server needs, or missing.",
            {
                "stores": how_many(
                    chosen(worst("temporal_cluster, role, component", "verdict", 'check="schema"')),
                    "==",
                    code(Verdict.UNSUPPORTED),
                )
            },
            {},
        )
        .span(3)
        .height(4),
        counts(
            "Probes failing",
            "Targets whose last probe failed on every replica of the agent.",
            {"targets": how_many(chosen(merged("max", PROBE, "probe_up")), "==", 0)},
            {},
        )
        .span(3)
        .height(4),
        counts(
            "Agents answering",
            "Replicas of the agent that Prometheus can scrape.",
            {"agents": f"count({about_agent('build_info')})"},
            {"agents": "green"},
        )
        .span(3)
        .height(4),
        rows(
            "Clusters",
            "The worst check of every role, the worst clusters first. Empty: no such check. A role that no "
            "selected cluster has gets no column.",
            {
                chosen(merged("max", "temporal_cluster, temporal_environment, product", "cluster_info")): [
                    CLUSTER,
                    Column("product", "Product"),
                    Column("temporal_environment", "Environment"),
                ],
                cluster_verdict(): [Column(VALUE, "Verdict", words=(VERDICTS,))],
                chosen(merged("min", "temporal_cluster", "would_start")): [
                    Column(VALUE, "Would start", words=(YES_NO, NOT_KNOWN))
                ],
            }
            | {
                # A query without a result has no field, so Grafana leaves out its column.
                role_verdict(role): [Column(VALUE, role.replace("_", " ").capitalize(), words=(VERDICTS,))]
                for role in Role
            },
            join="temporal_cluster",
            highest_first="Verdict",
        )
        .span(24)
        .height(10),
    )


def over_time() -> Sequence[Panel]:
    """Whether the situation improves or gets worse."""
    drift = merged("min", "temporal_cluster, role, component", "schema_drift_versions")
    return (
        areas(
            "Clusters by verdict over time",
            "Number of clusters for each verdict.",
            {"{{verdict}}": how_many_of_each()},
            VERDICT_COLORS,
        )
        .span(12)
        .height(8),
        lines(
            "Schema drift over time",
            "Stores whose schema differs from what the server needs, in versions. Below 0: behind.",
            units.Short,
            {"{{temporal_cluster}} {{role}}": chosen(f"{drift} != 0")},
        )
        .decimals(0)
        .span(12)
        .height(8),
    )


def findings() -> Sequence[Panel]:
    """The reasons behind the verdicts."""
    return (
        rows(
            "Findings",
            "Every check that is not simply supported, with its reason, the worst first. Two rows for one "
            "check: the agent's replicas disagree. Waived: there is a waiver in the agent's configuration.",
            {
                queries.findings("temporal_cluster, role, check, component, reason, waived"): [
                    CLUSTER,
                    ROLE,
                    Column("check", "Check"),
                    COMPONENT,
                    Column(VALUE, "Verdict", words=(VERDICTS,)),
                    REASON,
                    Column("waived", "Waived"),
                ]
            },
            highest_first="Verdict",
            empty="No findings",
        )
        .span(24)
        .height(9),
    )
