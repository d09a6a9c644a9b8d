"""The daemon: the fleet of the configuration in use, its schedule, and what happens on reload."""

from __future__ import annotations

import logging
import platform
import threading
import time
from collections.abc import Callable
from pathlib import Path

from agent import __version__
from agent.config import ClusterFiles, Config, ConfigError, load_valid_part
from agent.config.sources import recording
from agent.daemon.file_watch import LOOK_EVERY, FileWatch
from agent.daemon.fleet import Fleet
from agent.daemon.logging import dropped_lines
from agent.daemon.schedule import Schedule
from agent.matrix import Matrix
from agent.matrix_sources.provider import ActiveMatrix, MatrixProvider
from agent.model.agent_status import AdvisoryText, AgentState, RoundDurations
from agent.model.observation import Instant
from agent.model.vocabulary import Level
from agent.polling.clock import now
from agent.polling.tool_access import toolbox
from agent.snapshot import Snapshot
from agent.upgrade import Plan, Toolbox, plan_upgrade

log = logging.getLogger(__name__)

#: The wall clock was set when it moves this many seconds against the monotonic one within a second.
_CLOCK_STEP = 2.0


class Daemon:
    """Runs the polls of a configuration file, and answers those who read snapshots."""

    def __init__(self, path: Path, matrix: Matrix, *, scheduled: bool = True) -> None:
        """Read the configuration; `matrix` is the built-in one.

        Raises:
            ConfigError: the configuration or a file of the matrix is invalid. The daemon then does not start.
        """
        self._path = path
        self._source = MatrixProvider(matrix)
        self._scheduled = scheduled
        with recording() as sources:
            config, self._files = load_valid_part(path)
        self._watch = FileWatch(sources)
        self._matrix = _log_matrix(self._source.obtain(config.matrix))
        self._on_snapshot: Callable[[Snapshot], object] = lambda _snapshot: None
        self.fleet = Fleet(config, self._matrix.matrix)
        self.fleet.reserve_descriptors()
        self._schedule: Schedule | None = None
        self._counting = threading.Lock()
        self._reloading = threading.Lock()
        self._rounds = self._skipped = 0
        self._durations = RoundDurations()
        self._last_round: float | None = None
        self._loaded = time.time()
        self._problems: tuple[str, ...] = _log_rejected(self._files)
        self._was_ready = False

    def start(self) -> None:
        """Start the schedule, unless clusters are only probed on request of `/probe`."""
        if self._scheduled:
            schedule = Schedule(self._begin)
            schedule.update(self.names(), self.fleet.config.interval)
            schedule.start()
            self._schedule = schedule

    def stop(self) -> None:
        """Start no more rounds."""
        if self._schedule is not None:
            self._schedule.stop()

    def is_scheduling(self) -> bool:
        """Whether rounds still begin, where there are scheduled ones."""
        return self._schedule is None or self._schedule.is_running()

    def watch_clock(self, stop: threading.Event, clock: Callable[[], Instant] = now) -> None:
        """Until `stop` is set: notice when the wall clock is set, and when the machine was suspended."""
        before, awake = clock(), time.monotonic()
        while not stop.wait(1.0):
            current, still_awake = clock(), time.monotonic()
            passed = still_awake - awake
            self._clock_moved(current.wall - before.wall - passed, current.mono - before.mono - passed)
            before, awake = current, still_awake

    def _clock_moved(self, step: float, suspended: float) -> None:
        """The wall clock moved by `step` seconds more than the time that passed while the machine ran."""
        if self._schedule is None:
            return
        if abs(step) > _CLOCK_STEP:
            log.warning("the clock was set; the next rounds begin as planned", extra={"step": round(step)})
            self._schedule.realign(step)
        if suspended > _CLOCK_STEP:
            log.warning(
                "the machine was suspended; all clusters are probed now", extra={"seconds": round(suspended)}
            )
            self._schedule.begin_all()

    def watch_matrix(self, stop: threading.Event) -> None:
        """Until `stop` is set: check for a newer matrix whenever the check is due."""
        while not stop.wait(1.0):
            if time.monotonic() >= self._matrix.due:
                try:
                    self.refresh_matrix()
                except Exception:
                    log.exception("could not check for a newer matrix; retrying in a minute")
                    stop.wait(60.0)

    def refresh_matrix(self) -> None:
        """Check for a newer matrix now. If it is invalid, the matrix in use stays."""
        with self._reloading:
            before, self._matrix = self._matrix, _log_matrix(self._source.refresh(self._matrix))
            if self._matrix.matrix is not before.matrix:
                self.fleet.use(self._matrix.matrix)

    def watch_files(self, stop: threading.Event, every: float = LOOK_EVERY) -> None:
        """Until `stop` is set: with `watch: true`, reload when a file of the configuration has changed.

        `every`: seconds between two looks.
        """
        while not stop.wait(every):
            try:
                if self.fleet.config.watch and self._watch.has_changed():
                    self.reload()
            except Exception:
                log.exception("could not look for changed files; trying again")

    def reload(self) -> tuple[str, ...]:
        """Read the configuration again; if it is invalid the old one stays. Returns the errors.

        With `watch: true` an invalid cluster file is only left out: its last valid version stays.
        """
        with self._reloading, recording() as sources:
            try:
                return self._reload()
            finally:
                self._watch.use(sources)

    def _reload(self) -> tuple[str, ...]:
        try:
            config, files = load_valid_part(self._path, self._files)
            matrix = self._source.obtain(config.matrix, self._matrix)
        except ConfigError as error:
            self._problems = tuple(str(problem) for problem in error.problems)
            for problem in self._problems:
                log.error("configuration not reloaded; the old one stays in use", extra={"problem": problem})
            return self._problems
        except Exception as error:
            log.exception("configuration not reloaded; the old one stays in use")
            self._problems = (f"{type(error).__name__}; the log has more",)
            return self._problems
        self._matrix = _log_matrix(matrix)
        self._use(config, files)
        return self._problems

    def _use(self, config: Config, files: ClusterFiles) -> None:
        self.is_ready()  # Who was ready stays so, whatever clusters come in.
        before, fleet = self.fleet, Fleet(config, self._matrix.matrix, self.fleet)
        fleet.on_snapshot(self._on_snapshot)
        fleet.reserve_descriptors()
        self.fleet = fleet
        if self._schedule is not None:
            self._schedule.update(self.names(), config.interval, fleet.changed_since(before))
        before.close(keep=fleet)
        self._problems = _log_rejected(files)
        self._files = files
        self._loaded = time.time()
        log.info("configuration reloaded", extra={"clusters": len(config.clusters)})

    def _begin(self, name: str) -> None:
        entry = self.fleet.entries.get(name)
        # A reload may have removed it at this moment.
        if entry is not None and not entry.begin(self._ended):
            with self._counting:
                self._skipped += 1

    def _ended(self, seconds: float) -> None:
        with self._counting:
            self._durations = self._durations.with_round(seconds)
            self._rounds += 1
            self._last_round = time.time()
        if self._schedule is not None:
            self._schedule.round_ended()

    # For readers: API, pages and metrics

    def names(self) -> tuple[str, ...]:
        """Every configured cluster, whether or not it has a schedule."""
        return tuple(self.fleet.entries)

    def snapshots(self) -> tuple[Snapshot, ...]:
        """The current state of every cluster; empty without a schedule, because nothing is known then."""
        return self.fleet.snapshots() if self._scheduled else ()

    def snapshot(self, name: str) -> Snapshot | None:
        """The current state of one cluster. None: there is no such cluster, or no schedule."""
        entry = self.fleet.entries.get(name) if self._scheduled else None
        return None if entry is None else entry.read()

    def on_snapshot(self, listener: Callable[[Snapshot], object]) -> None:
        """Call `listener` with every new snapshot, in the thread of its round."""
        self._on_snapshot = listener
        self.fleet.on_snapshot(listener)

    def probe(self, name: str, timeout: float | None) -> Snapshot | None:
        """Probe one cluster now, for at most `timeout` seconds. None: there is no such cluster."""
        entry = self.fleet.entries.get(name)
        if entry is None:
            return None
        limit = entry.cycle.timeout
        return entry.cycle.round(timeout=limit if timeout is None else min(timeout, limit))

    def plan(self, name: str, target: str) -> Plan | None:
        """The upgrade path of one cluster, as last observed, to a release. None: there is no such cluster.

        Raises:
            PlanError: the running version is unknown, or there is no such release.
        """
        entry = self.fleet.entries.get(name)
        if entry is None:
            return None
        seen, tools = entry.read(), toolbox(entry.cluster)
        return plan_upgrade(self._matrix.matrix, seen.subject, seen.observations, now(), target, tools)

    def toolbox(self, name: str) -> Toolbox | None:
        """How commands reach one cluster's stores, without secrets. None: there is no such cluster."""
        entry = self.fleet.entries.get(name)
        return None if entry is None else toolbox(entry.cluster)

    def matrix(self) -> Matrix:
        """The matrix in use."""
        return self._matrix.matrix

    def is_ready(self) -> bool:
        """Whether the first round of every cluster has ended. A reload does not reset this."""
        if not self._was_ready:
            self._was_ready = not self._scheduled or all(
                entry.first_round_done for entry in self.fleet.entries.values()
            )
        return self._was_ready

    def state(self) -> AgentState:
        matrix = self._matrix.matrix
        newest = matrix.releases.newest_published
        assert newest.published is not None
        return AgentState(
            version=__version__,
            python_version=platform.python_version(),
            matrix_digest=matrix.digest,
            newest_release=matrix.releases.all[-1].name,
            newest_release_published=newest.published,
            matrix_published=matrix.published,
            clusters=len(self.fleet.entries),
            rounds=self._rounds,
            rounds_skipped=self._skipped,
            last_round=self._last_round,
            config_ok=not self._problems,
            config_loaded=self._loaded,
            config_problems=self._problems,
            cluster_files_rejected=len(self._files.rejected),
            matrix_problems=tuple(str(problem) for problem in self._matrix.problems),
            log_lines_dropped=dropped_lines(),
            critical_advisories=tuple(
                AdvisoryText(each.id, each.condition, each.remedy, ", ".join(each.fixed_in))
                for each in matrix.advisories.all
                if each.level is Level.CRITICAL
            ),
            round_durations=self._durations,
            config_file=str(self._path),
            environments=self.fleet.config.environments,
        )


def _log_matrix(in_use: ActiveMatrix) -> ActiveMatrix:
    matrix = in_use.matrix
    for problem in in_use.problems:
        log.error(
            "newer matrix rejected; the matrix in use stays",
            extra={"problem": str(problem), "published": str(matrix.published)},
        )
    if not in_use.problems:
        log.info("matrix in use", extra={"digest": matrix.digest, "published": str(matrix.published)})
    return in_use


def _log_rejected(files: ClusterFiles) -> tuple[str, ...]:
    problems = tuple(str(problem) for problem in files.problems)
    for problem in problems:
        log.error("cluster file rejected; its last valid version stays in use", extra={"problem": problem})
    return problems
