"""The report of one reason code. `explain`, its page and docs/reasons.md are made from this alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.model.reasons import GUIDES, REASONS, RETIRED, ReasonInfo
from agent.model.text import did_you_mean
from agent.model.vocabulary import Check, Reason, Verdict
from agent.reports.document import Document

#: Characters of a wrong code that are repeated in an error.
_MAX_SHOWN = 60


@dataclass(frozen=True)
class ReasonDocument(Document):
    """What a reason means and what to do about it; texts are Markdown.

    `commands`: what to run for a check by hand, by component. `fixes`: what to do instead of `fix`, by
    component. `runbook`: the alert whose runbook covers it; null where no alert does.
    """

    code: Reason
    title: str
    meaning: str
    verdicts: tuple[Verdict, ...]
    checks: tuple[Check, ...]
    effect: str
    verify: str
    commands: Mapping[str, str]
    fix: str
    fixes: Mapping[str, str]
    runbook: str | None


class UnknownReasonError(Exception):
    """There is no such reason code; the message names the closest ones."""


def reason_document(code: str) -> ReasonDocument:
    """The document of one reason.

    Raises:
        UnknownReasonError: there is no such code, or it is retired.
    """
    if code in RETIRED:
        raise UnknownReasonError(f"{code} is retired: {RETIRED[code]}")
    if code not in set(Reason):
        hint = did_you_mean(code, Reason, "docs/reasons.md lists all codes")
        raise UnknownReasonError(f"there is no reason {code[:_MAX_SHOWN]!r}; {hint}")
    info, guide = REASONS[Reason(code)], GUIDES[Reason(code)]
    return ReasonDocument(
        code=info.code,
        title=info.title,
        meaning=info.meaning,
        verdicts=info.verdicts,
        checks=info.checks,
        effect=guide.effect,
        verify=guide.verify,
        commands=dict(guide.commands),
        fix=guide.fix,
        fixes=dict(guide.fixes),
        runbook=_runbook(info) or None,
    )


def _runbook(info: ReasonInfo) -> str:
    """The alert that reports this reason at its worst; empty where none does."""
    for worst in (Verdict.UNSUPPORTED, Verdict.UNKNOWN):
        if worst in info.verdicts:
            return info.runbook_for(worst, Check.SCHEMA if Check.SCHEMA in info.checks else info.checks[0])
    return info.runbook
