"""Which cluster is in trouble, and why."""

from collections.abc import Sequence

from grafana_foundation_sdk.models import units

from agent.model.vocabulary import SEVERITY, Role
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
            "Each cluster counts once, with its worst check; accepted findings (waivers) don't count.",
            BY_VERDICT,
            VERDICT_COLORS,
        )
        .span(12)
        .height(4),
        counts(
            "Would not start",
            "Clusters whose server would refuse to start again on what is there now.",
            {"clusters": how_many(chosen(merged("min", "temporal_cluster", "would_start")), "==", 0)},
            {},
        )
        .span(3)
        .height(4),
        counts(
            "Schemas behind",
            "Stores whose schema is older than the server needs, or can't be found.",
            {
                "stores": how_many(
                    chosen(
                        merged(
                            "max",
                            "temporal_cluster, role, component",
                            "verdict",
                            'check="schema", verdict="unsupported"',
                        )
                    ),
                    "==",
                    1,
                )
            },
            {},
        )
        .span(3)
        .height(4),
        counts(
            "Targets unread",
            "Targets whose last probe failed from every replica of the agent.",
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
            "The worst check of every role, worst clusters first. Empty: no such check. A role that none of "
            "these clusters has gets no column.",
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
                # A query without a result brings no field, so Grafana leaves its column out.
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
    """Whether it gets better or worse."""
    drift = merged("min", "temporal_cluster, role, component", "schema_drift_versions")
    return (
        areas(
            "Clusters by verdict over time",
            "How many clusters had which verdict.",
            {"{{verdict}}": how_many_of_each()},
            VERDICT_COLORS,
        )
        .span(12)
        .height(8),
        lines(
            "Schema drift over time",
            "Only stores whose schema is not the one that the server needs, in versions. Below 0: behind.",
            units.Short,
            {"{{temporal_cluster}} {{role}}": chosen(f"{drift} != 0")},
        )
        .span(12)
        .height(8),
    )


def findings() -> Sequence[Panel]:
    """Why a verdict is what it is."""
    return (
        rows(
            "Findings",
            "Every check that is not plainly supported, with its reason, the worst first. Two rows for one "
            "check: the agent's replicas differ. Waived: a person has accepted it.",
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
        )
        .span(24)
        .height(9),
    )
