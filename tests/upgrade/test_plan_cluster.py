"""Plans for clusters as they were observed: from where they really stand, or a clear no."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.observation import Observation
from agent.model.vocabulary import Check, Reason, Role
from agent.upgrade import Access, Plan, PlanError, StepKind, Toolbox, plan_upgrade
from agent.upgrade.plan_cluster import starting_release
from agent.verdict import ClusterSpec, StoreSpec
from tests.building import (
    MATRIX,
    NOT_READ,
    NOW,
    POSTGRESQL,
    TIMEOUT,
    later,
    missing,
    observation,
    replica,
    subject,
)

PERSISTENCE, VISIBILITY, SERVER = Role.PERSISTENCE, Role.VISIBILITY, Role.SERVER


def cluster(
    *servers: str, persistence: str = "1.18", visibility: str = "1.13", database: str = "15.4"
) -> tuple[Observation, ...]:
    return (
        *(replica(version, name=f"history-{version}") for version in servers),
        observation(PERSISTENCE, database, schema=persistence),
        observation(VISIBILITY, database, schema=visibility),
    )


def plan(
    seen: tuple[Observation, ...], target: str, on: ClusterSpec | None = None, tools: Toolbox | None = None
) -> Plan:
    return plan_upgrade(NOT_READ, on or subject(sees_replicas=True), seen, NOW, target, tools or Toolbox())


def steps(found: Plan) -> list[tuple[str, str]]:
    return [(str(step.kind), step.to) for step in found.steps]


def notes(found: Plan) -> str:
    return " ".join(note.text for hop in found.hops for note in hop.notes)


# Where it stands


def test_a_cluster_half_upgraded_gets_what_is_left() -> None:
    half = plan(cluster("1.30.6", persistence="1.19"), "1.31.2")
    assert steps(half) == [
        ("schema", "1.14"),
        ("observe", "1.30.6"),
        ("server", "1.31.2"),
        ("observe", "1.31.2"),
    ]
    whole = plan(cluster("1.30.6", persistence="1.19", visibility="1.14"), "1.31.2")
    assert steps(whole) == [("server", "1.31.2"), ("observe", "1.31.2")]
    assert half.blockers == whole.blockers == ()


def test_a_release_that_runs_on_a_schema_which_is_behind_gets_that_first() -> None:
    found = plan(cluster("1.30.6", visibility="1.9"), "1.30.6")
    assert [hop.release for hop in found.hops] == ["1.30.6"]
    assert steps(found) == [("schema", "1.13")]


def test_with_two_releases_running_the_plan_says_so_and_begins_at_the_older() -> None:
    found = plan(cluster("1.30.6", "1.31.2", persistence="1.19", visibility="1.14"), "1.31.2")
    assert found.start == "1.30.6"
    assert found.blockers == ()
    assert "1.30.6 and 1.31.2 run at the same time" in notes(found)


def test_replicas_on_older_releases_are_updated_to_the_target() -> None:
    found = plan(cluster("1.30.6", "1.31.2", persistence="1.19", visibility="1.14"), "1.30.6")
    assert steps(found) == [("server", "1.30.6"), ("observe", "1.30.6")]


@pytest.mark.parametrize(
    ("newer", "target"), [("1.31.2", "1.31.2"), ("1.31.2", "1.29.7"), ("1.30.6", "1.28.4")]
)
def test_replicas_too_far_from_each_other_or_from_the_way_back_block(newer: str, target: str) -> None:
    found = plan(cluster("1.29.7", newer), target)
    (blocker,) = [b for b in found.blockers if b.check is Check.REPLICAS]
    assert blocker.reason is Reason.MINOR_SKIPPED
    assert found.hops[0].blockers[0] == blocker


def test_a_version_that_cannot_be_read_is_reported() -> None:
    assert "a version that cannot be parsed: 'garbage'" in notes(plan(cluster("1.30.6", "garbage"), "1.31.2"))


def test_the_last_answer_of_a_silent_server_counts_and_the_report_says_so() -> None:
    server = observation(SERVER, "1.30.6", at=later(-10_000), failure=TIMEOUT)
    found = plan((server, *cluster()), "1.31.2", subject())
    assert found.start == "1.30.6"
    assert "does not answer" in notes(found)


def test_a_store_that_could_not_be_read_gets_its_steps_and_it_is_not_known_what_comes_of_them() -> None:
    seen = (replica("1.30.6"), observation(PERSISTENCE, failure=TIMEOUT), cluster()[1])
    found = plan(seen, "1.31.2")
    hop = found.hops[-1]
    assert hop.would_start is None
    assert "It is unknown whether 1.31.2 would start: persistence: no answer within 10 seconds" in notes(
        found
    )
    assert steps(found)[:2] == [("schema", "1.19"), ("schema", "1.14")]
    assert found.steps[0].note.startswith(
        "Upgrade the schema of persistence from its current version to 1.19."
    )
    assert found.blockers == ()


def test_a_schema_that_is_missing_blocks_from_the_first_hop_on() -> None:
    seen = (
        replica("1.30.6"),
        observation(PERSISTENCE, "15.4", schema=missing(Reason.SCHEMA_ROW_MISSING)),
        cluster()[1],
    )
    for target in ("1.30.6", "1.31.2"):
        (blocker,) = plan(seen, target).blockers
        assert (blocker.release, blocker.role) == ("1.30.6", PERSISTENCE)
        assert blocker.reason is Reason.SCHEMA_ROW_MISSING


def test_an_unknown_plugin_blocks_a_plan_whose_schemas_depend_on_it() -> None:
    on = subject(StoreSpec("postgresql"), StoreSpec("postgresql"))
    seen = cluster("1.22.7", persistence="1.10", visibility="1.1", database="13.4")
    found = plan(seen, "1.24.3", on)
    assert {(b.role, b.reason) for b in found.hops[0].blockers} >= {
        (PERSISTENCE, Reason.PLUGIN_UNKNOWN),
        (VISIBILITY, Reason.PLUGIN_UNKNOWN),
    }
    later_on = plan(cluster("1.29.7", persistence="1.18", visibility="1.9"), "1.31.2", on)
    assert later_on.blockers == ()


def test_the_plugin_that_the_server_reports_counts() -> None:
    server = observation(SERVER, "1.23.1", plugins={PERSISTENCE: ("postgres",), VISIBILITY: ("postgres",)})
    seen = (server, *cluster(persistence="1.11", visibility="1.1", database="13.4"))
    found = plan(seen, "1.24.3", subject(StoreSpec("postgresql"), POSTGRESQL))
    changed = [step.to for step in found.steps if step.kind is StepKind.CONFIGURATION]
    assert changed == ["postgres12", "postgres12"]
    assert found.blockers == ()


def test_a_store_that_the_server_does_not_use_blocks() -> None:
    server = observation(SERVER, "1.30.6", plugins={PERSISTENCE: ("cassandra",), VISIBILITY: ("postgres12",)})
    (blocker,) = plan((server, *cluster()), "1.31.2", subject()).blockers
    assert (blocker.role, blocker.reason) == (PERSISTENCE, Reason.OTHER_STORE)
    assert "configure the store that it uses" in blocker.message


def test_two_schemas_in_one_database_are_reported() -> None:
    access = Access("db", 5432, "temporal", "agent")
    shared = Toolbox({PERSISTENCE: access, VISIBILITY: access})
    parted = Toolbox({PERSISTENCE: access, VISIBILITY: replace(access, name="temporal_visibility")})
    assert "use the same database" in notes(plan(cluster("1.30.6"), "1.31.2", tools=shared))
    assert "use the same database" not in notes(plan(cluster("1.30.6"), "1.31.2", tools=parted))


# Which release it is


def test_a_release_that_is_only_known_to_exist_can_be_left() -> None:
    seen = cluster("1.31.3", persistence="1.19", visibility="1.14")
    found = plan_upgrade(NOT_READ, subject(sees_replicas=True), seen, NOW, "1.32.2", Toolbox())
    assert (found.start, [hop.release for hop in found.hops]) == ("1.31.3", ["1.31.5", "1.32.2"])
    assert found.blockers == ()


def test_of_releases_that_report_one_version_the_stores_rule_out_what_could_not_run() -> None:
    """1.10.0 and 1.11.0 report 1.10.0, and need 1.5 and 1.6."""
    old = subject(StoreSpec("mysql", "mysql"), StoreSpec("mysql", "mysql"))

    def at(schema: str) -> Plan:
        seen = [
            observation(role, "5.7.40", component="mysql", schema=version)
            for role, version in ((PERSISTENCE, schema), (VISIBILITY, "1.1"))
        ]
        return plan((observation(SERVER, "1.10.0"), *seen), "1.12.4", old)

    behind = at("1.5")
    assert (behind.start, behind.hops[0].release) == ("1.10.0", "1.10.5")
    assert "1.11.0 also reports version 1.10.0" in notes(behind)
    assert "skip the hops before its minor" in notes(at("1.6"))


def test_a_rebuild_that_reports_its_release_is_not_a_finding() -> None:
    found = plan(cluster("1.28.3", persistence="1.17", visibility="1.9"), "1.28.4")
    assert found.start == "1.28.3"
    assert "also reports" not in notes(found)


def test_a_plan_needs_the_running_release() -> None:
    for seen in (cluster(), cluster("9.9.9"), cluster("0.29.0"), cluster("garbage")):
        with pytest.raises(PlanError):
            plan(seen, "1.31.2")
        with pytest.raises(PlanError):
            starting_release(MATRIX, subject(), seen, NOW)


# Where it is to go


def test_targets_that_are_broken_or_retracted_are_blocked_and_say_which_to_take() -> None:
    for target, instead in (("1.26.0", "1.26.2"), ("1.27.0", "1.27.1"), ("1.30.0", "1.30.1")):
        seen = cluster("1.25.2", persistence="1.14", visibility="1.6")
        (blocker,) = [b for b in plan(seen, target).blockers if b.reason is Reason.RELEASE_BROKEN]
        assert blocker.release == target
        assert instead in blocker.message


def test_a_target_that_is_older_is_a_way_back() -> None:
    seen = cluster("1.31.2", persistence="1.19", visibility="1.14")
    assert steps(plan(seen, "1.30.6")) == [("server", "1.30.6"), ("observe", "1.30.6")]
    assert plan(seen, "1.30.6").blockers == ()
    assert [b.reason for b in plan(seen, "1.29.7").blockers] == [Reason.MINOR_SKIPPED]


def test_to_where_it_is_there_is_nothing_to_do() -> None:
    assert plan(cluster("1.30.6"), "1.30.6").hops == ()
