"""The tables of the page of plans: what they give for a pair of releases is what `plan` gives."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from agent.cli.plan_tables import SETUPS, Setup, plan_tables, plans_of
from agent.model.versions import parse
from agent.reports.plan import blocker_text, cited, finding_text, step_text, warning_text
from agent.reports.plan_document import HopDocument, plan_document
from agent.reports.plan_table import PREVIOUS, RELEASE, TARGET, PlanTable
from agent.upgrade import Hop, Plan
from tests.building import FROZEN, MATRIX


def entry(table: dict[str, Any], setup: int, start: str, target: str) -> tuple[list[int], list[int]]:
    """What the tables have for this pair: the first hops; the changes of the stores with the other hops."""
    releases = table["releases"]
    later = releases[releases.index(start) + 1 :]
    minors = list(dict.fromkeys(map(_minor, later)))
    chain, *parts = table["setups"][setup]["rows"][releases.index(start)]
    shared, segment = parts[2 * minors.index(_minor(target)) :][:2]
    among = [each for each in later if _minor(each) == _minor(target)].index(target)
    return chain[:shared], table["segments"][segment][among]


def looked_up(table: dict[str, Any], setup: int, start: str, target: str) -> list[tuple[str, str, Any]]:
    """The hops that the tables have for this pair: release, release before it, body."""
    first, (_, *rest) = entry(table, setup, start, target)
    found, previous = [], start
    for place, body in (table["hops"][hop] for hop in (*first, *rest)):
        release = target if place == TARGET else table["releases"][place]
        found.append((release, previous, table["bodies"][body]))
        previous = release
    return found


def written(table: dict[str, Any], release: str, previous: str, body: Any) -> Any:
    """All texts of a body, in its own order."""

    def text(place: int) -> str:
        found: str = table["texts"][place]
        return found.replace(RELEASE, release).replace(PREVIOUS, previous)

    blockers, findings, critical, others, notes, steps, rollback = body
    return (
        [cited(text(key), text(source)) for key, source in blockers],
        [cited(text(key), text(source)) for key, source, _ in findings],
        [text(warning) for _, warning in critical],
        [text(warning) for _, warning in others],
        [text(note) for note in notes],
        [(text(step), text(command)) for step, command in steps],
        text(rollback),
    )


def said(hop: HopDocument) -> Any:
    """The same of the document of a plan with this hop alone."""
    critical = {each.id for each in hop.new_advisories}
    return (
        [cited(blocker_text(each), each.source) for each in hop.blockers],
        [cited(finding_text(each), each.source) for each in hop.findings],
        [warning_text(each) for each in hop.new_advisories],
        [warning_text(each) for each in hop.advisories if each.id not in critical],
        [cited(each.text, each.source) for each in hop.notes],
        [(step_text(each), each.command or "") for each in hop.steps],
        hop.rollback_text,
    )


def breaches(table: dict[str, Any], plans: list[Plan]) -> list[str]:
    """The pairs for which the tables of one setup give another plan."""
    hops: dict[tuple[Hop, str], Any] = {}
    texts: dict[tuple[str, str, str], Any] = {}

    def expected(hop: Hop, previous: str) -> Any:
        if (hop, previous) not in hops:
            (alone,) = plan_document(Plan(previous, hop.release, (hop,))).hops
            hops[hop, previous] = said(alone)
        return hops[hop, previous]

    def given(release: str, previous: str, body: Any) -> Any:
        key = release, previous, json.dumps(body)
        if key not in texts:
            texts[key] = written(table, release, previous, body)
        return texts[key]

    broken = []
    for plan in plans:
        before = (plan.start, *(hop.release for hop in plan.hops))
        want = [
            (hop.release, expected(hop, previous)) for hop, previous in zip(plan.hops, before, strict=False)
        ]
        have = [(hop[0], given(*hop)) for hop in looked_up(table, 0, plan.start, plan.target)]
        if want != have or not has_changes(table, plan):
            broken.append(f"{plan.start} to {plan.target}")
    return broken


def has_changes(table: dict[str, Any], plan: Plan) -> bool:
    """Whether the tables have the changes of the stores that the plan has."""
    place = entry(table, 0, plan.start, plan.target)[1][0]
    rows = plan_document(Plan(plan.start, plan.target, (), plan.stores)).changes[1:]
    expected = [[each.component, each.current, each.target, each.backup] for each in rows]
    return bool(table["changes"][place] == expected)


def all_breaches(setups: tuple[Setup, ...]) -> list[str]:
    found = []
    names = [release.name for release in MATRIX.releases.all]
    for setup in setups:
        rows = list(plans_of(MATRIX, setup))
        plans = [plan for row in rows for plan in row]
        assert len(plans) == len(names) * (len(names) - 1) / 2
        table = PlanTable(names)
        table.add(setup.names, setup.options, rows)
        read = json.loads(json.dumps(table.as_object()))
        found += [f"{setup.options}: {pair}" for pair in breaches(read, plans)]
    return found


def test_for_every_pair_of_releases_the_tables_have_the_hops_of_the_plan() -> None:
    """Cassandra with Elasticsearch: its stores, plugins and blockers change most on the way."""
    (setup,) = (each for each in SETUPS if each.names[2] != "none")
    assert all_breaches((setup,)) == []


@pytest.mark.full
def test_for_every_pair_and_all_stores_the_tables_have_the_hops_of_the_plan() -> None:
    assert all_breaches(tuple(SETUPS)) == []


def test_a_blocker_of_two_hops_is_one_key_in_the_tables_exactly_if_the_plan_counts_it_once() -> None:
    table = plan_tables(FROZEN).as_object()
    for place, setup in enumerate(SETUPS):
        for plan in (plan for row in plans_of(FROZEN, setup) for plan in row):
            found = looked_up(table, place, plan.start, plan.target)
            keys = {key for _, _, body in found for key, _ in body[0]}
            assert len(keys) == len(plan.blockers), (setup.options, plan.start, plan.target)
            keys = {key for _, _, body in found for key, *_ in body[1]}
            assert len(keys) == len(plan.findings), (setup.options, plan.start, plan.target)


@cache
def _minor(release: str) -> tuple[int, ...]:
    return parse(release).release[:2]
