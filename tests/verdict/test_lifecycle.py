"""End of life of what was observed: the earliest over all nodes of a role."""

from __future__ import annotations

from datetime import date

from agent.model.vocabulary import Role
from agent.verdict import EndOfLife, StoreSpec
from tests.building import MAX_AGE, TIMEOUT, healthy, judged, later, observation, replica, subject


def test_each_role_has_its_own_date_and_the_server_none() -> None:
    assert judged(*healthy(), replica("1.31.2")).ends_of_life == (
        EndOfLife(Role.PERSISTENCE, "postgresql", date(2027, 11, 11)),
        EndOfLife(Role.VISIBILITY, "postgresql", date(2027, 11, 11)),
    )


def test_the_oldest_node_decides_and_an_unreadable_node_is_ignored() -> None:
    seen = observation(Role.PERSISTENCE, "4.1.3", "3.11.14", "?", component="cassandra")
    on = subject(StoreSpec("cassandra"), None)
    assert judged(seen, on=on).ends_of_life == (EndOfLife(Role.PERSISTENCE, "cassandra", date(2024, 9, 5)),)


def test_two_targets_of_one_role_are_one_date() -> None:
    targets = [
        observation(Role.PERSISTENCE, version, component="cassandra", name=name)
        for name, version in (("a", "3.11.14"), ("b", "3.0.29"))
    ]
    assert len(judged(*targets, on=subject(StoreSpec("cassandra"), None)).ends_of_life) == 1


def test_without_a_date_or_an_answer_there_is_nothing() -> None:
    seen = observation(Role.PERSISTENCE, "3.45.1", component="sqlite")
    silent = observation(Role.VISIBILITY, failure=TIMEOUT)
    assert judged(seen, silent).ends_of_life == ()


def test_the_date_stays_while_a_store_is_silent() -> None:
    assert judged(*healthy(), now=later(2 * MAX_AGE)).ends_of_life == judged(*healthy()).ends_of_life
