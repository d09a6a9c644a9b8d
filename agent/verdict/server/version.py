"""The check `version` of the server."""

from __future__ import annotations

from agent.matrix import Match
from agent.matrix.requirements import DOCUMENT
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.check import NOTHING, CheckInputs, Outcome
from agent.verdict.result import Result, StartAnswer
from agent.verdict.role_version import decisive
from agent.verdict.server.vendor_advice import vendor_remarks


def server_version_check(inputs: CheckInputs) -> Outcome:
    """The worst of all versions that run.

    A release that is, or may be, broken for its stores stays so when the server falls silent: a broken one
    may do just that.
    """
    view, running = inputs.view, inputs.running
    if running.stale or not (running.matches or running.unreadable):
        results = [server_result(Check.VERSION, Verdict.UNKNOWN, *view.silence(Role.SERVER))]
    else:
        results = [_judge_version(match) for match in running.matches]
        results += [unreadable_version(Check.VERSION, raw) for raw in running.unreadable]
    results += inputs.warnings.broken_results()
    return Outcome((decisive(results),), vendor_remarks(view, running))


def unreadable_versions_check(inputs: CheckInputs) -> Outcome:
    """What a replica needs is not known where its version cannot be read, whatever the others need."""
    raws = inputs.running.unreadable
    if not raws:
        return NOTHING
    return Outcome(starts=tuple(StartAnswer(None, f"no version can be read in {raw[:60]!r}") for raw in raws))


def unreadable_version(check: Check, raw: str) -> Result:
    """A version that cannot be read, as it was written."""
    message = f"no version can be read in {raw[:60]!r}"
    return server_result(check, Verdict.UNKNOWN, Reason.VERSION_UNREADABLE, message)


def _judge_version(match: Match) -> Result:
    names = " or ".join(release.name for release in match.releases)
    if match.reason is Reason.RELEASE_UNKNOWN and match.below is None:
        message = (
            f"Temporal {match.version.raw[:60]} is older than 1.0.0, where the matrix begins; its "
            "documentation does not recommend any version before that"
        )
        return server_result(Check.VERSION, Verdict.UNKNOWN, match.reason, message, DOCUMENT)
    if match.reason is Reason.RELEASE_UNKNOWN:
        message = f"the matrix knows no release that reports {match.version.raw[:60]}"
        return server_result(Check.VERSION, Verdict.UNKNOWN, match.reason, message)
    source = match.releases[0].source
    if match.reason is Reason.RELEASE_NOT_READ:
        message = f"Temporal {names} is known to exist, but what it supports was not read"
        return server_result(Check.VERSION, Verdict.UNTESTED, match.reason, message, source)
    message = f"Temporal {match.version.raw} is release {names}"
    return server_result(Check.VERSION, Verdict.SUPPORTED, match.reason, message, source)


def server_result(check: Check, verdict: Verdict, reason: Reason, message: str, source: str = "") -> Result:
    """The answer to a check of the server."""
    return Result(Role.SERVER, check, "temporal", verdict, reason, message, source)
