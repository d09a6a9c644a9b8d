"""The server's own file against the database: another name is the gravest, another shard count a remark."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.observation import Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Judgement, ServerFile, StoreSpec
from tests.building import MATRIX, MAX_AGE, check, healthy, judged, judged_live, later, subject

STORED = {"cluster_name": "active", "history_shard_count": "4", "initial_failover_version": "1"}
RENAMED = ServerFile(cluster_name="orders", history_shards=4, initial_failover_version=1)


def seen(details: dict[str, str] = STORED) -> tuple[Observation, ...]:
    server, *stores = healthy()
    assert server.facts is not None
    return replace(server, facts=replace(server.facts, details=details)), *stores


def judged_with(file: ServerFile | None, details: dict[str, str] = STORED, assumed: str = "") -> Judgement:
    return judged(*seen(details), on=replace(subject(), server_file=file, assumed=assumed))


def reasons(judgement: Judgement) -> set[Reason]:
    return {
        found.reason
        for found in judgement.findings
        if (found.role, found.check) == (Role.SERVER, Check.CONFIGURATION)
    }


def test_another_name_is_unsupported() -> None:
    judgement = judged_with(RENAMED)
    result = check(judgement, Role.SERVER, Check.CONFIGURATION)
    assert (result.verdict, result.reason) == (Verdict.UNSUPPORTED, Reason.CLUSTER_NAME_DIFFERS)
    assert "orders" in result.message
    assert "active" in result.message
    assert judgement.verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    ("stored", "configured", "starts"), [("1", 1, False), ("1", 2, True), ("", 1, None), ("1", 0, None)]
)
def test_under_another_name_it_starts_with_another_initial_failover_version_alone(
    stored: str, configured: int, starts: bool | None
) -> None:
    file = replace(RENAMED, initial_failover_version=configured)
    details = STORED | {"initial_failover_version": stored}
    assert judged_with(file, details).start.would_start is starts
    assert judged_with(replace(file, cluster_name="active"), details).start.would_start is True


def test_if_the_stored_name_wins_the_failover_version_is_not_checked() -> None:
    plugin = StoreSpec("postgresql", "postgres")
    on = replace(subject(plugin, plugin), server_file=RENAMED, assumed="1.13.4")
    assert judged_live(*seen(), on=on).start.would_start is True


def test_over_all_releases_the_stored_name_wins_first_and_then_never_again() -> None:
    found = [
        [
            f.verdict
            for f in judged_with(RENAMED, assumed=release.name).findings
            if f.reason in reasons_of_name
        ]
        for release in MATRIX.releases.all
    ]
    assert all(len(verdicts) == 1 for verdicts in found)
    turn = found.index([Verdict.UNSUPPORTED])
    assert MATRIX.releases.all[turn].name == "1.14.0"
    assert found[:turn] == [[Verdict.SUPPORTED]] * turn
    assert {verdict for (verdict,) in found[turn:]} == {Verdict.UNSUPPORTED}


reasons_of_name = {Reason.CLUSTER_NAME_DIFFERS}


def test_another_shard_count_is_a_remark() -> None:
    judgement = judged_with(ServerFile(cluster_name="active", history_shards=512))
    assert reasons(judgement) == {Reason.SHARD_COUNT_DIFFERS}
    assert judgement.verdict is Verdict.SUPPORTED
    assert judgement.start.would_start is True


def test_both_at_once_are_both_reported() -> None:
    file = ServerFile(cluster_name="orders", history_shards=512)
    assert reasons(judged_with(file)) == {Reason.CLUSTER_NAME_DIFFERS, Reason.SHARD_COUNT_DIFFERS}


@pytest.mark.parametrize(
    ("file", "details"),
    [
        (None, STORED),
        (ServerFile(), STORED),
        (ServerFile(cluster_name="active", history_shards=4), STORED),
        (RENAMED, {}),
        (RENAMED, {"cluster_name": "", "history_shard_count": ""}),
        (ServerFile(cluster_name="active", history_shards=4), STORED | {"history_shard_count": "many"}),
    ],
)
def test_what_is_the_same_or_not_reported_is_not_a_finding(
    file: ServerFile | None, details: dict[str, str]
) -> None:
    assert reasons(judged_with(file, details)) == set()


def test_a_server_that_fell_silent_does_not_clear_it() -> None:
    judgement = judged(*seen(), on=replace(subject(), server_file=RENAMED), now=later(MAX_AGE + 1))
    assert reasons(judgement) == {Reason.CLUSTER_NAME_DIFFERS}
