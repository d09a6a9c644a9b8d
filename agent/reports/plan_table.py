"""The plans of many pairs of releases as one compact table, from which a page looks up each plan.

The page joins what is here and decides nothing. Texts are stored once, with signs for the release of the hop
and for the release before it.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Sequence
from itertools import groupby
from typing import Any

from agent.model.vocabulary import SEVERITY
from agent.reports.advisory_document import AdvisoryDocument
from agent.reports.plan import blocker_text, cited, finding_text, step_text, warning_text
from agent.reports.plan_document import STAGING, HopDocument, plan_document
from agent.upgrade import Hop, Plan

#: In texts: the release of a hop, and the release before it. No other text has such characters.
RELEASE, PREVIOUS = "\x01", "\x02"

#: The place of a hop's release in the list of releases, where it is the target of the plan.
TARGET = -1


class PlanTable:
    """Collects plans. Every number in its tables is a place in another table, or TARGET."""

    def __init__(self, releases: Sequence[str]) -> None:
        self._places = {name: place for place, name in enumerate(releases)}
        self._texts: dict[Hashable, int] = {}
        self._bodies: dict[Hashable, int] = {}
        self._hops: dict[Hashable, int] = {}
        self._changes: dict[Hashable, int] = {}
        self._segments: dict[Hashable, int] = {}
        self._setups: list[dict[str, Any]] = []
        #: Plans share their hops; the key holds the hop, so that no other hop gets its identity.
        self._known: dict[tuple[int, str, bool], tuple[Hop, int]] = {}
        self._known_changes: dict[Hashable, int] = {}

    def add(self, stores: Sequence[str], options: str, rows: Iterable[Sequence[Plan]]) -> None:
        """Add the plans of one setup of stores.

        `stores`: their names, for people. `options`: the same for the command line. `rows`: for each release
        in order, the plans from it to each later one.
        """
        table = [self._row(plans) for plans in rows]
        self._setups.append({"stores": list(stores), "options": options, "rows": table})

    def as_object(self) -> dict[str, Any]:
        """The tables as plain values for JSON."""
        return {
            "releases": list(self._places),
            "staging": STAGING,
            "verdicts": list(SEVERITY),
            "texts": list(self._texts),
            "bodies": list(map(json.loads, map(str, self._bodies))),
            "hops": list(self._hops),
            "changes": list(self._changes),
            "segments": list(self._segments),
            "setups": self._setups,
        }

    def _row(self, plans: Sequence[Plan]) -> list[Any]:
        """The hops to the last target, then for each minor how many of them come first, and its segment.

        A segment has for each target of the minor the store changes and the remaining hops.
        """
        found = [(plan, [self._hop(plan, number) for number in range(len(plan.hops))]) for plan in plans]
        chain = found[-1][1] if found else []
        row: list[Any] = [chain]
        for _, group in groupby(found, key=lambda each: _minor(each[0].target)):
            of_minor = list(group)
            shared = min(_common(chain, hops) for _, hops in of_minor)
            segment = tuple((self._change(plan), *hops[shared:]) for plan, hops in of_minor)
            row += [shared, _place(self._segments, segment)]
        return row

    def _hop(self, plan: Plan, number: int) -> int:
        hop = plan.hops[number]
        previous = plan.hops[number - 1].release if number else plan.start
        key = id(hop), previous, hop.release == plan.target
        if key not in self._known:
            (document,) = plan_document(Plan(previous, hop.release, (hop,))).hops
            body = _place(self._bodies, json.dumps(self._body(document, previous)))
            place = TARGET if hop.release == plan.target else self._places[hop.release]
            self._known[key] = hop, _place(self._hops, (place, body))
        return self._known[key][1]

    def _body(self, hop: HopDocument, previous: str) -> list[Any]:
        """Blockers, findings, critical and other warnings, notes, steps, rollback.

        The page's script reads them in this order. `hop`: of a plan with this hop alone.
        """

        def text(value: str) -> int:
            return self._text(value.replace(hop.release, RELEASE).replace(previous, PREVIOUS))

        def sourced(value: str, source: str | None) -> list[int]:
            # Only the release of the hop: without it, equal texts are the same blocker in all hops.
            return [self._text(part.replace(hop.release, RELEASE)) for part in (value, source or "")]

        def warnings(found: Iterable[AdvisoryDocument]) -> list[list[int]]:
            return [[self._text(each.id), self._text(warning_text(each))] for each in found]

        critical = {each.id for each in hop.new_advisories}
        return [
            [sourced(blocker_text(each), each.source) for each in hop.blockers],
            [
                [*sourced(finding_text(each), each.source), SEVERITY.index(each.verdict)]
                for each in hop.findings
            ],
            warnings(hop.new_advisories),
            warnings(each for each in hop.advisories if each.id not in critical),
            [text(cited(each.text, each.source)) for each in hop.notes],
            [[text(step_text(each)), text(each.command or "")] for each in hop.steps],
            text(hop.rollback_text),
        ]

    def _change(self, plan: Plan) -> int:
        if plan.stores not in self._known_changes:
            rows = plan_document(Plan(plan.start, plan.target, (), plan.stores)).changes[1:]
            change = tuple((each.component, each.current, each.target, each.backup) for each in rows)
            self._known_changes[plan.stores] = _place(self._changes, change)
        return self._known_changes[plan.stores]

    def _text(self, text: str) -> int:
        return _place(self._texts, text)


def _place(table: dict[Hashable, int], value: Hashable) -> int:
    return table.setdefault(value, len(table))


def _minor(release: str) -> str:
    return ".".join(release.split(".")[:2])


def _common(chain: Sequence[int], hops: Sequence[int]) -> int:
    """How many hops are the same at the beginning."""
    same = 0
    for left, right in zip(chain, hops, strict=False):
        if left != right:
            break
        same += 1
    return same
