"""The reports of a published warning, and of the waiver of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from agent.model.vocabulary import Level
from agent.reports.document import HIDDEN, Document
from agent.verdict import AdvisoryWaiverState, Warned


class Applies(StrEnum):
    """Whether a warning applies to a cluster."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not known"


_WORDS = {True: Applies.YES, False: Applies.NO, None: Applies.NOT_KNOWN}


@dataclass(frozen=True)
class AdvisoryDocument(Document):
    """A published warning about a release or its stores.

    `fixed_in`: the first fixed release of each minor. `waiver_comment` and `waived_until`: of
    the waiver that accepts it, if one does.
    """

    id: str
    level: Level
    summary: str
    remedy: str
    condition: str | None
    source: str
    applies: Applies
    fixed_in: tuple[str, ...]
    waived: bool
    waiver_comment: str | None = field(metadata=HIDDEN)
    waived_until: date | None = field(metadata=HIDDEN)

    @property
    def counts(self) -> bool:
        """Whether it applies or may apply, and nobody has accepted it."""
        return self.applies is not Applies.NO and not self.waived

    @property
    def text(self) -> str:
        """For people: the fault, when it applies, the waiver, the remedy, and the fixed releases."""
        return f"{self.fault} {self.what_to_do}"

    @property
    def what_to_do(self) -> str:
        """For people: the remedy, and the first fixed release of each minor."""
        fixed = f" Fixed in {', '.join(self.fixed_in)}." if self.fixed_in else ""
        return f"{self.remedy}{fixed}"

    @property
    def fault(self) -> str:
        """For people: the fault, when it applies, and the waiver."""
        start = "Applies, because" if self.applies is Applies.YES else "Only if"
        condition = f" {start}: {self.condition}." if self.condition else ""
        text = f"{self.id}: {self.summary}{condition}"
        return f"{text} (waived until {self.waived_until}: {self.waiver_comment})" if self.waived else text


@dataclass(frozen=True)
class AdvisoryWaiverDocument(Document):
    """The waiver of a published warning, whether it has ended, and whether the cluster has the warning."""

    advisory: str
    comment: str
    until: date
    has_ended: bool
    matches: bool


def advisory_document(warned: Warned) -> AdvisoryDocument:
    """The document of one warning."""
    advisory, waiver = warned.advisory, warned.waiver
    return AdvisoryDocument(
        id=advisory.id,
        level=advisory.level,
        summary=advisory.summary,
        remedy=advisory.remedy,
        condition=advisory.condition or None,
        source=advisory.source,
        applies=_WORDS[warned.applies],
        fixed_in=advisory.fixed_in,
        waived=waiver is not None,
        waiver_comment=waiver.comment if waiver else None,
        waived_until=waiver.until if waiver else None,
    )


def advisory_waiver_document(state: AdvisoryWaiverState) -> AdvisoryWaiverDocument:
    """The document of one waiver at the time of the judgement."""
    waiver = state.waiver
    return AdvisoryWaiverDocument(
        advisory=waiver.advisory,
        comment=waiver.comment,
        until=waiver.until,
        has_ended=state.has_ended,
        matches=state.matches,
    )
