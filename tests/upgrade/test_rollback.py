"""The way back."""

from __future__ import annotations

from agent.model.vocabulary import Reason, Role
from agent.upgrade import Hop, StepKind
from tests.upgrade.building import Stores, same
from tests.upgrade.test_route import release

STORES = same("postgresql=13.4", "postgres12")


def back(start: str, target: str, stores: Stores = STORES) -> Hop:
    (hop,) = stores.planner.plan(release(start), release(target), stores.at(release(start))).hops
    return hop


def test_a_neighbour_is_one_deploy_away_on_the_schemas_as_they_are() -> None:
    hop = back("1.31.2", "1.30.6")
    assert [step.kind for step in hop.steps] == [StepKind.SERVER, StepKind.OBSERVE]
    assert (hop.blockers, hop.would_start, hop.back_to) == ((), True, "1.31.2")
    assert "no tool downgrades them" in hop.notes[0].text


def test_there_is_no_rollback_over_a_minor_release() -> None:
    (blocker,) = back("1.31.2", "1.29.7").blockers
    assert blocker.reason is Reason.MINOR_SKIPPED


def test_from_1_21_it_leads_to_1_20_4_or_later() -> None:
    assert back("1.21.6", "1.20.4").blockers == ()
    (blocker,) = back("1.21.6", "1.20.3").blockers
    assert (blocker.role, blocker.reason) == (Role.SERVER, Reason.RELEASE_BROKEN)


def test_a_rollback_never_goes_to_a_release_that_reads_removed_columns() -> None:
    old = same("mysql=5.7.40", "mysql")
    (hop,) = old.planner.plan(release("1.6.7"), release("1.5.8"), old.at(release("1.7.3"))).hops
    assert [b.reason for b in hop.blockers] == [Reason.WOULD_NOT_START]
    assert hop.would_start is False


def test_a_rollback_never_goes_to_a_broken_release() -> None:
    assert [b.reason for b in back("1.27.4", "1.26.0").blockers] == [Reason.RELEASE_BROKEN]


def test_a_rollback_names_the_warnings_about_its_target() -> None:
    assert "CVE-2026-120091" in [each.advisory.id for each in back("1.32.2", "1.32.1").advisories]
