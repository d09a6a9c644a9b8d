"""Laws over every pair of releases, for each kind of stores."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agent.matrix import Release
from agent.upgrade import Plan, StepKind
from agent.vocabulary import Reason, Role
from tests.building import MATRIX
from tests.upgrade.building import Stores, same

READ = [release for release in MATRIX.releases.all if release.was_read]
NUMBERS = {release.name: release for release in MATRIX.releases.all}

KINDS = {
    "mysql": same("mysql=8.0.33", "mysql"),
    "postgresql": same("postgresql=13.4", "postgres"),
    "cassandra": same("cassandra=3.11.19"),
    "elasticsearch beside cassandra": Stores(
        {
            Role.PERSISTENCE: "cassandra=3.11.19",
            Role.VISIBILITY: "cassandra=3.11.19",
            Role.SEARCH: "elasticsearch=7.10.2",
        },
        {},
    ),
    "elasticsearch": Stores(
        {Role.PERSISTENCE: "postgresql=13.4", Role.VISIBILITY: "elasticsearch=7.10.2"},
        {Role.PERSISTENCE: "postgres12"},
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def plans(request: pytest.FixtureRequest) -> dict[tuple[str, str], Plan]:
    """The plan of every pair whose start runs on these stores."""
    stores = KINDS[request.param]
    planner, gate = stores.planner, stores.gate
    states = {start: stores.at(start) for start in READ}
    starts = [start for start in READ if gate.judge(start, states[start]).start.would_start]
    assert len(starts) > 30
    return {
        (start.name, target.name): planner.plan(start, target, states[start])
        for start in starts
        for target in READ
    }


def forward(plans: dict[tuple[str, str], Plan]) -> list[Plan]:
    return [plan for plan in plans.values() if number(plan.target) > number(plan.start)]


def number(name: str) -> tuple[int, ...]:
    return NUMBERS[name].version.release


def test_a_plan_ends_at_its_target_and_is_empty_where_it_runs_already(
    plans: dict[tuple[str, str], Plan],
) -> None:
    for (start, target), plan in plans.items():
        assert plan.hops[-1].release == target if start != target else not plan.hops


def test_a_plan_without_blockers_leads_to_a_server_that_starts(plans: dict[tuple[str, str], Plan]) -> None:
    """Applying a hop's schema steps makes its gate true, or the hop names what stands in the way."""
    for plan in forward(plans):
        for hop in plan.hops:
            assert hop.would_start is True or hop.blockers, (plan.start, plan.target, hop.release)


def test_every_hop_goes_up_and_passes_over_no_minor_that_these_stores_could_stop_at(
    plans: dict[tuple[str, str], Plan],
) -> None:
    for plan in forward(plans):
        stops = [plan.start, *(hop.release for hop in plan.hops)]
        for before, after in pairwise(stops):
            if before == after:
                # Something is to be done before the first release is left.
                continue
            assert number(before) < number(after)
            between = [m for m in MATRIX.releases.minors if number(before)[:2] < m < number(after)[:2]]
            assert not any(_is_sound(release) for release in READ if release.minor in between)


def test_no_release_on_the_way_is_broken_and_a_broken_target_is_told(
    plans: dict[tuple[str, str], Plan],
) -> None:
    for plan in forward(plans):
        for hop in plan.hops:
            broken = [b for b in hop.blockers if b.reason is Reason.RELEASE_BROKEN]
            assert not broken or hop.release in (plan.start, plan.target)


def test_every_stop_but_the_target_is_the_newest_sound_patch_of_its_minor(
    plans: dict[tuple[str, str], Plan],
) -> None:
    for plan in forward(plans):
        for hop in plan.hops[:-1]:
            if hop.release != plan.start:
                newer = MATRIX.releases.newer_patches(NUMBERS[hop.release])
                assert not any(_is_sound(release) for release in newer)


def test_schema_steps_never_go_down_and_the_server_follows_them(plans: dict[tuple[str, str], Plan]) -> None:
    order = [StepKind.SCHEMA, StepKind.CONFIGURATION, StepKind.SERVER, StepKind.OBSERVE]
    for plan in plans.values():
        reached: dict[Role | None, list[tuple[int, ...]]] = {}
        for hop in plan.hops:
            kinds = [order.index(step.kind) for step in hop.steps]
            assert kinds == sorted(kinds)
            for step in hop.steps:
                if step.kind is StepKind.SCHEMA and "." in step.to:
                    reached.setdefault(step.role, []).append(tuple(map(int, step.to.split("."))))
        assert all(versions == sorted(set(versions)) for versions in reached.values())


def test_a_way_back_is_one_hop_and_over_a_minor_it_is_blocked(plans: dict[tuple[str, str], Plan]) -> None:
    for plan in plans.values():
        if number(plan.target) >= number(plan.start):
            continue
        (hop,) = plan.hops
        assert not [step for step in hop.steps if step.kind is StepKind.SCHEMA]
        between = [m for m in MATRIX.releases.minors if number(plan.target)[:2] < m < number(plan.start)[:2]]
        assert hop.blockers or (not between and hop.would_start is True)


def _is_sound(release: Release) -> bool:
    return release.was_read and not any(a.broken and a.holds(release) for a in MATRIX.advisories.all)
