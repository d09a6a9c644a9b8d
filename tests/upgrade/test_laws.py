"""Laws over every pair of releases, for each kind of stores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import pytest

from agent.matrix import Release
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.upgrade import Blocker, Hop, Plan, StepKind
from agent.upgrade.path import path_of
from agent.upgrade.release_judge import ReleaseJudge
from agent.upgrade.simulated_stores import SimulatedStores
from tests.building import MATRIX
from tests.upgrade.building import Stores, same

READ = [release for release in MATRIX.releases.all if release.was_read]
UNREAD = {release.name for release in MATRIX.releases.all if not release.was_read}
NUMBERS = {release.name: release.version.release for release in MATRIX.releases.all}
SOUND = {
    release.name
    for release in READ
    if not any(advisory.broken and advisory.holds(release) for advisory in MATRIX.advisories.all)
}
#: Of each minor the newest that is not broken for anybody: none that is broken for some is the newest.
NEWEST = {[r.name for r in READ if r.minor == m and r.name in SOUND][-1] for m in {r.minor for r in READ}}

PERSISTENCE, VISIBILITY, SEARCH = Role.PERSISTENCE, Role.VISIBILITY, Role.SEARCH
CASSANDRA = {PERSISTENCE: "cassandra=3.11.19", VISIBILITY: "cassandra=3.11.19"}
KINDS = {
    "mysql": same("mysql=8.0.33", "mysql"),
    "postgresql": same("postgresql=13.4", "postgres"),
    "cassandra": Stores(CASSANDRA, {}),
    "elasticsearch beside cassandra": Stores({**CASSANDRA, SEARCH: "elasticsearch=7.10.2"}, {}),
    "elasticsearch beside mysql": Stores(
        {PERSISTENCE: "mysql=8.0.33", VISIBILITY: "mysql=8.0.33", SEARCH: "elasticsearch=6.8.23"},
        {PERSISTENCE: "mysql", VISIBILITY: "mysql"},
    ),
    "elasticsearch": Stores(
        {PERSISTENCE: "postgresql=13.4", VISIBILITY: "elasticsearch=7.10.2"},
        {PERSISTENCE: "postgres12"},
    ),
    "a second store beside cassandra": Stores(
        {**CASSANDRA, Role.SECONDARY_VISIBILITY: "postgresql=13.4"},
        {Role.SECONDARY_VISIBILITY: "postgres12"},
    ),
}

#: From which minor on nothing stands in the way of these stores, whatever sound release is the target.
FREE_FROM = {
    "mysql": (1, 0),
    "postgresql": (1, 2),
    "elasticsearch beside cassandra": (1, 8),
    "elasticsearch": (1, 21),
    "a second store beside cassandra": (1, 21),
}


@dataclass(frozen=True)
class Plans:
    """The plan of every pair whose start runs on these stores. Most of their hops are the same ones."""

    all: Mapping[tuple[str, str], Plan]
    free_from: tuple[int, ...] | None
    stores: Stores

    @cached_property
    def forward(self) -> list[Plan]:
        return [plan for plan in self.all.values() if NUMBERS[plan.target] > NUMBERS[plan.start]]

    @cached_property
    def hops(self) -> list[tuple[Plan, Hop]]:
        """Each hop of the ways forward once, with a plan that has it."""
        return list({id(hop): (plan, hop) for plan in self.forward for hop in plan.hops}.values())

    @cached_property
    def leaps(self) -> set[tuple[str, str]]:
        """From where to where the ways forward go."""
        stops = ((plan.start, *(hop.release for hop in plan.hops)) for plan in self.forward)
        return {leap for way in stops for leap in pairwise(way)}


@pytest.fixture(scope="module", params=KINDS)
def plans(request: pytest.FixtureRequest) -> Plans:
    stores = KINDS[request.param]
    planner, gate = stores.planner, stores.gate
    states = {start: stores.at(start) for start in READ}
    starts = [start for start in READ if gate.judge(start, states[start]).start.would_start]
    assert len(starts) > 20
    return Plans(
        {
            (start.name, target.name): planner.plan(start, target, states[start])
            for start in starts
            for target in READ
        },
        FREE_FROM.get(request.param),
        stores,
    )


def test_a_plan_ends_at_its_target_and_is_empty_where_it_runs_already(plans: Plans) -> None:
    for (start, target), plan in plans.all.items():
        assert plan.hops[-1].release == target if start != target else not plan.hops


def test_after_the_schema_steps_of_a_hop_its_server_starts_or_the_hop_names_a_blocker(plans: Plans) -> None:
    for plan, hop in plans.hops:
        assert hop.would_start is True or hop.blockers, (plan.start, plan.target, hop.release)
        assert all(blocker.reason is not Reason.SCHEMA_BEHIND for blocker in hop.blockers)


def test_stores_that_could_go_the_whole_way_can_go_it(plans: Plans) -> None:
    if plans.free_from is None:
        return
    for plan in plans.forward:
        if NUMBERS[plan.start][:2] >= plans.free_from and plan.target in SOUND:
            assert not plan.blockers, (plan.start, plan.target, plan.blockers)
            assert all(hop.would_start for hop in plan.hops)


def test_every_hop_goes_up_and_passes_over_no_minor_that_these_stores_could_stop_at(plans: Plans) -> None:
    for before, after in plans.leaps:
        # They are the same where something is to be done before the first release is left.
        assert before == after or NUMBERS[before] < NUMBERS[after]
        between = {m for m in MATRIX.releases.minors if NUMBERS[before][:2] < m < NUMBERS[after][:2]}
        assert not any(NUMBERS[name][:2] in between for name in SOUND), (before, after)


def test_no_stop_of_a_plan_is_a_broken_release_and_a_broken_target_is_reported(plans: Plans) -> None:
    said = {id(hop) for _, hop in plans.hops if any(b.reason is Reason.RELEASE_BROKEN for b in hop.blockers)}
    for plan in plans.forward:
        assert not any(id(hop) in said for hop in plan.hops[:-1] if hop.release != plan.start)
        retracted = plan.target in ("1.26.0", "1.26.1", "1.30.0")
        assert id(plan.hops[-1]) in said or not retracted


def test_every_stop_but_the_target_is_the_newest_sound_patch_of_its_minor(plans: Plans) -> None:
    for plan in plans.forward:
        for hop in plan.hops[:-1]:
            is_newest = hop.release in NEWEST or hop.release in UNREAD
            assert hop.release == plan.start or is_newest, (plan.start, plan.target, hop.release)


def test_the_first_hop_within_the_minor_of_the_target_is_the_target(plans: Plans) -> None:
    for plan in plans.forward:
        within = [h.release for h in plan.hops if NUMBERS[h.release][:2] == NUMBERS[plan.target][:2]]
        assert [name for name in within if name != plan.start] == [plan.target]


def test_a_hop_has_schemas_a_pause_configuration_the_server_and_a_pause(plans: Plans) -> None:
    shape = re.compile("(s+(?=$)|s+o)?c*(do)?")
    for _, hop in plans.hops:
        kinds = "".join("d" if step.kind is StepKind.SERVER else step.kind[0] for step in hop.steps)
        assert shape.fullmatch(kinds), (hop.release, kinds)
        assert "c" not in kinds or "d" in kinds, (hop.release, kinds)


def test_schema_steps_never_go_down(plans: Plans) -> None:
    steps = {
        id(hop): [(s.role, tuple(map(int, s.to.split(".")))) for s in hop.steps if s.kind is StepKind.SCHEMA]
        for _, hop in plans.hops
    }
    for plan in plans.forward:
        reached: dict[Role | None, tuple[int, ...]] = {}
        for hop in plan.hops:
            for role, version in steps[id(hop)]:
                # What fills a role may be another store from some hop on, with numbers of its own.
                assert len(version) != len(reached.get(role, version)) or reached.get(role, ()) < version
                reached[role] = version


def test_every_schema_step_has_a_tool_of_its_own_hop_and_a_command(plans: Plans) -> None:
    for _, hop in plans.hops:
        for step in hop.steps:
            if step.kind is not StepKind.SCHEMA:
                assert not step.command
                continue
            # Two steps are wrong in their own folder.
            owner = "1.2.3" if hop.release.startswith("1.1.") and step.role is PERSISTENCE else hop.release
            if hop.release.startswith("1.20.") and "--plugin postgres12" in step.command:
                owner = "1.21.6" if step.role is VISIBILITY else hop.release
            is_sql = step.tool.startswith("temporal-sql-tool")
            assert step.command
            assert step.tool.endswith(f" {owner if is_sql else hop.release}")


def test_a_plan_has_each_blocker_once_at_the_first_hop_that_meets_it(plans: Plans) -> None:
    for plan in list(plans.forward)[::37]:
        met = [_about(b) for hop in plan.hops for b in hop.blockers]
        assert [_about(b) for b in plan.blockers] == list(dict.fromkeys(met))
        for blocker in plan.blockers:
            earlier = plan.hops[: [hop.release for hop in plan.hops].index(blocker.release)]
            assert not any(_about(blocker) == _about(b) for hop in earlier for b in hop.blockers)


def _about(blocker: Blocker) -> tuple[str, ...]:
    """What it says, without any numbers."""
    return blocker.role, blocker.check, blocker.reason, re.sub(r"[0-9]+(\.[0-9]+)+", "", blocker.message)


def test_a_way_back_is_one_hop_and_over_a_minor_it_is_blocked(plans: Plans) -> None:
    for plan in plans.all.values():
        if NUMBERS[plan.target] >= NUMBERS[plan.start]:
            continue
        (hop,) = plan.hops
        assert not [step for step in hop.steps if step.kind is StepKind.SCHEMA]
        older, newer = NUMBERS[plan.target][:2], NUMBERS[plan.start][:2]
        skips = any(older < minor < newer for minor in MATRIX.releases.minors)
        skipped = [b for b in hop.blockers if (b.check, b.reason) == (Check.VERSION, Reason.MINOR_SKIPPED)]
        assert bool(skipped) is skips
        assert hop.blockers or hop.would_start is True


def test_gate_and_plan_agree_about_every_pair_of_releases(plans: Plans) -> None:
    judge, states = plans.stores.gate, {start.name: plans.stores.at(start) for start in READ}
    by_name = {release.name: release for release in READ}
    for (running, assumed), plan in plans.all.items():
        start, target, state = by_name[running], by_name[assumed], states[running]
        path = path_of(MATRIX, plan, start, target, judge.uses(state), "orders-live")
        about = (running, assumed, path)
        low, high = sorted((start.minor, target.minor))
        skips = any(low < minor < high for minor in MATRIX.releases.minors)
        is_back = NUMBERS[assumed] < NUMBERS[running]
        is_refused = is_back and start.minor == (1, 21) and NUMBERS[assumed] < (1, 20, 4)
        is_next = len(plan.hops) <= 1 and not is_refused and not (is_back and skips)
        assert (path.verdict is Verdict.SUPPORTED) is is_next, about
        # A plan passes over a minor only where all its patches are broken for these stores.
        assert (path.verdict is Verdict.UNSUPPORTED) is (is_refused or (skips and not is_next)), about
        if not is_next:
            assert f"--cluster orders-live --to {assumed}` prints the path" in path.message, about
            assert is_back or plan.hops[0].release in path.message, about
        elif running != assumed:
            assert _gate_passes(judge, plan, target, state) is not bool(plan.blockers), about


def _gate_passes(judge: ReleaseJudge, plan: Plan, target: Release, state: SimulatedStores) -> bool:
    """Whether the lenient gate passes, after the configuration steps that go with the deploy."""
    if any(step.kind is StepKind.CONFIGURATION for step in plan.steps):
        return not plan.blockers
    for step in plan.steps:
        if step.kind is StepKind.SCHEMA and step.role is not None:
            state = state.with_schema(step.role, step.to)
    judgement = judge.judge(target, state)
    return judgement.start.would_start is not False and judgement.verdict is not Verdict.UNSUPPORTED
