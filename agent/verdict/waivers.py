"""What waivers do to a judgement: they take findings out of the cluster's verdict, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from agent.model.observation import Instant
from agent.model.roles import decides
from agent.model.vocabulary import Reason, Verdict, worst
from agent.verdict.result import Result
from agent.verdict.waiver import Waiver, WaiverState


class Acceptance:
    """The waivers of one cluster at one moment."""

    def __init__(self, waivers: Sequence[Waiver], now: Instant) -> None:
        self._waivers = waivers
        self._now = now
        self._holding = {_key(waiver): waiver for waiver in waivers if now.wall < waiver.end}

    def mark(self, results: Iterable[Result]) -> tuple[Result, ...]:
        """The same results; findings that are accepted name the waiver. Their verdicts stay."""
        if not self._holding:
            return tuple(results)
        return tuple(
            replace(result, waiver=self._holding.get(_key(result))) if result.is_finding else result
            for result in results
        )

    def states(self, results: Sequence[Result]) -> tuple[WaiverState, ...]:
        """Every waiver, beside all results and remarks of the cluster."""
        there = {_key(result) for result in results if result.is_finding}
        return tuple(
            WaiverState(waiver, _key(waiver) not in self._holding, _key(waiver) in there)
            for waiver in self._waivers
        )

    def ended(self, results: Sequence[Result]) -> tuple[Result, ...]:
        """A remark for every waiver that has ended."""
        return tuple(_ended(waiver, results) for waiver in self._waivers if _key(waiver) not in self._holding)

    @property
    def valid_until(self) -> float:
        """When the next waiver ends, on the monotonic clock.

        Should the wall clock be set meanwhile: every round judges anew.
        """
        ends = [waiver.end - self._now.wall for waiver in self._holding.values()]
        return self._now.mono + min(ends, default=float("inf"))


def cluster_verdict(results: Iterable[Result]) -> Verdict:
    """The worst of the roles that Temporal needs; what is accepted counts as if it were supported."""
    return worst(
        [
            Verdict.SUPPORTED if result.waiver else result.verdict
            for result in results
            if decides(result.role, result.check)
        ]
    )


def _key(of: Waiver | Result) -> tuple[str, str, str]:
    return of.role, of.check, of.reason


def _ended(waiver: Waiver, results: Sequence[Result]) -> Result:
    about = [result for result in results if result.role is waiver.role]
    same = [result for result in about if result.check is waiver.check]
    component = next((result.component for result in (*same, *about)), "")
    message = f"the waiver of {waiver.reason} ended on {waiver.until}, and counts no more: {waiver.comment}"
    return Result(
        waiver.role,
        waiver.check,
        component,
        Verdict.SUPPORTED,
        Reason.WAIVER_EXPIRED,
        message,
        "configuration",
    )
