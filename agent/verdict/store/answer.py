"""One answer about what a store must be able to do."""

from __future__ import annotations

from dataclasses import dataclass

from agent.model.vocabulary import Reason, Verdict


@dataclass(frozen=True)
class Answer:
    """One prerequisite: whether it is met, what to do if not, and the source of the need.

    `would_start`: whether the server starts as it is; None: not known.
    """

    verdict: Verdict
    reason: Reason
    message: str
    source: str = ""
    would_start: bool | None = True
