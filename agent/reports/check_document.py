"""The reports of one check and of one waiver."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.reports.document import HIDDEN, Document
from agent.verdict import Result, WaiverState


@dataclass(frozen=True)
class AcceptanceDocument(Document):
    """Why a finding is accepted, and the last day of the waiver."""

    comment: str
    until: date


@dataclass(frozen=True)
class CauseDocument(Document):
    """The finding that another one follows from: mend it, and the other one ends too."""

    role: Role
    check: Check
    reason: Reason


@dataclass(frozen=True)
class CheckDocument(Document):
    """The result of one check. `caused_by`: null for a finding that follows from no other."""

    role: Role
    check: Check
    component: str
    verdict: Verdict
    reason: Reason
    message: str
    source: str | None
    waived: bool
    caused_by: CauseDocument | None
    accepted: AcceptanceDocument | None = field(metadata=HIDDEN)
    is_finding: bool = field(metadata=HIDDEN)


@dataclass(frozen=True)
class WaiverDocument(Document):
    """A waiver, whether it has ended, and whether it matches a finding."""

    role: Role
    check: Check
    reason: Reason
    comment: str
    until: date
    has_ended: bool
    matches: bool


def check_document(result: Result) -> CheckDocument:
    """The document of one check result."""
    waiver = result.waiver
    return CheckDocument(
        role=result.role,
        check=result.check,
        component=result.component,
        verdict=result.verdict,
        reason=result.reason,
        message=result.message,
        source=result.source or None,
        waived=waiver is not None,
        caused_by=CauseDocument(*result.caused_by) if result.caused_by else None,
        accepted=AcceptanceDocument(comment=waiver.comment, until=waiver.until) if waiver else None,
        is_finding=result.is_finding,
    )


def waiver_document(state: WaiverState) -> WaiverDocument:
    """The document of one waiver at the time of the judgement."""
    waiver = state.waiver
    return WaiverDocument(
        role=waiver.role,
        check=waiver.check,
        reason=waiver.reason,
        comment=waiver.comment,
        until=waiver.until,
        has_ended=state.has_ended,
        matches=state.matches,
    )
