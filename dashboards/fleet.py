"""All clusters at once: which is in trouble, why, and whether the agents that say so are well."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from dashboards.sections.agents import agents, probes
from dashboards.sections.verdicts import at_a_glance, findings
from dashboards.sections.versions import schemas, versions
from dashboards.variables import variables

UID = "temporal-compat-fleet"


def fleet() -> Dashboard:
    """The dashboard, panels numbered in reading order."""
    board = (
        Dashboard("Temporal compatibility: fleet")
        .uid(UID)
        .description(
            "Whether Temporal servers, their stores and schemas fit, for every cluster that is watched."
        )
        .tags(["temporal", "temporal-compat"])
        .timezone("browser")
        .time("now-24h", "now")
        .refresh("1m")
        .readonly()
    )
    for variable in variables():
        board.with_variable(variable)
    sections = {
        "At a glance": at_a_glance(UID),
        "Findings": findings(),
        "Schemas": schemas(),
        "Versions": versions(),
        "Probes": probes(),
        "Agents": agents(),
    }
    number = 0
    for title, panels in sections.items():
        number += 1
        board.with_row(Row(title).id(number))
        for panel in panels:
            number += 1
            board.with_panel(panel.id(number))
    return board
