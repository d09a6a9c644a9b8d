"""What a plan is made of."""

from __future__ import annotations

from agent.model.vocabulary import Check, Reason, Role
from agent.upgrade import Blocker, Hop, Plan, Step, StepKind


def blocker(release: str, message: str = "Temporal {} cannot use Cassandra") -> Blocker:
    return Blocker(
        release,
        Role.VISIBILITY,
        Check.VERSION,
        Reason.COMPONENT_NOT_SUPPORTED,
        message.format(release),
        f"temporalio/temporal@v{release}",
    )


def hop(release: str, *blockers: Blocker) -> Hop:
    step = Step(StepKind.SERVER, Role.SERVER, release, "", "", "Deploy it.")
    return Hop(release, blockers, (step,), ())


def test_a_blocker_is_reported_once_and_at_the_first_hop_that_meets_it() -> None:
    plan = Plan("1.23.1", "1.25.2", (hop("1.24.3", blocker("1.24.3")), hop("1.25.2", blocker("1.25.2"))))
    assert plan.blockers == (blocker("1.24.3"),)


def test_a_second_requirement_on_the_same_store_is_another_blocker() -> None:
    second = blocker("1.25.2", "needs MySQL 8.0.17")
    plan = Plan("1.23.1", "1.25.2", (hop("1.24.3", blocker("1.24.3")), hop("1.25.2", second)))
    assert plan.blockers == (blocker("1.24.3"), second)


def test_its_steps_are_those_of_all_hops_in_order() -> None:
    plan = Plan("1.23.1", "1.25.2", (hop("1.24.3"), hop("1.25.2")))
    assert [step.to for step in plan.steps] == ["1.24.3", "1.25.2"]
    assert plan.blockers == ()
