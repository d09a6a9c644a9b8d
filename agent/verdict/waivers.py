"""The effect of waivers on a judgement: the cluster's verdict ignores waived findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from agent.model.observation import Instant
from agent.model.roles import decides
from agent.model.vocabulary import Check, Reason, Role, Verdict, worst
from agent.verdict.result import Result, Warned
from agent.verdict.waiver import AdvisoryWaiver, AdvisoryWaiverState, Waiver, WaiverState

_WITHOUT_TRIAL = (Reason.UNTESTED_NEWER, Reason.UNTESTED_SERIES, Reason.UNTESTED_FLAVOR)


class Acceptance:
    """The waivers of one cluster at one moment."""

    def __init__(self, waivers: Sequence[Waiver], now: Instant) -> None:
        self._waivers = waivers
        self._now = now
        self._active = {_key(waiver): waiver for waiver in waivers if now.wall < waiver.end}

    def mark(self, results: Iterable[Result]) -> tuple[Result, ...]:
        """The same results; accepted findings get their waiver. Their verdicts do not change."""
        if not self._active:
            return tuple(results)
        return tuple(
            replace(result, waiver=self._of(result)) if result.is_finding else result for result in results
        )

    def _of(self, result: Result) -> Waiver | None:
        return next((self._active[key] for key in _accepted_by(result) if key in self._active), None)

    def states(self, results: Sequence[Result]) -> tuple[WaiverState, ...]:
        """Every waiver, compared with all results and remarks of the cluster."""
        findings = {key for result in results if result.is_finding for key in _accepted_by(result)}
        return tuple(
            WaiverState(waiver, _key(waiver) not in self._active, _key(waiver) in findings)
            for waiver in self._waivers
        )

    def ended(self, results: Sequence[Result]) -> tuple[Result, ...]:
        """A remark for every waiver that has ended."""
        return tuple(_ended(waiver, results) for waiver in self._waivers if _key(waiver) not in self._active)

    @property
    def valid_until(self) -> float:
        """When the next waiver ends, on the monotonic clock in seconds.

        If somebody sets the system clock meanwhile, the next round corrects this.
        """
        ends = [waiver.end - self._now.wall for waiver in self._active.values()]
        return self._now.mono + min(ends, default=float("inf"))


class AdvisoryAcceptance:
    """The waivers of one cluster's published warnings at one moment."""

    def __init__(self, waivers: Sequence[AdvisoryWaiver], now: Instant) -> None:
        self._waivers = waivers
        self._now = now
        self._active = {waiver.advisory: waiver for waiver in waivers if now.wall < waiver.end}

    def mark(self, warnings: Iterable[Warned]) -> tuple[Warned, ...]:
        """The same warnings; accepted ones get their waiver."""
        return tuple(replace(each, waiver=self._active.get(each.advisory.id)) for each in warnings)

    def states(self, warnings: Sequence[Warned]) -> tuple[AdvisoryWaiverState, ...]:
        """Every waiver, compared with all warnings of the cluster."""
        ids = {each.advisory.id for each in warnings}
        return tuple(
            AdvisoryWaiverState(waiver, waiver.advisory not in self._active, waiver.advisory in ids)
            for waiver in self._waivers
        )

    @property
    def ended(self) -> tuple[Result, ...]:
        """A remark for every waiver that has ended."""
        return tuple(
            _remark(Role.SERVER, Check.VERSION, "temporal", waiver.advisory, waiver)
            for waiver in self._waivers
            if waiver.advisory not in self._active
        )

    @property
    def valid_until(self) -> float:
        """When the next waiver ends, as in `Acceptance`."""
        ends = [waiver.end - self._now.wall for waiver in self._active.values()]
        return self._now.mono + min(ends, default=float("inf"))


def cluster_verdict(results: Iterable[Result]) -> Verdict:
    """The worst verdict of the roles that Temporal needs; accepted findings count as supported."""
    return worst(
        [
            Verdict.SUPPORTED if result.waiver else result.verdict
            for result in results
            if decides(result.role, result.check)
        ]
    )


def _key(of: Waiver | Result) -> tuple[str, str, str]:
    return of.role, of.check, of.reason


def _accepted_by(result: Result) -> tuple[tuple[str, str, str], ...]:
    # A waiver outlives a trial that worked: without the trial the finding had one of these reasons.
    more = _WITHOUT_TRIAL if result.reason is Reason.TRIED else ()
    return tuple((result.role, result.check, reason) for reason in (result.reason, *more))


def _ended(waiver: Waiver, results: Sequence[Result]) -> Result:
    about = [result for result in results if result.role is waiver.role]
    same = [result for result in about if result.check is waiver.check]
    component = next((result.component for result in (*same, *about)), "")
    return _remark(waiver.role, waiver.check, component, waiver.reason, waiver)


def _remark(
    role: Role, check: Check, component: str, accepted: str, waiver: Waiver | AdvisoryWaiver
) -> Result:
    message = (
        f"the waiver of {accepted} ended on {waiver.until} and no longer counts. Remove the waiver, or"
        f" agree on a new end date. Its comment: {waiver.comment}"
    )
    return Result(role, check, component, Verdict.SUPPORTED, Reason.WAIVER_EXPIRED, message, "configuration")
