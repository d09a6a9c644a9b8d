"""One round of a cluster: all probes, each with a deadline, then the verdict, then a snapshot.

The daemon, `/probe` and `check` all use this module, so they can never disagree.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace

from agent.config import Cluster, Config
from agent.matrix import Matrix
from agent.model.observation import Facts, Failure, Observation, Target
from agent.model.vocabulary import Reason
from agent.polling.clock import now
from agent.polling.outlooks import Outlooks
from agent.polling.probe_runner import Attempt, Runner
from agent.polling.probe_sequence import ProbeSequence
from agent.polling.targets import ProbeSpec, cluster_spec, probe_specs
from agent.snapshot import Snapshot, take
from agent.upgrade import Outlook
from agent.verdict import ClusterSpec

log = logging.getLogger(__name__)

#: A probe's share of the round's time, so that the probe can still report what took so long.
_PROBE_SHARE = 0.95


#: How long probes run one after another, in shares of the round's time and at most in seconds. What has not
#: begun by then runs at the same time as the others.
_MAX_SHARE_ALONE, _MAX_SECONDS_ALONE = 0.05, 0.25


class ClusterPoller:
    """Polls one cluster. Rounds of different callers may overlap.

    `subject`, `timeout` (seconds) and `matrix` may change; a running round keeps those with which it
    started.
    """

    def __init__(
        self,
        config: Config,
        cluster: Cluster,
        matrix: Matrix,
        before: ClusterPoller | None = None,
        outlooks: Outlooks | None = None,
    ) -> None:
        """`before` has the same cluster with other targets; the targets that stayed are taken over.

        `outlooks`: those of the other clusters.
        """
        self.subject = cluster_spec(config, cluster)
        self.timeout = config.effective_timeout
        self.matrix = matrix
        self._outlooks = outlooks or Outlooks()
        self._outlook_cache: tuple[object, tuple[Outlook, ...]] | None = None
        known = before._runners if before else ()
        self._runners: tuple[Runner, ...] = tuple(_runner(spec, known) for spec in probe_specs(cluster))
        self._taken_over = {runner.spec.target for runner in self._runners if runner in known}

    @property
    def targets(self) -> tuple[Target, ...]:
        return tuple(runner.spec.target for runner in self._runners)

    def first(self, before: Snapshot | None = None) -> Snapshot:
        """The cluster before its first round: only what `before` has of targets that were taken over."""
        known = {o.target: o for o in before.observations if o.target in self._taken_over} if before else {}
        observations = tuple(known.get(target, Observation(target)) for target in self.targets)
        return take(self.matrix, self.subject, observations, now(), round_ended=False)

    def round(self, last: Snapshot | None = None, timeout: float | None = None) -> Snapshot:
        """Probe every target once, for at most `timeout` seconds, and judge.

        If a target fails, its facts of `last` are kept until they are too old; without `last` nothing is
        kept.
        """
        matrix, configured = self.matrix, self.subject
        patience = self.timeout if timeout is None else timeout
        end = time.monotonic() + patience
        sequence = ProbeSequence()
        futures = [(runner, runner.start(patience * _PROBE_SHARE, sequence.run)) for runner in self._runners]
        if not _ended(futures, time.monotonic() + min(patience * _MAX_SHARE_ALONE, _MAX_SECONDS_ALONE)):
            sequence.spread()
            _ended(futures, end)
        before = {observation.target: observation for observation in last.observations} if last else {}
        observations = []
        for runner, future in futures:
            target = runner.spec.target
            attempt = _attempt(runner, future, patience)
            # The address may have changed since the last round.
            known = replace(before.get(target, Observation(target)), target=target)
            observations.append(_observation(known, attempt))
        snapshot = take(matrix, configured, tuple(observations), now(), before=last)
        return replace(snapshot, outlook=self._outlook(matrix, snapshot))

    def _outlook(self, matrix: Matrix, snapshot: Snapshot) -> tuple[Outlook, ...]:
        """Calculated again only when its inputs have changed."""
        facts = tuple(o.facts for o in snapshot.observations)
        judgement = snapshot.judgement
        # When a waiver ends, what it accepted becomes a blocker.
        key = matrix.digest, snapshot.subject, judgement.fresh, judgement.waivers, facts
        known = self._outlook_cache
        if known is None or known[0] != key:
            try:
                known = key, self._outlooks.of(matrix, snapshot, now())
            except Exception:
                # A failed plan must not cost the verdict.
                log.exception(
                    "upgrade outlook failed with an unexpected error",
                    extra={"cluster": snapshot.subject.name},
                )
                return ()
            self._outlook_cache = known
        return known[1]

    def update_spec(self, cluster_spec: ClusterSpec) -> None:
        """Judge by this specification of the cluster from now on."""
        cluster_spec = replace(cluster_spec, same_as=self.subject.same_as)
        if cluster_spec != self.subject:
            self.subject = cluster_spec

    def set_duplicates(self, same_as: Sequence[str]) -> None:
        """Set the other configured clusters that are the same cluster as this one."""
        if tuple(same_as) != self.subject.same_as:
            self.subject = replace(self.subject, same_as=tuple(same_as))

    def close(self, successor: ClusterPoller | None = None) -> None:
        """Give up all connections that the successor does not use."""
        used = successor._runners if successor else ()
        for runner in self._runners:
            if runner not in used:
                runner.close()


def _runner(spec: ProbeSpec, known: Sequence[Runner]) -> Runner:
    return next((runner for runner in known if runner.spec == spec), None) or Runner(spec)


def _ended(futures: Sequence[tuple[Runner, Future[Attempt]]], end: float) -> bool:
    """Wait until every probe has ended, at most until the monotonic time `end`; whether they have."""
    try:
        # The last one first: nearly always the others have ended by then, and need no wait.
        for _, future in reversed(futures):
            future.exception(max(end - time.monotonic(), 0.0))
    except TimeoutError:
        return False
    return True


def _attempt(runner: Runner, future: Future[Attempt], patience: float) -> Attempt:
    if future.done():
        return future.result()
    runner.overrun(future)
    failure = Failure(Reason.TIMEOUT, f"no answer within {patience:g} seconds")
    return Attempt(now(), patience, failure)


def _observation(before: Observation, attempt: Attempt) -> Observation:
    failed = not isinstance(attempt.result, Facts)
    counted = replace(
        before,
        attempted=attempt.at,
        duration=attempt.duration,
        attempts=before.attempts + 1,
        failures=before.failures + failed,
        failure=None,
    )
    if isinstance(attempt.result, Failure):
        return replace(counted, failure=attempt.result)
    # A running probe that two rounds share is one observation: its time is when the probe started.
    return replace(counted, facts=attempt.result, observed=attempt.at)
