"""Waivers: findings and published warnings that a person has accepted, each with an end date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from agent.model.vocabulary import Check, Reason, Role

_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86400.0


@dataclass(frozen=True)
class Waiver:
    """Accepts findings with exactly this role, check and reason, until the end of the day `until` in UTC."""

    role: Role
    check: Check
    reason: Reason
    comment: str
    until: date

    @property
    def end(self) -> float:
        """The moment from which it no longer counts, in Unix seconds."""
        return _end_of(self.until)


@dataclass(frozen=True)
class AdvisoryWaiver:
    """Accepts the published warning with this id, until the end of the day `until` in UTC."""

    advisory: str
    comment: str
    until: date

    @property
    def end(self) -> float:
        """The moment from which it no longer counts, in Unix seconds."""
        return _end_of(self.until)


def _end_of(day: date) -> float:
    return (day.toordinal() + 1 - _EPOCH) * _DAY


@dataclass(frozen=True)
class WaiverState:
    """A waiver at one moment: whether it has ended, and whether it matches a finding."""

    waiver: Waiver
    has_ended: bool
    matches: bool


@dataclass(frozen=True)
class AdvisoryWaiverState:
    """A waiver of a warning at one moment: whether it has ended, and whether the cluster has the warning."""

    waiver: AdvisoryWaiver
    has_ended: bool
    matches: bool
