"""One round: side by side, under one deadline, with the last facts kept where a target fails."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.config import load_config
from agent.demo.stores import make_store
from agent.matrix import Matrix
from agent.model.observation import Instant
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.polling.clock import now
from agent.polling.cluster_poller import ClusterPoller
from agent.upgrade import Outlook, outlook
from agent.verdict import ClusterSpec
from tests.building import MATRIX
from tests.fleets import HangingProbe, cluster, frontend, write_config


def _cycle(path: Path) -> ClusterPoller:
    config = load_config(path)
    return ClusterPoller(config, config.clusters[0], MATRIX)


def test_before_the_first_round_everything_is_not_yet_observed(tmp_path: Path) -> None:
    snapshot = _cycle(write_config(tmp_path, [cluster(tmp_path, "a", "127.0.0.1:1")])).first()
    assert snapshot.taken is None
    assert snapshot.judgement.verdict is Verdict.UNKNOWN
    reasons = {
        result.reason
        for result in snapshot.judgement.results
        if result.check not in (Check.REQUIRED, Check.PLUGIN)
    }
    assert reasons == {Reason.NOT_YET_OBSERVED}


def test_a_round_sees_a_sound_cluster_as_supported(tmp_path: Path) -> None:
    with frontend() as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **SLOW)
        judgement = _cycle(path).round().judgement
    assert judgement.verdict is Verdict.SUPPORTED
    assert judgement.start.would_start is True


def test_facts_of_the_last_round_stay_while_a_target_fails(tmp_path: Path) -> None:
    with frontend() as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **SLOW)
        cycle = _cycle(path)
        first = cycle.round()
    second = cycle.round(first)
    failed = next(o for o in second.observations if o.target.role is Role.SERVER)
    assert failed.failure is not None
    assert failed.facts is not None
    assert second.judgement.verdict is Verdict.SUPPORTED
    assert (failed.attempts, failed.failures) == (2, 1)


def test_nothing_is_carried_over_without_a_last_snapshot(tmp_path: Path) -> None:
    with frontend() as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **SLOW)
        cycle = _cycle(path)
        cycle.round()
    assert cycle.round().judgement.verdict is Verdict.UNKNOWN


def test_a_schema_that_is_behind_stays_reported_after_the_frontend_dies(tmp_path: Path) -> None:
    """The alert must not clear in the very outage that it is for."""
    with frontend() as server:
        clusters = [cluster(tmp_path, "a", server.address, schema="0.10")]
        cycle = _cycle(write_config(tmp_path, clusters, interval="1s", timeout="1s", max_age="2s"))
        snapshot = cycle.round(timeout=5)
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        snapshot = cycle.round(snapshot, timeout=1)
    schema = next(
        r for r in snapshot.judgement.results if (r.role, r.check) == (Role.PERSISTENCE, Check.SCHEMA)
    )
    version = next(r for r in snapshot.judgement.results if (r.role, r.check) == (Role.SERVER, Check.VERSION))
    assert version.reason is Reason.OBSERVATION_TOO_OLD
    assert (schema.verdict, schema.reason) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert snapshot.judgement.verdict is Verdict.UNSUPPORTED


def test_a_round_ends_at_its_deadline_although_targets_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = HangingProbe()
    monkeypatch.setattr("agent.polling.probe_runner.open_probe", lambda kind, settings: hanging)
    cycle = _cycle(write_config(tmp_path, [cluster(tmp_path, "a", "127.0.0.1:1")]))
    began = time.monotonic()
    snapshot = cycle.round(timeout=0.3)
    assert 0.25 < time.monotonic() - began < 1.0
    assert {o.failure.reason for o in snapshot.observations if o.failure} == {Reason.TIMEOUT}
    assert all(o.failure for o in snapshot.observations)
    hanging.let_go.set()


def test_an_observation_is_as_old_as_the_beginning_of_its_probe(tmp_path: Path) -> None:
    with frontend() as server:
        cycle = _cycle(write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **SLOW))
        before = now()
        snapshot = cycle.round()
    assert all(
        o.observed is not None and before.mono <= o.observed.mono <= snapshot.taken.mono
        for o in snapshot.observations
        if snapshot.taken
    )


#: Times that a busy machine keeps.
SLOW = {"interval": "10s", "timeout": "5s", "max_age": "30s"}


def test_the_outlook_is_judged_again_only_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def count(matrix: Matrix, subject: ClusterSpec, *args: Any) -> tuple[Outlook, ...]:
        looks.append(subject.name)
        return outlook(matrix, subject, *args)

    monkeypatch.setattr("agent.polling.outlooks.outlook", count)
    with frontend("1.30.4") as server:
        cycle = _cycle(write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **SLOW))
        first = cycle.round()
        assert {ahead.level for ahead in first.outlook} == {"patch", "minor"}
        assert cycle.round(first).outlook == first.outlook
        cycle.set_duplicates(["b"])
        assert cycle.round(first).outlook == first.outlook
        assert len(looks) == 1
        file = tmp_path / "a-temporal" / "temporal.db"
        file.unlink()
        make_store(file, "0.9")
        # No tool takes a SQLite file further.
        assert cycle.round(first).outlook[-1].blockers > first.outlook[-1].blockers
        assert len(looks) == 2


def test_a_waiver_that_ends_makes_a_blocker_of_what_it_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiver = {"role": "persistence", "check": "schema", "reason": "schema_behind", "until": "2027-03-01"}
    with frontend("1.30.4") as server:
        behind = cluster(tmp_path, "a", server.address, schema="0.9")
        waived = behind | {"waivers": [waiver | {"comment": "agreed"}]}
        cycle = _cycle(write_config(tmp_path, [waived], **SLOW))
        counts = []
        for day in (1, 3):
            at = datetime(2027, 3, day, tzinfo=UTC).timestamp()
            monkeypatch.setattr(
                "agent.polling.cluster_poller.now", lambda at=at: Instant(at, time.monotonic())
            )
            counts.append([ahead.blockers for ahead in cycle.round().outlook])
        assert counts[0] == [0, 0]
        assert min(counts[1]) > 0


def test_an_outlook_that_fails_leaves_the_verdict_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any) -> tuple[Outlook, ...]:
        raise RuntimeError("a plan of our own that fails")

    monkeypatch.setattr("agent.polling.outlooks.outlook", fail)
    with frontend() as server:
        snapshot = _cycle(write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **SLOW)).round()
    assert (snapshot.judgement.verdict, snapshot.outlook) == (Verdict.SUPPORTED, ())
