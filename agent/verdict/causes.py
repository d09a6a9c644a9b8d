"""Which finding causes which: one refused connection leaves several checks unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.result import Cause, Result

#: An `unknown` check with such a reason follows from another finding of its role with the same reason.
_OF_THE_ROLE = frozenset(
    {Reason.PLUGIN_NOT_IN_RELEASE, Reason.PLUGIN_UNKNOWN, Reason.COMPONENT_NOT_SUPPORTED, Reason.OTHER_STORE}
)
#: An `unknown` check of a store with such a reason follows from the server's version with the same reason.
_OF_THE_RELEASE = frozenset({Reason.RELEASE_UNKNOWN, Reason.RELEASE_AMBIGUOUS, Reason.RELEASE_NOT_READ})
_BROKEN = (Verdict.UNKNOWN, Verdict.UNSUPPORTED)


def with_causes(results: Iterable[Result]) -> tuple[Result, ...]:
    """The same results; each that follows from an earlier finding has it as its cause.

    Only an `unknown` check is a consequence: what is certain never follows from what could not be read.
    """
    causes: list[Result] = []
    linked = []
    for result in results:
        cause = next((each for each in causes if _explains(each, result)), None)
        if cause is None and result.is_finding:
            causes.append(result)
        key = Cause(cause.role, cause.check, cause.reason) if cause else None
        linked.append(replace(result, caused_by=key) if key != result.caused_by else result)
    return tuple(linked)


def _explains(cause: Result, result: Result) -> bool:
    if result.verdict is not Verdict.UNKNOWN or cause.verdict not in _BROKEN:
        return False
    if cause.waiver is not None and result.waiver is None:
        # The consequence counts although its cause is accepted, so people must see it.
        return False
    if cause.role is result.role and cause.reason is result.reason and result.reason in _OF_THE_ROLE:
        return True
    return (cause.reason, cause.message) == (result.reason, result.message) or _is_of_server(cause, result)


def _is_of_server(cause: Result, result: Result) -> bool:
    """Whether the server's version is what is missing."""
    if (cause.role, cause.check) != (Role.SERVER, Check.VERSION):
        return False
    is_same = cause.reason is result.reason and result.reason in _OF_THE_RELEASE
    return is_same or result.reason is Reason.SERVER_UNKNOWN or result.message == f"server: {cause.message}"
