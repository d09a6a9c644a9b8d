"""One probe a target at a time, errors as values, and no waiting for what hangs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.config.secret import Secret
from agent.model.observation import Facts, Failure, Node, Target
from agent.model.vocabulary import Reason, Role
from agent.polling.probe_runner import Runner
from agent.polling.targets import ProbeSpec
from agent.polling.workers import Task, Workers
from agent.probes import ProbeError
from agent.probes.transport.secrets import read_secret
from tests.fleets import HangingProbe, eventually, no_thread

SPEC = ProbeSpec(Target(Role.SERVER, "temporal", "grpc"), "temporal_grpc", None)


class Clock:
    """Both clocks of the runner; they move when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


class CountedWorkers(Workers):
    """Threads of one test."""

    def __init__(self) -> None:
        super().__init__()
        self.tasks = 0
        self._counting = threading.Lock()

    def run(self, task: Task) -> None:
        def counted() -> None:
            try:
                task()
            finally:
                self._count(-1)

        self._count(1)
        super().run(counted)

    def _count(self, change: int) -> None:
        with self._counting:
            self.tasks += change


@pytest.fixture(autouse=True)
def _own_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A task that begins late would read the probe of the next test."""
    workers = CountedWorkers()
    monkeypatch.setattr("agent.polling.probe_runner.WORKERS", workers)
    yield
    assert eventually(lambda: workers.tasks == 0, 30)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("agent.polling.probe_runner.time", clock)
    return clock


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[HangingProbe]:
    probe = HangingProbe()
    monkeypatch.setattr("agent.polling.probe_runner.open_probe", lambda kind, settings: probe)
    yield probe
    probe.let_go.set()


def test_starting_never_waits_for_the_probe(hanging: HangingProbe) -> None:
    assert not Runner(SPEC).start(1.0).done()


def test_callers_of_a_probe_under_way_share_it(hanging: HangingProbe) -> None:
    runner = Runner(SPEC)
    first, second = runner.start(5.0), runner.start(5.0)
    hanging.let_go.set()
    assert first is second
    assert isinstance(first.result(5).result, Facts)
    assert hanging.reads == 1


def test_no_second_probe_takes_the_place_of_one_that_overran(hanging: HangingProbe, clock: Clock) -> None:
    runner = Runner(SPEC)
    runner.start(0.01)
    assert eventually(lambda: hanging.reads == 1)
    clock.now += 0.05
    threads = threading.active_count()
    for _ in range(20):
        result = runner.start(0.01).result(0.1).result
        assert isinstance(result, Failure)
        assert result.reason is Reason.TIMEOUT
    assert hanging.reads == 1
    assert threading.active_count() == threads


def test_a_target_is_probed_again_once_the_overrun_probe_has_ended(
    hanging: HangingProbe, clock: Clock
) -> None:
    runner = Runner(SPEC)
    overrun = runner.start(0.01)
    clock.now += 0.05
    hanging.let_go.set()
    overrun.result(5)
    assert isinstance(runner.start(5.0).result(5).result, Facts)
    assert hanging.reads == 2


def test_a_probe_that_overruns_is_aborted(hanging: HangingProbe, clock: Clock) -> None:
    runner = Runner(SPEC)
    future = runner.start(0.01)
    assert eventually(lambda: hanging.reads == 1)
    clock.now += 0.05
    runner.overrun(future)
    assert hanging.aborted == 1
    runner.start(0.01)
    assert hanging.aborted == 2


def test_a_caller_with_less_time_does_not_cut_the_probe_of_others_short(hanging: HangingProbe) -> None:
    runner = Runner(SPEC)
    runner.start(5.0)
    assert eventually(lambda: hanging.reads == 1)
    runner.overrun(runner.start(0.01))
    assert hanging.aborted == 0


def test_a_caller_with_little_time_does_not_fail_the_next_round(hanging: HangingProbe, clock: Clock) -> None:
    """What `/probe` with a timeout of some milliseconds did to the daemon's own rounds."""
    runner = Runner(SPEC)
    hurried = runner.start(0.001)
    assert eventually(lambda: hanging.reads == 1)
    clock.now += 0.01
    runner.overrun(hurried)
    own_round = runner.start(5.0)
    hanging.let_go.set()
    assert isinstance(own_round.result(5).result, Facts)
    assert hanging.reads == 2


