"""The check `version` of the server."""

from __future__ import annotations

from agent.matrix import Matrix, ReleaseMatch
from agent.matrix.requirements import DOCUMENT
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.check import NOTHING, CheckInputs, Outcome
from agent.verdict.result import Result, StartAnswer
from agent.verdict.role_version import worst_result
from agent.verdict.server.vendor_advice import vendor_remarks


def server_version_check(inputs: CheckInputs) -> Outcome:
    """The worst result of all running versions.

    A release that is, or may be, broken for its stores stays so when the server does not answer: it may not
    answer because it is broken.
    """
    view, running = inputs.view, inputs.running
    if running.stale or not (running.matches or running.unreadable):
        reason, text = view.silence(Role.SERVER)
        if running.image_release:
            text += (
                f"; the tag of its image is {running.image_release}, so until it answers the rest is judged"
                " for this release"
            )
        results = [server_result(Check.VERSION, Verdict.UNKNOWN, reason, text)]
    else:
        results = [_judge_version(inputs.matrix, match) for match in running.matches]
        results += [unreadable_version(Check.VERSION, raw) for raw in running.unreadable]
    results += inputs.warnings.broken_results()
    return Outcome((worst_result(results),), vendor_remarks(view, running))


def unreadable_versions_check(inputs: CheckInputs) -> Outcome:
    """If the version of a replica cannot be read, it is not known whether that replica would start."""
    raws = inputs.running.unreadable
    if not raws:
        return NOTHING
    return Outcome(
        starts=tuple(StartAnswer(None, f"cannot parse a version from {raw[:60]!r}") for raw in raws)
    )


def unreadable_version(check: Check, raw: str) -> Result:
    """The result for a reported text that is not a version."""
    message = f"cannot parse a version from {raw[:60]!r}"
    return server_result(check, Verdict.UNKNOWN, Reason.VERSION_UNREADABLE, message)


def _judge_version(matrix: Matrix, match: ReleaseMatch) -> Result:
    names = " or ".join(release.name for release in match.releases)
    if match.reason is Reason.RELEASE_UNKNOWN and match.below is None:
        message = (
            f"Temporal {match.version.raw[:60]} is older than 1.0.0, the first release in the matrix. The"
            " documentation does not recommend older versions"
        )
        return server_result(Check.VERSION, Verdict.UNKNOWN, match.reason, message, DOCUMENT)
    if match.reason is Reason.RELEASE_UNKNOWN:
        message = (
            f"the matrix has no release that reports the version {match.version.raw[:60]}."
            f" {matrix.how_to_get_newer}"
        )
        return server_result(Check.VERSION, Verdict.UNKNOWN, match.reason, message)
    source = match.releases[0].source
    if match.reason is Reason.RELEASE_NOT_READ:
        message = (
            f"Temporal {names} exists, but the matrix does not know what it supports."
            f" {matrix.how_to_get_newer}"
        )
        return server_result(Check.VERSION, Verdict.UNTESTED, match.reason, message, source)
    message = f"Temporal {match.version.raw} is release {names}"
    return server_result(Check.VERSION, Verdict.SUPPORTED, match.reason, message, source)


def server_result(check: Check, verdict: Verdict, reason: Reason, message: str, source: str = "") -> Result:
    """The answer to a check of the server."""
    return Result(Role.SERVER, check, "temporal", verdict, reason, message, source)
