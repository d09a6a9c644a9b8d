"""What the log tells of a round: changes, once, with what explains them."""

from __future__ import annotations

from dataclasses import replace

from agent.daemon.transitions import Transition, transitions
from agent.model.observation import Failure, Observation
from agent.model.vocabulary import Reason, Role
from agent.snapshot import Snapshot, take
from tests.building import FROZEN, NOW, TIMEOUT, healthy, later, observation, subject


def snapshot(*observations: Observation, ended: bool = True) -> Snapshot:
    return take(FROZEN, subject(), observations or healthy(), NOW, round_ended=ended)


def messages(before: Snapshot, after: Snapshot) -> list[str]:
    return [
        f"{c.message} {c.fields.get('role', '')} {c.fields.get('check', '')}".strip()
        for c in transitions(before, after)
    ]


def nothing() -> Snapshot:
    return snapshot(
        *(observation(role) for role in (Role.SERVER, Role.PERSISTENCE, Role.VISIBILITY)), ended=False
    )


def test_a_first_good_round_is_one_line() -> None:
    assert list(transitions(nothing(), snapshot())) == [
        Transition(
            "cluster verdict changed",
            is_bad=False,
            fields={
                "verdict": "supported",
                "would_start": "yes",
                "detail": snapshot().judgement.start.message,
            },
        )
    ]


def test_a_round_that_changes_nothing_logs_nothing() -> None:
    assert messages(snapshot(), snapshot()) == []


def test_a_schema_that_falls_behind_is_reported_with_its_meaning() -> None:
    server, _, visibility = healthy()
    behind = snapshot(server, observation(Role.PERSISTENCE, "15.4", schema="1.18"), visibility)
    found = list(transitions(snapshot(), behind))
    expected = [("check changed", True), ("cluster verdict changed", True)]
    assert [(c.message, c.is_bad) for c in found] == expected
    assert found[0].fields["reason"] == Reason.SCHEMA_BEHIND
    assert found[1].fields["would_start"] == "no"
    assert messages(behind, behind) == []
    assert [c.is_bad for c in transitions(behind, snapshot())] == [False, False]


def test_a_failing_probe_is_logged_once_per_reason_and_when_it_recovers() -> None:
    server, persistence, visibility = healthy()
    silent = snapshot(server, replace(persistence, failure=TIMEOUT), visibility)
    refused = snapshot(
        server, replace(persistence, failure=Failure(Reason.UNREACHABLE, "refused")), visibility
    )
    assert messages(snapshot(), silent) == ["probe failed persistence"]
    assert messages(silent, silent) == []
    assert messages(silent, refused) == ["probe failed persistence"]
    assert messages(refused, snapshot()) == ["probe succeeded again persistence"]
    (change,) = transitions(snapshot(), refused)
    assert (change.fields["reason"], change.fields["error"]) == ("unreachable", "refused")


def test_a_first_round_that_fails_says_why() -> None:
    failed = snapshot(
        *(observation(role, failure=TIMEOUT) for role in (Role.SERVER, Role.PERSISTENCE, Role.VISIBILITY))
    )
    lines = messages(nothing(), failed)
    assert lines[:3] == ["probe failed server", "probe failed persistence", "probe failed visibility"]
    assert lines[-1] == "cluster verdict changed"


def test_growing_old_is_a_change_of_the_checks() -> None:
    aged = snapshot().at(FROZEN, later(10_000), subject())
    assert "check changed server version" in messages(snapshot(), aged)
