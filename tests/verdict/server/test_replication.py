"""Clusters that replicate: what cannot work is reported, whatever the read server reports about itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.observation import Facts, RemoteCluster
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Judgement
from tests.building import TIMEOUT, check, healthy, judged, observation

OWN = RemoteCluster("active", "1.31.2", 4, 1, 10, is_connected=True)
OTHER = replace(OWN, name="standby", initial_failover_version=2)


def judged_with(*others: RemoteCluster) -> Judgement:
    seen = observation(Role.SERVER, "1.31.2", name="remotes")
    return judged(*healthy(), replace(seen, facts=Facts("temporal", (), remotes=(OWN, *others))))


@pytest.mark.parametrize(
    ("other", "verdict", "reason"),
    [
        (replace(OTHER, shards=6), Verdict.UNSUPPORTED, Reason.REMOTE_SHARDS),
        (
            replace(OTHER, initial_failover_version=1),
            Verdict.UNSUPPORTED,
            Reason.REMOTE_FAILOVER_VERSION,
        ),
        (replace(OTHER, failover_increment=100), Verdict.UNSUPPORTED, Reason.REMOTE_FAILOVER_VERSION),
        (replace(OTHER, version="1.29.1"), Verdict.UNTESTED, Reason.REMOTE_MINOR_SKIPPED),
        (replace(OTHER, version="1.29.1", shards=6), Verdict.UNSUPPORTED, Reason.REMOTE_SHARDS),
    ],
)
def test_what_cannot_replicate_decides(other: RemoteCluster, verdict: Verdict, reason: Reason) -> None:
    judgement = judged_with(other)
    result = check(judgement, Role.SERVER, Check.CONFIGURATION)
    assert (result.verdict, result.reason) == (verdict, reason)
    assert judgement.verdict is verdict
    assert judgement.start.would_start is True


@pytest.mark.parametrize(
    "other",
    [
        OTHER,
        replace(OTHER, shards=8),
        replace(OTHER, shards=1),
        replace(OTHER, shards=0, initial_failover_version=0, failover_increment=0, version=""),
        replace(OTHER, version="1.30.4"),
        replace(OTHER, version="unreadable"),
    ],
)
def test_what_replicates_or_is_not_reported_is_not_a_finding(other: RemoteCluster) -> None:
    judgement = judged_with(other)
    assert judgement.findings == ()
    assert judgement.verdict is Verdict.SUPPORTED


def test_every_pair_is_compared_and_all_but_the_worst_are_remarks() -> None:
    third = replace(OTHER, name="third", version="1.20.4", shards=3, initial_failover_version=2)
    found = {(f.reason, f.message.split(" ")[0]) for f in judged_with(OTHER, third).findings}
    assert found == {
        (Reason.REMOTE_SHARDS, "active"),
        (Reason.REMOTE_SHARDS, "standby"),
        (Reason.REMOTE_MINOR_SKIPPED, "active"),
        (Reason.REMOTE_MINOR_SKIPPED, "standby"),
        (Reason.REMOTE_FAILOVER_VERSION, "standby"),
    }


def test_one_that_is_off_or_silent_is_a_remark() -> None:
    off = replace(OTHER, is_connected=False, version="")
    silent = replace(OTHER, name="third", initial_failover_version=3, version="", problem=TIMEOUT)
    judgement = judged_with(off, silent)
    reasons = [remark.reason for remark in judgement.remarks]
    assert reasons == [Reason.REMOTE_NOT_CONNECTED, Reason.REMOTE_NOT_READ]
    assert judgement.verdict is Verdict.SUPPORTED
