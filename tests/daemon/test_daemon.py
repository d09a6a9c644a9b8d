"""Time and failure: what the daemon promises when schedules hang, clocks move and files are wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.config import ConfigError
from agent.daemon.daemon import Daemon
from agent.model.observation import Instant
from agent.model.vocabulary import Verdict
from agent.polling.clock import now
from agent.polling.workers import MAX_IDLE, Workers
from agent.snapshot import Snapshot
from tests.building import FROZEN
from tests.fleets import HangingProbe, cluster, eventually, frontend, no_thread, write_config

#: Times that a busy machine keeps.
CALM = {"interval": "500ms", "timeout": "400ms", "max_age": "3s"}


#: An interval that does not end during a test: rounds begin when a test says so.
LONG = {"interval": "1h", "timeout": "5s", "max_age": "2h"}


@contextmanager
def running(path: Path) -> Iterator[Daemon]:
    daemon = Daemon(path, FROZEN)
    daemon.start()
    try:
        yield daemon
    finally:
        daemon.stop()


def begin_all(daemon: Daemon) -> None:
    """A round of every cluster is due."""
    assert daemon._schedule is not None
    daemon._schedule.begin_all()


def _only(daemon: Daemon) -> Snapshot:
    (snapshot,) = daemon.snapshots()
    return snapshot


def test_the_daemon_becomes_ready_and_sees_what_runs(tmp_path: Path) -> None:
    with frontend() as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **CALM)
        with running(path) as daemon:
            assert eventually(daemon.is_ready)
            assert eventually(lambda: _only(daemon).judgement.verdict is Verdict.SUPPORTED)
            state = daemon.state()
    assert state.rounds >= 1
    assert state.last_round is not None


def test_the_daemon_is_ready_however_the_first_round_ended(tmp_path: Path) -> None:
    path = write_config(tmp_path, [cluster(tmp_path, "a", "127.0.0.1:1")], **CALM)
    with running(path) as daemon:
        assert eventually(daemon.is_ready)
        assert _only(daemon).judgement.verdict is Verdict.UNKNOWN


def test_the_daemon_is_ready_although_a_round_raises_an_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprise(*_arguments: object, **_more: object) -> Snapshot:
        raise RuntimeError

    path = write_config(tmp_path, [cluster(tmp_path, "a", "127.0.0.1:1")], **CALM)
    monkeypatch.setattr("agent.polling.cluster_poller.ClusterPoller.round", surprise)
    with running(path) as daemon:
        assert eventually(daemon.is_ready)
        assert _only(daemon).judgement.verdict is Verdict.UNKNOWN


def test_a_system_without_threads_costs_one_round_and_not_the_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = Daemon(write_config(tmp_path, [cluster(tmp_path, "a", "127.0.0.1:1")], **CALM), FROZEN)
    entry = daemon.fleet.entries["a"]
    ended = threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr("agent.daemon.fleet.WORKERS", Workers())
        patch.setattr(threading.Thread, "start", no_thread)
        assert not entry.begin(lambda _seconds: ended.set())
    assert entry.begin(lambda _seconds: ended.set())
    assert ended.wait(5)


def test_a_hung_schedule_turns_every_cluster_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks()
    monkeypatch.setattr("agent.daemon.fleet.now", clocks)
    with frontend() as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **LONG)
        with running(path) as daemon:
            assert eventually(lambda: _only(daemon).judgement.verdict is Verdict.SUPPORTED)
            assert daemon._schedule is not None
            daemon._schedule._scheduler.pause()
            clocks.wall = clocks.suspended = 3 * 3600.0
            assert _only(daemon).judgement.verdict is Verdict.UNKNOWN
            assert daemon.state().rounds == 1


def test_hanging_targets_do_not_delay_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from agent.probes import Probe, open_probe

    hanging = HangingProbe()

    def sometimes(kind: str, settings: object) -> Probe:
        return hanging if getattr(settings, "frontend", "") == "hang:1" else open_probe(kind, settings)

    monkeypatch.setattr("agent.polling.probe_runner.open_probe", sometimes)
    with frontend() as server:
        clusters = [cluster(tmp_path, f"fine-{i}", server.address) for i in range(5)]
        clusters += [cluster(tmp_path, f"hung-{i}", "hang:1") for i in range(5)]
        with running(write_config(tmp_path, clusters, **{**LONG, "timeout": "400ms"})) as daemon:
            assert eventually(daemon.is_ready)

            def attempts(prefix: str) -> list[int]:
                return [
                    s.observations[0].attempts
                    for s in daemon.snapshots()
                    if s.subject.name.startswith(prefix)
                ]

            threads = []
            for number in range(2, 6):
                begin_all(daemon)
                assert eventually(lambda rounds=number: min(attempts("fine")) >= rounds)  # type: ignore[misc]
                threads.append(threading.active_count())
            assert threads[-1] <= threads[0] + 5
            verdicts = {s.subject.name[:4]: s.judgement.verdict for s in daemon.snapshots()}
    hanging.let_go.set()
    assert verdicts == {"fine": Verdict.SUPPORTED, "hung": Verdict.UNKNOWN}


def test_a_round_that_overruns_is_skipped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with frontend() as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **LONG)
        daemon = Daemon(path, FROZEN)
    (entry,) = daemon.fleet.entries.values()
    release = threading.Event()
    original = entry.cycle.round

    def slow(last: Snapshot | None = None, timeout: float | None = None) -> Snapshot:
        release.wait(10)
        return original(last, timeout)

    # No server makes a round itself overrun, since its probes are left behind; a starved machine does.
    monkeypatch.setattr(entry.cycle, "round", slow)
    daemon.start()
    try:
        for skipped in (1, 2):
            begin_all(daemon)
            assert eventually(lambda count=skipped: daemon.state().rounds_skipped == count)  # type: ignore[misc]
        assert daemon.state().rounds == 0
        release.set()
        assert eventually(lambda: daemon.state().rounds >= 1)
    finally:
        release.set()
        daemon.stop()


def test_a_clock_that_steps_back_neither_ages_nor_stops_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time
    with frontend() as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **LONG)
        with running(path) as daemon:
            assert eventually(lambda: _only(daemon).judgement.verdict is Verdict.SUPPORTED)
            monkeypatch.setattr(time, "time", lambda: real() - 86_400)
            assert _only(daemon).judgement.verdict is Verdict.SUPPORTED
            rounds = daemon.state().rounds
            begin_all(daemon)
            assert eventually(lambda: daemon.state().rounds > rounds)
            assert _only(daemon).judgement.verdict is Verdict.SUPPORTED


class Clocks:
    """The real clocks, shifted: by somebody who sets the wall clock, or by a suspend."""

    def __init__(self) -> None:
        self.wall = self.suspended = 0.0

    def __call__(self) -> Instant:
        real = now()
        return Instant(real.wall + self.wall, real.mono + self.suspended)


class OftenAwake(threading.Event):
    """A stop that lets who waits for it look at the clock again after 10 ms, whatever the wait."""

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(0.01)


@contextmanager
def watching_the_clock(daemon: Daemon) -> Iterator[Clocks]:
    stop, clocks = OftenAwake(), Clocks()
    watch = threading.Thread(target=daemon.watch_clock, args=(stop, clocks))
    watch.start()
    yield clocks
    stop.set()
    watch.join()


@pytest.mark.parametrize("step", [-3600.0, 26 * 365 * 86400.0])
def test_setting_the_clock_moves_the_times_of_the_rounds_with_it(tmp_path: Path, step: float) -> None:
    path = write_config(tmp_path, [cluster(tmp_path, "a", "127.0.0.1:1")], **LONG)
    with running(path) as daemon, watching_the_clock(daemon) as clocks:
        assert daemon._schedule is not None
        (job,) = daemon._schedule._jobs()
        anchor = job.trigger.anchor
        clocks.wall = step
        assert eventually(lambda: job.trigger.anchor != anchor)
        assert (job.trigger.anchor - anchor).total_seconds() == pytest.approx(step, abs=0.5)
        assert eventually(lambda: daemon.state().rounds == 1)


def test_after_a_suspend_every_cluster_is_probed_at_once(tmp_path: Path) -> None:
    path = write_config(tmp_path, [cluster(tmp_path, "a", "127.0.0.1:1")], **LONG)
    with running(path) as daemon, watching_the_clock(daemon) as clocks:
        assert eventually(lambda: daemon.state().rounds == 1)
        clocks.wall = clocks.suspended = 8 * 3600.0
        assert eventually(lambda: daemon.state().rounds == 2)


def test_after_a_suspend_an_answer_of_before_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with frontend() as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **LONG)
        daemon = Daemon(path, FROZEN)
        ended = threading.Event()
        assert daemon.fleet.entries["a"].begin(lambda _seconds: ended.set())
        assert ended.wait(10)
    assert _only(daemon).judgement.verdict is Verdict.SUPPORTED
    clocks = Clocks()
    clocks.suspended = 3 * 3600.0
    monkeypatch.setattr("agent.daemon.fleet.now", clocks)
    assert _only(daemon).judgement.verdict is Verdict.UNKNOWN


def test_a_wrong_configuration_at_start_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text("clusters: 7")
    with pytest.raises(ConfigError):
        Daemon(path, FROZEN)


def test_a_wrong_configuration_at_reload_keeps_the_old_one_and_says_so(tmp_path: Path) -> None:
    with frontend() as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **CALM)
        with running(path) as daemon:
            assert eventually(lambda: _only(daemon).judgement.verdict is Verdict.SUPPORTED)
            good = path.read_text()
            path.write_text(good + "\nbogus: 1\n")
            assert daemon.reload() == (f"{path}:{len(good.splitlines()) + 2}: bogus: unknown key",)
            assert not daemon.state().config_ok
            assert _only(daemon).judgement.verdict is Verdict.SUPPORTED
            rounds = daemon.state().rounds
            begin_all(daemon)
            assert eventually(lambda: daemon.state().rounds > rounds)
            path.write_text(good)
            assert daemon.reload() == ()
            assert daemon.state().config_ok


def test_an_unexpected_exception_at_reload_keeps_the_old_configuration_and_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprise(*_arguments: object) -> None:
        raise RuntimeError("password=hunter2")

    daemon = Daemon(write_config(tmp_path, [cluster(tmp_path, "a", "127.0.0.1:1")]), FROZEN)
    monkeypatch.setattr("agent.daemon.daemon.load_valid_part", surprise)
    assert daemon.reload() == ("RuntimeError; the log has more",)
    assert not daemon.state().config_ok
    assert _only(daemon).subject.name == "a"


def test_a_reload_keeps_what_is_known_of_clusters_that_stayed_the_same(tmp_path: Path) -> None:
    with frontend() as server:
        first = cluster(tmp_path, "a", server.address)
        path = write_config(tmp_path, [first], **CALM)
        with running(path) as daemon:
            assert eventually(lambda: _only(daemon).judgement.verdict is Verdict.SUPPORTED)
            write_config(tmp_path, [first, cluster(tmp_path, "b", server.address)], **CALM)
            assert daemon.reload() == ()
            assert daemon.is_scheduling()
            kept, added = daemon.snapshots()
            assert kept.judgement.verdict is Verdict.SUPPORTED
            assert added.subject.name == "b"
            assert daemon.is_ready()
            assert eventually(lambda: daemon.snapshots()[1].judgement.verdict is Verdict.SUPPORTED)


def test_reloads_that_come_faster_than_first_rounds_leave_no_cluster_unprobed(tmp_path: Path) -> None:
    clusters = [cluster(tmp_path, f"c{number}", "127.0.0.1:1") for number in range(30)]
    path = write_config(tmp_path, clusters, **LONG)
    with running(path) as daemon:
        threads = threading.active_count()
        for number in range(50):
            clusters[0]["temporal"] = {"frontend": f"127.0.0.1:{number + 1}"}
            write_config(tmp_path, clusters, **LONG)
            assert daemon.reload() == ()
        assert eventually(lambda: all(entry.first_round_done for entry in daemon.fleet.entries.values()), 20)
        # How many work at once while reloads go on depends on the machine. What stays is idle workers.
        assert eventually(lambda: threading.active_count() <= threads + MAX_IDLE, 20)
        assert daemon.is_ready()


def test_a_reload_that_changes_one_target_keeps_connections_and_facts_of_the_others(tmp_path: Path) -> None:
    with frontend() as server:
        first = cluster(tmp_path, "a", server.address)
        daemon = Daemon(write_config(tmp_path, [first], **LONG), FROZEN)
        ended = threading.Event()
        assert daemon.fleet.entries["a"].begin(lambda _seconds: ended.set())
        assert ended.wait(10)
        before = daemon.fleet.entries["a"].cycle._runners
        write_config(tmp_path, [{**first, "temporal": {"frontend": "127.0.0.1:1"}}], **LONG)
        assert daemon.reload() == ()
        after = daemon.fleet.entries["a"].cycle._runners
    assert [runner in before for runner in after] == [False, True, True]
    known = {str(o.target.role): o.facts is not None for o in _only(daemon).observations}
    assert known == {"server": False, "persistence": True, "visibility": True}
    assert [runner._is_closed for runner in before] == [True, False, False]


def test_a_reload_that_leaves_the_targets_alone_forgets_nothing(tmp_path: Path) -> None:
    with frontend() as server:
        first = cluster(tmp_path, "a", server.address)
        daemon = Daemon(write_config(tmp_path, [first], **CALM), FROZEN)
        entry = daemon.fleet.entries["a"]
        ended = threading.Event()
        assert entry.begin(lambda _seconds: ended.set())
        assert ended.wait(5)
        changed = {**CALM, "timeout": "300ms", "max_age": "4s"}
        write_config(tmp_path, [{**first, "product": "orders"}], **changed)
        assert daemon.reload() == ()
        assert daemon.fleet.entries["a"].cycle.timeout == 0.3
        snapshot = _only(daemon)
    assert (snapshot.subject.product, snapshot.subject.max_age) == ("orders", 4.0)
    assert snapshot.judgement.verdict is Verdict.SUPPORTED


def test_a_cluster_removed_from_the_configuration_disappears_at_once(tmp_path: Path) -> None:
    clusters = [cluster(tmp_path, name, "127.0.0.1:1") for name in ("a", "b")]
    path = write_config(tmp_path, clusters, **CALM)
    with running(path) as daemon:
        write_config(tmp_path, clusters[:1], **CALM)
        daemon.reload()
        assert [s.subject.name for s in daemon.snapshots()] == ["a"]


def test_probing_on_demand_leaves_the_daemons_own_snapshot_alone(tmp_path: Path) -> None:
    with frontend() as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **CALM)
        daemon = Daemon(path, FROZEN)
        before = _only(daemon)
        asked = daemon.probe("a", None)
        assert asked is not None
        assert asked.judgement.verdict is Verdict.SUPPORTED
        assert _only(daemon) is before
        assert daemon.probe("nobody", None) is None


def test_without_a_schedule_nothing_is_known_and_the_agent_is_ready(tmp_path: Path) -> None:
    path = write_config(tmp_path, [cluster(tmp_path, "a", "127.0.0.1:1")])
    daemon = Daemon(path, FROZEN, scheduled=False)
    daemon.start()
    assert daemon.is_ready()
    assert daemon.snapshots() == ()
    assert daemon.state().clusters == 1
