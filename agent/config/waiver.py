"""The settings of a waiver: a finding that a person has accepted."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, field_validator

from agent.config.fields import Model, Text, word
from agent.model.reasons import REASONS
from agent.model.vocabulary import Check, Reason, Role

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _day(value: Any) -> Any:
    # A tool that writes cluster files may write JSON, which has no type for dates.
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValueError("this date does not exist") from error
    if type(value) is not date:
        raise ValueError("write a date such as 2027-03-01")
    return value


class Waiver(Model):
    """Accepts the findings of one role, check and reason until the end of the day `until`, in UTC."""

    role: Annotated[Role, word(Role)]
    check: Annotated[Check, word(Check)]
    reason: Annotated[Reason, word(Reason, "docs/verdicts.md lists the reasons")]
    comment: Text
    until: Annotated[date, BeforeValidator(_day)]

    @field_validator("comment")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("write why this is accepted and who accepted it")
        return value

    @field_validator("reason")
    @classmethod
    def _can_be_accepted(cls, value: Reason) -> Reason:
        if not REASONS[value].can_be_waived:
            raise ValueError(
                "this reason cannot be waived; to extend a waiver, set a later date in its until"
            )
        return value
