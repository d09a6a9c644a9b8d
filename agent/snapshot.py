"""One cluster at one point in time, frozen: its observations and the judgement."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agent.matrix import Matrix
from agent.model.observation import Instant, Observation
from agent.upgrade import Outlook
from agent.verdict import ClusterSpec, ClusterView, Judgement, judge


@dataclass(frozen=True)
class Snapshot:
    """Observations and judgement of one cluster. `taken`: the end of the polling round.

    `matrix`: the digest of the matrix used for the judgement. `outlook`: the size of the next upgrades; empty
    if it was not computed. `since`: the Unix time from which the verdict of the cluster and the answer
    whether it would start have been the same, as far as this process knows; None before the first round.
    """

    subject: ClusterSpec
    observations: tuple[Observation, ...]
    judgement: Judgement
    taken: Instant | None
    matrix: str = ""
    outlook: tuple[Outlook, ...] = ()
    since: float | None = field(default=None, compare=False)

    def at(self, matrix: Matrix, now: Instant, subject: ClusterSpec | None = None) -> Snapshot:
        """This snapshot with the judgement that is valid at `now`.

        It is judged again if an observation has become too old, a waiver has ended, or the matrix or the
        configuration of the cluster has changed.
        """
        subject = subject or self.subject
        if now.mono < self.judgement.valid_until and self.matrix == matrix.digest and subject is self.subject:
            return self
        judgement = judge(matrix, subject, self.observations, now)
        since = _since(self, judgement, now) if self.taken else None
        return replace(self, subject=subject, judgement=judgement, matrix=matrix.digest, since=since)

    def has_content_of(self, other: Snapshot) -> bool:
        """Whether only the times and counts of the probes differ, if anything does."""
        return (
            self.judgement == other.judgement
            and self.outlook == other.outlook
            and self.subject == other.subject
            and self.matrix == other.matrix
            and self.since == other.since
            and [o.facts for o in self.observations] == [o.facts for o in other.observations]
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
    if not round_ended:
        return Snapshot(subject, observations, judgement, None, matrix.digest)
    since = _since(before, judgement, now)
    return Snapshot(subject, observations, judgement, now, matrix.digest, since=since)


def _since(before: Snapshot | None, judgement: Judgement, now: Instant) -> float:
    """Since when `judgement` holds: longer than this moment if `before` said the same."""
    if before is None or before.since is None:
        return now.wall
    known = before.judgement
    is_same = known.verdict is judgement.verdict and known.start.would_start is judgement.start.would_start
    return before.since if is_same else now.wall


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
