"""The settings of a waiver: a finding or a published warning that a person has accepted."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Tag, field_validator

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


class _Accepted(Model):
    comment: Text
    until: Annotated[date, BeforeValidator(_day)]

    @field_validator("comment")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("write why this is accepted and who accepted it")
        return value


class AdvisoryWaiver(_Accepted):
    """Accepts the published warning with this id until the end of the day `until`, in UTC."""

    advisory: Text


class Waiver(_Accepted):
    """Accepts the findings of one role, check and reason until the end of the day `until`, in UTC."""

    role: Annotated[Role, word(Role)]
    check: Annotated[Check, word(Check)]
    reason: Annotated[Reason, word(Reason, "docs/verdicts.md lists the reasons")]

    @field_validator("reason")
    @classmethod
    def _can_be_accepted(cls, value: Reason) -> Reason:
        if not REASONS[value].can_be_waived:
            raise ValueError(
                "this reason cannot be waived; to extend a waiver, set a later date in its until"
            )
        return value


#: The tags of the two kinds. They are part of the places of errors, but of no file.
TAGS = ("<advisory>", "<finding>")


def _tag(value: Any) -> str:
    is_advisory = isinstance(value, AdvisoryWaiver) or (isinstance(value, dict) and "advisory" in value)
    return TAGS[0] if is_advisory else TAGS[1]


AnyWaiver = Annotated[
    Annotated[AdvisoryWaiver, Tag(TAGS[0])] | Annotated[Waiver, Tag(TAGS[1])], Discriminator(_tag)
]
