"""One cluster now: its verdict, its checks and their reasons."""

from collections.abc import Sequence

from dashboards.panels import VALUE, VERDICTS, YES_NO, Column, Panel, counts, rows, text, timeline, word
from dashboards.queries import PROBE, chosen, cluster_verdict, findings, how_many, merged, worst
from dashboards.sections import COMPONENT, REASON, ROLE


def now() -> Sequence[Panel]:
    """The most important facts."""
    behind = {
        level: chosen(merged("max", "temporal_cluster", "server_releases_behind", f'level="{level}"'))
        for level in ("patch", "minor")
    }
    panels = (
        word(
            "Verdict",
            "The worst check of the roles that Temporal needs; waived findings do not count.",
            cluster_verdict(),
            VERDICTS,
        ),
        word(
            "Would start",
            "Whether the running server could start again now.",
            chosen(merged("min", "temporal_cluster", "would_start")),
            YES_NO,
        ),
        text(
            "Server",
            "The oldest running version, as the server reports it. Two: the agent's replicas disagree.",
            chosen(merged("max", "temporal_cluster, version", "server_info")),
            "version",
        ),
        counts(
            "Releases behind",
            "Number of newer releases in the matrix: patches of the same minor, and minors.",
            {"patches": behind["patch"], "minors": behind["minor"]},
            {"patches": "blue", "minors": "blue"},
        ),
        counts(
            "Critical warnings",
            "Published warnings of level critical that affect the running version, or may affect it.",
            {
                "warnings": chosen(merged("max", "temporal_cluster", "advisories", 'level="critical"')),
            },
            {},
        ),
        counts(
            "Probes failing",
            "Targets whose last probe failed on every replica of the agent.",
            {"targets": how_many(chosen(merged("max", PROBE, "probe_up")), "==", 0)},
            {},
        ),
    )
    return [panel.span(4).height(4) for panel in panels]


def checks() -> Sequence[Panel]:
    """Every check, and the findings with their reasons."""
    check = "temporal_cluster, role, check, component"
    return (
        rows(
            "Every check",
            "The verdict of every check, before any waiver, the worst first.",
            {
                chosen(worst(check, "verdict")): [
                    ROLE,
                    Column("check", "Check"),
                    COMPONENT,
                    Column(VALUE, "Verdict", words=(VERDICTS,)),
                ]
            },
            highest_first="Verdict",
        )
        .span(9)
        .height(12),
        rows(
            "Why",
            "Checks that are not simply supported, and remarks, with their reasons. docs/verdicts.md "
            "explains each reason. Waived: there is a waiver in the agent's configuration.",
            {
                findings(f"{check}, reason, waived"): [
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
        .span(15)
        .height(12),
        timeline(
            "Verdicts over time",
            "The verdict of every check, before any waiver, over the time range. A gap: no agent answered.",
            "{{role}} {{check}}",
            chosen(worst(check, "verdict")),
            VERDICTS,
        )
        .span(24)
        .height(9),
    )
