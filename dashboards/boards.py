"""The three dashboards: all clusters, one cluster, and the agents."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders.dashboard import Dashboard, DashboardLink, Row
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DashboardLinkType

from dashboards.changes import CHANGES
from dashboards.panels import Panel
from dashboards.sections import AGENT, CLUSTER_BOARD, FLEET
from dashboards.sections.agents import agents, failing_probes, probing
from dashboards.sections.components import components, next_steps, probes, schemas
from dashboards.sections.one import checks, now
from dashboards.sections.verdicts import at_a_glance, findings, over_time
from dashboards.sections.versions import ends, releases, versions
from dashboards.variables import variables

TAG = "temporal-compat"


def boards() -> Sequence[Dashboard]:
    """All dashboards."""
    return fleet(), cluster(), agent()


def fleet() -> Dashboard:
    """All clusters: which have problems, and why."""
    return _board(
        FLEET,
        "Temporal compatibility: fleet",
        "Compatibility of Temporal servers, their stores and schemas, for every monitored cluster.",
        {
            "At a glance": at_a_glance(),
            "Findings": findings(),
            "Versions": (*releases(), *versions()),
            "Drift": over_time(),
            "Dates": ends(),
        },
    )


def cluster() -> Dashboard:
    """One cluster: every component and node, its schemas, its findings, the next step."""
    board = _board(
        CLUSTER_BOARD,
        "Temporal compatibility: cluster",
        "One Temporal cluster: running versions, compatibility, problems, and the next upgrade.",
        {
            "Now": now(),
            "Checks": checks(),
            "Next step": next_steps(),
            "Components and nodes": components(),
            "Schemas": schemas(),
            "Probes": probes(),
        },
        one_cluster=True,
    )
    for title, path in (("Status page", ""), ("Upgrade plan", "#plan")):
        board.link(
            DashboardLink(title)
            .type(DashboardLinkType.LINK)
            .url(f"${{agent_url}}/clusters/${{cluster:percentencode}}{path}")
            .target_blank(True)
        )
    for change in CHANGES:
        board.annotation(change)
    return board


def agent() -> Dashboard:
    """The agents themselves: whether they run and poll, and with which matrix."""
    return _board(
        AGENT,
        "Temporal compatibility: agent",
        "The agents that monitor the clusters: whether they run, what they cannot read, and their load.",
        {"Agents": agents(), "What they cannot read": failing_probes(), "Probes": probing()},
    )


def _board(
    uid: str, title: str, description: str, rows: Mapping[str, Sequence[Panel]], *, one_cluster: bool = False
) -> Dashboard:
    """A dashboard of these rows. Panels are numbered in reading order."""
    board = (
        Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["temporal", TAG])
        .timezone("browser")
        .time("now-24h", "now")
        .refresh("1m")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(
            DashboardLink("Temporal compatibility")
            .type(DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .include_vars(True)
            .keep_time(True)
        )
    )
    for variable in variables(one_cluster=one_cluster):
        board.with_variable(variable)
    number = 0
    for name, panels in rows.items():
        number += 1
        board.with_row(Row(name).id(number))
        for panel in panels:
            number += 1
            board.with_panel(panel.id(number))
    return board
