"""One cluster now: its verdict, its checks and what they rest on."""

from collections.abc import Sequence

from dashboards.panels import NOT_KNOWN, VALUE, VERDICTS, YES_NO, Column, Panel, counts, rows, text, word
from dashboards.queries import PROBE, chosen, cluster_verdict, findings, how_many, merged, worst
from dashboards.sections import COMPONENT, REASON, ROLE


def now() -> Sequence[Panel]:
    """What one asks first."""
    behind = {
        level: chosen(merged("max", "temporal_cluster", "server_releases_behind", f'level="{level}"'))
        for level in ("patch", "minor")
    }
    panels = (
        word(
            "Verdict",
            "The worst check of the roles that Temporal needs; accepted findings (waivers) don't count.",
            cluster_verdict(),
            VERDICTS,
        ),
        word(
            "Would start",
            "Whether the server that runs would start again on what is there now.",
            chosen(merged("min", "temporal_cluster", "would_start")),
            YES_NO,
            NOT_KNOWN,
        ),
        text(
            "Server",
            "The oldest version that runs, as it reports itself. Two: the agent's replicas differ.",
            chosen(merged("max", "temporal_cluster, version", "server_info")),
            "version",
        ),
        counts(
            "Releases behind",
            "Newer releases that the agent's matrix knows: patches of the same minor, and minors.",
            {"patches": behind["patch"], "minors": behind["minor"]},
            {"patches": "blue", "minors": "blue"},
        ),
        counts(
            "Critical warnings",
            "Published warnings of the highest level that concern what runs, or may.",
            {
                "warnings": chosen(merged("max", "temporal_cluster", "advisories", 'level="critical"')),
            },
            {},
        ),
        counts(
            "Probes failing",
            "Targets whose last probe failed from every replica of the agent.",
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
            "The verdict of every check of every role, before any waiver, the worst first.",
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
            "Checks that are not plainly supported, and remarks, with their reasons: docs/verdicts.md "
            "explains each. Waived: a person has accepted it.",
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
        )
        .span(15)
        .height(12),
    )
