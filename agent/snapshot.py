"""One cluster at one point in time, frozen: its observations and the judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from agent.matrix import Matrix
from agent.model.observation import Instant, Observation
from agent.upgrade import Outlook
from agent.verdict import ClusterSpec, ClusterView, Judgement, Result, judge

CheckKey = tuple[str, str, str]


@dataclass(frozen=True)
class Since:
    """When the current verdicts began, in Unix seconds, as far as this process knows.

    `checks`: by role, check and component. Empty, and None for the cluster, if there was no snapshot before.
    """

    cluster: float | None = None
    checks: Mapping[CheckKey, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """Observations and judgement of one cluster. `taken`: the end of the polling round.

    `matrix`: the digest of the matrix used for the judgement. `outlook`: the size of the next upgrades; empty
    if it was not computed. `since`: when the verdicts began.
    """

    subject: ClusterSpec
    observations: tuple[Observation, ...]
    judgement: Judgement
    taken: Instant | None
    matrix: str = ""
    outlook: tuple[Outlook, ...] = ()
    since: Since = Since()

    def at(self, matrix: Matrix, now: Instant, subject: ClusterSpec | None = None) -> Snapshot:
        """This snapshot with the judgement that is valid at `now`.

        It is judged again if an observation has become too old, a waiver has ended, or the matrix or the
        configuration of the cluster has changed.
        """
        subject = subject or self.subject
        if now.mono < self.judgement.valid_until and self.matrix == matrix.digest and subject is self.subject:
            return self
        judgement = judge(matrix, subject, self.observations, now)
        since = _since(self, judgement, now.wall) if self.taken else self.since
        return replace(self, subject=subject, judgement=judgement, matrix=matrix.digest, since=since)

    def has_content_of(self, other: Snapshot) -> bool:
        """Whether only the times of the probes and their number differ, if anything does."""
        return (
            self.judgement == other.judgement
            and self.outlook == other.outlook
            and self.since == other.since
            and self.subject == other.subject
            and self.matrix == other.matrix
            and [_content(o) for o in self.observations] == [_content(o) for o in other.observations]
        )


def take(
    matrix: Matrix,
    subject: ClusterSpec,
    observations: tuple[Observation, ...],
    now: Instant,
    *,
    round_ended: bool = True,
    before: Snapshot | None = None,
) -> Snapshot:
    """Judge these observations. Before the first round ends (`round_ended` False) `taken` is None.

    `before`: the snapshot of the round before. If the round has found the same, its judgement holds longer.
    """
    view = ClusterView(subject, observations, now)
    if before is not None and before.matrix == matrix.digest and _holds(before, view):
        judgement = replace(before.judgement, valid_until=view.valid_until)
    else:
        judgement = judge(matrix, subject, observations, now)
    since = _since(before, judgement, now.wall) if before is not None else Since()
    taken = now if round_ended else None
    return Snapshot(subject, observations, judgement, taken, matrix.digest, since=since)


def _since(before: Snapshot, judgement: Judgement, now: float) -> Since:
    """When each verdict of `judgement` began; what `before` had with another verdict begins `now`."""
    if judgement is before.judgement and before.since.cluster is not None:
        return before.since
    verdicts = {_key(result): result.verdict for result in before.judgement.results}
    known = before.since
    checks = {
        key: known.checks.get(key, now) if verdicts.get(key) is result.verdict else now
        for result in judgement.results
        for key in [_key(result)]
    }
    is_same = known.cluster is not None and before.judgement.verdict is judgement.verdict
    return Since(known.cluster if is_same else now, checks)


def _content(seen: Observation) -> tuple[object, ...]:
    return seen.attempted is None, seen.observed is None, seen.failure, seen.failures, seen.facts


def _key(result: Result) -> CheckKey:
    return result.role, result.check, result.component


def _holds(before: Snapshot, view: ClusterView) -> bool:
    """Whether everything is the same that a judgement depends on: see `judge` and `ClusterView`.

    A waiver begins to count or ends at a time of its own, so clusters with waivers are judged every time.
    """
    return (
        view.subject is before.subject
        and not view.subject.waivers
        and not view.subject.advisory_waivers
        and [(o.target, o.facts, o.failure) for o in view.observations]
        == [(o.target, o.facts, o.failure) for o in before.observations]
        and view.fresh_targets == before.judgement.fresh
    )
