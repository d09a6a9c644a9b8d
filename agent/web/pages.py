"""The pages for people: snapshots as HTML. They work without scripts; a script keeps them current."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from agent.model.agent_status import AgentState
from agent.model.reasons import PROBE_FAILING, REASONS
from agent.reports.cluster_document import cluster_document
from agent.reports.document import as_object, rfc3339
from agent.reports.next_step import next_step
from agent.reports.plan_document import plan_document
from agent.reports.probe_document import ProbeDocument
from agent.reports.reason_document import ReasonDocument
from agent.reports.reasons import reason_markdown
from agent.snapshot import Snapshot
from agent.upgrade import Plan
from agent.web.markdown import to_html
from agent.web.rendering import PerCluster
from agent.web.runbooks import runbook
from agent.web.view import GROUPS, SORTS, STATES, Query, Row, overview, row

#: Longest version or name in a cell of the table, in characters. They come from other systems.
_MAX_CELL_LENGTH = 40

#: Levels of upgrades, in the order of preference for the folded plan on a cluster's page.
_LEVELS = ("minor", "patch")


class Pages:
    """Renders the pages. `notice` is at the top of each.

    `root`: the beginning of all links, such as `/compat/`; empty: links are relative to the page.
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
            when=_when, rfc3339=rfc3339, day=_day, cut=_cut, words=_words, segment=_segment, raw=_raw
        )
        self._templates.globals.update(
            notice=notice,
            states=STATES,
            groups=GROUPS,
            sorts=SORTS,
            reasons=REASONS,
            runbook=runbook,
            probe_failing=PROBE_FAILING,
        )
        self._rows = PerCluster(row)
        #: A row of the table as HTML.
        self._shown: WeakKeyDictionary[Row, Markup] = WeakKeyDictionary()

    def index(self, snapshots: tuple[Snapshot, ...], state: AgentState, query: Query) -> str:
        """The status page: all clusters in groups."""
        view = overview(self._rows.of(snapshots), query, state.environments)

        def rows(shown: Iterable[Row]) -> Markup:
            return Markup("").join(self._row(each, state.config_file) for each in shown)

        return self._render("index.html", "", view=view, rows=rows, state=state)

    def _row(self, each: Row, config_file: str) -> Markup:
        kept = self._shown.get(each)
        if kept is None:
            todo = next_step(each.document, config_file)
            text = self._render("row.html", "", row=each, todo=todo)
            kept = self._shown[each] = Markup(text)  # noqa: S704 - rendered by Jinja
        return kept

    def cluster(
        self, snapshot: Snapshot, state: AgentState, plan: Plan | None, target_release: str, problem: str
    ) -> str:
        """One cluster. `plan` leads to the release `target_release`, or to the next one if it is empty.

        `problem`: why there is no plan to `target_release`.
        """
        document = cluster_document(snapshot)
        return self._render(
            "cluster.html",
            "../",
            row=Row(document),
            cluster=document,
            state=state,
            todo=next_step(document, state.config_file),
            plan=plan and plan_document(plan),
            target_release=target_release,
            problem=problem,
        )

    def runbook(self, name: str, text: str, cluster: str, state: AgentState, *, is_filled: bool) -> str:
        """The runbook of an alert, Markdown in `text`. `cluster`: the one of the alert.

        `is_filled`: the commands are those of the cluster; else this agent does not monitor it.
        """
        query = f"?cluster={quote(cluster, safe='')}" if cluster else ""
        body = to_html(text.partition("\n")[2], self._root or "../", query)
        values = {"name": name, "text": body, "cluster": cluster, "state": state, "is_filled": is_filled}
        return self._render("runbook.html", "../", **values)

    def reason(self, reason: ReasonDocument, state: AgentState) -> str:
        """What a reason code means, and what to do about it."""
        body = to_html(reason_markdown(reason, "runbooks"), self._root or "../")
        values = {"name": reason.code, "text": body, "cluster": "", "state": state, "is_filled": False}
        return self._render("runbook.html", "../", **values)

    def missing(self, what: str, name: str, state: AgentState, up: str = "../") -> str:
        """The page for something that does not exist. `up`: the way from there to the first page."""
        return self._render("missing.html", up, what=what, name=name, state=state)

    def _render(self, template: str, up: str, **values: Any) -> str:
        return self._templates.get_template(template).render(root=self._root or up, **values)


def next_release(snapshot: Snapshot) -> str:
    """The release whose plan is shown by default.

    If the server would not start, it is the newest running one, because its plan is the repair. Else it is
    the next minor, else the newest patch.
    """
    server = snapshot.judgement.server
    if snapshot.judgement.start.would_start is False and server and (server.newest or server.release):
        return server.newest or server.release
    ahead = {outlook.level: outlook.release for outlook in snapshot.outlook}
    return next((ahead[level] for level in _LEVELS if level in ahead), "")


def _raw(probe: ProbeDocument) -> str:
    # Escapes show characters that a terminal or browser would hide, such as a change of writing direction.
    return json.dumps(as_object(probe), indent=2, ensure_ascii=True)


def _when(at: str | float) -> Markup:
    """A time: RFC 3339 text from documents, or the Unix time of the agent's own state."""
    at = at if isinstance(at, str) else rfc3339(at)
    return Markup('<time datetime="{}">{} {} UTC</time>').format(at, at[:10], at[11:19])


def _day(day: date) -> Markup:
    return Markup('<time datetime="{0}">{0}</time>').format(day.isoformat())


def _cut(text: str) -> Markup:
    shown = text if len(text) <= _MAX_CELL_LENGTH else f"{text[: _MAX_CELL_LENGTH - 1]}…"
    return Markup("<bdi>{}</bdi>").format(escape(shown))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _segment(name: str) -> str:
    return quote(name, safe="")
