"""One cluster at one moment, frozen: what was observed and what was judged of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.matrix import Matrix
from agent.model.observation import Instant, Observation
from agent.upgrade import Outlook
from agent.verdict import ClusterSpec, Judgement, judge


@dataclass(frozen=True)
class Snapshot:
    """Observations and judgement of one cluster. `taken` is the end of the round that made it.

    `matrix` is the digest of the matrix that it was judged by. `outlook`: what the next releases would ask
    for, where that was looked at.
    """

    subject: ClusterSpec
    observations: tuple[Observation, ...]
    judgement: Judgement
    taken: Instant | None
    matrix: str = ""
    outlook: tuple[Outlook, ...] = ()

    def at(self, matrix: Matrix, now: Instant, subject: ClusterSpec | None = None) -> Snapshot:
        """This snapshot as it counts at `now`.

        It is judged anew once an observation has grown too old or a waiver has ended, by another matrix,
        and for a subject that is configured otherwise meanwhile.
        """
        subject = subject or self.subject
        if now.mono < self.judgement.valid_until and self.matrix == matrix.digest and subject is self.subject:
            return self
        judgement = judge(matrix, subject, self.observations, now)
        return replace(self, subject=subject, judgement=judgement, matrix=matrix.digest)


def take(
    matrix: Matrix,
    subject: ClusterSpec,
    observations: tuple[Observation, ...],
    now: Instant,
    *,
    round_ended: bool = True,
) -> Snapshot:
    """Judge these observations. Before the first round has ended there is no moment of taking."""
    judgement = judge(matrix, subject, observations, now)
    return Snapshot(subject, observations, judgement, now if round_ended else None, matrix.digest)
