"""One cluster at one moment, frozen: what was observed and what was judged of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.matrix import Matrix
from agent.observation import Instant, Observation
from agent.verdict import Judgement, Subject, judge


@dataclass(frozen=True)
class Snapshot:
    """Observations and judgement of one cluster. `taken` is the end of the round that made it."""

    subject: Subject
    observations: tuple[Observation, ...]
    judgement: Judgement
    taken: Instant | None

    def at(self, matrix: Matrix, now: Instant) -> Snapshot:
        """This snapshot as it counts at `now`: judged anew once an observation has grown too old."""
        if now.mono < self.judgement.valid_until:
            return self
        return replace(self, judgement=judge(matrix, self.subject, self.observations, now))


def take(
    matrix: Matrix,
    subject: Subject,
    observations: tuple[Observation, ...],
    now: Instant,
    *,
    round_ended: bool = True,
) -> Snapshot:
    """Judge these observations. Before the first round has ended there is no moment of taking."""
    judgement = judge(matrix, subject, observations, now)
    return Snapshot(subject, observations, judgement, now if round_ended else None)
