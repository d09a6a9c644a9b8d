"""One answer of the matrix."""

from __future__ import annotations

from dataclasses import dataclass

from agent.model.vocabulary import Reason, Verdict


@dataclass(frozen=True)
class Cell:
    """One answer of the matrix, with who says so. `dissent` names sources that say otherwise."""

    verdict: Verdict
    reason: Reason
    message: str
    source: str
    dissent: tuple[str, ...] = ()