def test_an_answer_of_a_probe_with_less_time_is_not_taken_for_a_full_one(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    class Partial(HangingProbe):
        """Reads what it can in its time, as probes of several nodes do."""

        def read(self, timeout: float) -> Facts:
            self.let_go.wait(30)
            versions = ("1.31.2",) if timeout < 1.0 else ("1.31.2", "1.30.4")
            return Facts(component="temporal", nodes=tuple(map(Node, versions)))

    probe = Partial()
    monkeypatch.setattr("agent.polling.probe_runner.open_probe", lambda kind, settings: probe)
    runner = Runner(SPEC)
    hurried, own_round = runner.start(0.5), runner.start(5.0)
    probe.let_go.set()
    results = [future.result(5).result for future in (hurried, own_round)]
    assert [len(result.nodes) for result in results if isinstance(result, Facts)] == [1, 2]


def test_callers_with_little_time_all_the_while_leave_the_rounds_alone(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    class Needy(HangingProbe):
        """Needs 30 ms, and ends when it is aborted, as drivers do."""

        def read(self, timeout: float) -> Facts:
            self.reads += 1
            if timeout < 0.03:
                self.let_go.wait(30)
                self.let_go.clear()
                raise ProbeError(Reason.UNREACHABLE, "too slow")
            return Facts(component="temporal", nodes=(Node("1.31.2"),))

        def abort(self) -> None:
            self.let_go.set()

    probe = Needy()
    monkeypatch.setattr("agent.polling.probe_runner.open_probe", lambda kind, settings: probe)
    runner = Runner(SPEC)
    for number in range(20):
        hurried = [runner.start(0.01) for _ in range(3)]
        own_round = runner.start(5.0)
        assert eventually(lambda begun=2 * number: probe.reads > begun)  # type: ignore[misc]
        clock.now += 0.011
        for future in hurried:
            runner.overrun(future)
        assert isinstance(own_round.result(5).result, Facts)
        assert isinstance(hurried[0].result(5).result, Failure)


def test_no_caller_waits_for_a_probe_that_hangs(hanging: HangingProbe, clock: Clock) -> None:
    runner = Runner(SPEC)
    runner.start(0.001)
    clock.now += 0.1
    result = runner.start(0.05).result(0).result
    assert isinstance(result, Failure)
    assert result.reason is Reason.TIMEOUT


def test_a_probe_under_way_gives_up_its_connection_when_it_ends(hanging: HangingProbe) -> None:
    runner = Runner(SPEC)
    future = runner.start(5.0)
    assert eventually(lambda: hanging.reads == 1)
    runner.close()
    assert hanging.closed == 0
    hanging.let_go.set()
    future.result(5)
    assert eventually(lambda: hanging.closed == 1)


class _SlowProbe(HangingProbe):
    """Reads until its deadline, and keeps it."""

    def read(self, timeout: float) -> Facts:
        self.reads += 1
        if timeout < 1.0:
            self.let_go.wait(30)
            raise ProbeError(Reason.TIMEOUT, "too slow")
        return Facts(component="temporal", nodes=(Node("1.31.2"),))


def test_a_caller_with_more_time_is_not_cut_short_by_a_running_probe(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    probe = _SlowProbe()
    monkeypatch.setattr("agent.polling.probe_runner.open_probe", lambda kind, settings: probe)
    runner = Runner(SPEC)
    impatient, patient = runner.start(0.5), runner.start(5.0)
    clock.now += 0.5
    probe.let_go.set()
    assert isinstance(impatient.result(5).result, Failure)
    assert isinstance(patient.result(5).result, Facts)
    assert probe.reads == 2


def test_a_system_without_threads_is_a_failure_that_passes(
    hanging: HangingProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging.let_go.set()
    runner = Runner(SPEC)
    with monkeypatch.context() as patch:
        patch.setattr("agent.polling.probe_runner.WORKERS", Workers())
        patch.setattr(threading.Thread, "start", no_thread)
        result = runner.start(5.0).result(0).result
    assert isinstance(result, Failure)
    assert result.reason is Reason.INTERNAL_ERROR
    assert isinstance(runner.start(5.0).result(5).result, Facts)


def test_an_unexpected_exception_in_a_probe_is_a_failure_without_a_secret(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(HangingProbe):
        def read(self, timeout: float) -> Facts:
            raise RuntimeError("password=hunter2")

    monkeypatch.setattr("agent.polling.probe_runner.open_probe", lambda kind, settings: Broken())
    result = Runner(SPEC).start(1.0).result(5).result
    assert result == Failure(Reason.INTERNAL_ERROR, "RuntimeError; the log has more")


def test_a_driver_that_is_not_installed_is_a_failure_of_that_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.probes.PROBES", {"postgresql": "agent.probes.not_installed"})
    spec = ProbeSpec(Target(Role.PERSISTENCE, "postgresql", "sql"), "postgresql", None)
    result = Runner(spec).start(1.0).result(5).result
    assert isinstance(result, Failure)
    assert result.reason is Reason.DRIVER_MISSING
    assert "temporal-compat-agent[postgresql]" in result.text


class Repeating(HangingProbe):
    """Reports the same facts in every read, and sends the secrets that a test gives it."""

    def __init__(self) -> None:
        super().__init__()
        self.secret: Secret | None = None

    def read(self, timeout: float) -> Facts:
        read_secret(self.secret)
        return Facts("temporal", (Node("1.31.2 hunter22"),))


@pytest.fixture
def repeating(monkeypatch: pytest.MonkeyPatch) -> Repeating:
    probe = Repeating()
    monkeypatch.setattr("agent.polling.probe_runner.open_probe", lambda kind, settings: probe)
    return probe


def test_facts_that_stay_the_same_are_the_same_object(repeating: Repeating) -> None:
    runner = Runner(SPEC)
    first, second = (runner.start(1.0).result(5).result for _ in range(2))
    assert first is second


def test_a_secret_that_was_not_known_before_is_masked_in_facts_that_stay_the_same(
    repeating: Repeating, tmp_path: Path
) -> None:
    runner = Runner(SPEC)
    assert runner.start(1.0).result(5).result == Facts("temporal", (Node("1.31.2 hunter22"),))
    file = tmp_path / "secret"
    file.write_text("hunter22")
    repeating.secret = Secret(str(file))
    assert runner.start(1.0).result(5).result == Facts("temporal", (Node("1.31.2 ***"),))
