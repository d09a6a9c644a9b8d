"""The pages for people: snapshots to HTML. They work without scripts; a script keeps them current."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from agent.model.agent_status import AgentState
from agent.model.reasons import PROBE_FAILING, REASONS
from agent.reports.cluster_document import cluster_document
from agent.reports.document import as_object, rfc3339
from agent.reports.plan_document import plan_document
from agent.reports.probe_document import ProbeDocument
from agent.snapshot import Snapshot
from agent.upgrade import Plan
from agent.web.runbooks import runbook, runbooks
from agent.web.view import STATES, Query, Row, overview

#: Versions and names come from outside; a cell of the matrix holds this much of one.
_LONGEST_IN_CELL = 40

#: Levels of the outlook, the one whose plan the cluster's page has folded in first.
_LEVELS = ("minor", "patch")


class Pages:
    """Renders the pages. `notice` stands on top of each.

    `root`: where the links begin, such as `/compat/`; empty: beside the page, whatever path that is under.
    """

    def __init__(self, notice: str = "", root: str = "") -> None:
        self._root = root
        self._templates = Environment(
            loader=PackageLoader("agent.web"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self._templates.filters.update(
            when=_when, day=_day, cut=_cut, words=_words, segment=_segment, raw=_raw
        )
        self._templates.globals.update(
            notice=notice, states=STATES, reasons=REASONS, runbook=runbook, probe_failing=PROBE_FAILING
        )

    def index(self, snapshots: tuple[Snapshot, ...], state: AgentState, query: Query) -> str:
        """The status page: all clusters as a matrix of roles."""
        return self._render("index.html", "", view=overview(snapshots, query), state=state)

    def cluster(
        self, snapshot: Snapshot, state: AgentState, plan: Plan | None, asked: str, problem: str
    ) -> str:
        """One cluster. `plan` leads to `asked`, or to the next release where nothing was asked for.

        `problem`: why there is no plan to what was asked for.
        """
        document = cluster_document(snapshot)
        return self._render(
            "cluster.html",
            "../",
            row=Row(document),
            cluster=document,
            state=state,
            plan=plan and plan_document(plan),
            asked=asked,
            problem=problem,
        )

    def runbook(self, name: str, state: AgentState) -> str | None:
        """What to do about an alert; None: there is none of that name."""
        text = runbooks().get(name)
        return (
            None if text is None else self._render("runbook.html", "../", name=name, text=text, state=state)
        )

    def missing(self, what: str, name: str, state: AgentState) -> str:
        """What stands at the address of something that is not there."""
        return self._render("missing.html", "../", what=what, name=name, state=state)

    def _render(self, template: str, up: str, **values: Any) -> str:
        return self._templates.get_template(template).render(root=self._root or up, **values)


def next_release(snapshot: Snapshot) -> str:
    """The release whose plan is worth showing unasked: the next minor, else the newest patch."""
    ahead = {outlook.level: outlook.release for outlook in snapshot.outlook}
    return next((ahead[level] for level in _LEVELS if level in ahead), "")


def _raw(probe: ProbeDocument) -> str:
    # Escaped characters show what a terminal or a browser would hide, such as a change of direction.
    return json.dumps(as_object(probe), indent=2, ensure_ascii=True)


def _when(at: str | float) -> Markup:
    """A moment as documents have it; of the agent itself it is a Unix time."""
    at = at if isinstance(at, str) else rfc3339(at)
    return Markup('<time datetime="{}">{} {} UTC</time>').format(at, at[:10], at[11:19])


def _day(day: date) -> Markup:
    return Markup('<time datetime="{0}">{0}</time>').format(day.isoformat())


def _cut(text: str) -> Markup:
    shown = text if len(text) <= _LONGEST_IN_CELL else f"{text[: _LONGEST_IN_CELL - 1]}…"
    return Markup("<bdi>{}</bdi>").format(escape(shown))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _segment(name: str) -> str:
    return quote(name, safe="")
