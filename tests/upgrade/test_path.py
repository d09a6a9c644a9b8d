"""The path to a release that a gate assumes: examples. test_laws.py has the law over all pairs."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from agent.model.vocabulary import Reason, Role, Verdict
from agent.upgrade import upgrade_path
from agent.verdict import StoreSpec, UpgradePath
from tests.building import MATRIX, NOW, healthy, observation, replica, subject
from tests.laws import law
from tests.upgrade.test_route import release


def to(running: str, target: str) -> UpgradePath:
    on = subject(StoreSpec("cassandra"), StoreSpec("cassandra"))
    return upgrade_path(MATRIX, on, (observation(Role.SERVER, running),), NOW, target)


@law(
    [
        ("1.8.2", "1.31.2", "only 1.14 copies the cluster's identity"),
        ("1.8.2", "1.31.2", "First upgrade to 1.9.3"),
        ("1.13.0", "1.15.2", "starts as a new cluster with a new id"),
        ("1.24.2", "1.31.2", "7 other releases first"),
        ("1.31.2", "1.20.4", "First roll back to 1.30."),
        ("1.21.6", "1.20.3", "First roll back to 1.20."),
        ("1.24.2", "1.25.2", "Before 1.25.2, upgrade to 1.24.3"),
        ("1.24.3", "1.25.2", "is the next hop from 1.24.3"),
        ("1.31.2", "1.30.6", "is one rollback away"),
        ("1.31.2", "1.31.2", "already runs"),
    ]
)
def test_the_message_names_the_release_to_go_to(running: str, target: str, text: str) -> None:
    assert text in to(running, target).message, to(running, target).message


def test_1_14_is_named_only_where_it_lies_between() -> None:
    assert "cluster's identity" not in to("1.14.6", "1.31.2").message


def test_without_a_running_release_the_path_is_unknown() -> None:
    for servers in ((), (observation(Role.SERVER, "0.28.0"),)):
        path = upgrade_path(MATRIX, subject(), servers, NOW, "1.31.2")
        assert (path.verdict, path.reason) == (Verdict.UNKNOWN, Reason.SERVER_UNKNOWN)
        assert path.running == ""


def test_replicas_that_no_hop_can_move_have_no_path() -> None:
    on = replace(subject(), sees_replicas=True)
    seen = (replica("1.31.2", name="a"), replica("1.24.2", name="b"), *healthy()[1:])
    path = upgrade_path(MATRIX, on, seen, NOW, "1.31.2")
    assert (path.verdict, path.reason) == (Verdict.UNSUPPORTED, Reason.MINOR_SKIPPED)
    assert "run at the same time" in path.message


def test_the_release_that_runs_is_the_oldest_that_could_report_this_version() -> None:
    cases = product(("1.10.0",), ("1.10.5", "1.11.4"))
    assert [to(running, target).verdict for running, target in cases] == [
        Verdict.SUPPORTED,
        Verdict.UNTESTED,
    ]
    assert release("1.11.0").reported == "1.10.0"
