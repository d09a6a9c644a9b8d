"""One answer of the matrix."""

from __future__ import annotations

from dataclasses import dataclass

from agent.model.vocabulary import Reason, Verdict


@dataclass(frozen=True)
class Cell:
    """One answer of the matrix, with its source. `dissent` names the sources that disagree."""

    verdict: Verdict
    reason: Reason
    message: str
    source: str
    dissent: tuple[str, ...] = ()
