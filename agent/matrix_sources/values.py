"""The types of values in files of the matrix, each with its own error message."""

from __future__ import annotations

import re
from collections.abc import Sized
from datetime import date
from typing import Annotated, TypeVar

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import AfterValidator, ConfigDict, Field

from agent.model.versions import UnreadableVersionError, parse

_PART = re.compile(
    r"\s*(?:==|!=)\s*\d+(?:\.\d+){0,4}(?:\.\*)?\s*|\s*(?:>=|<=|>|<|~=)\s*\d+(?:\.\d+){0,4}\s*", re.ASCII
)
_FLAVOR = re.compile(r"[a-z0-9-]+", re.ASCII)
MAX_SPECIFIER_LENGTH = 200

_S = TypeVar("_S", bound=Sized)

#: The pydantic settings for every part of a bundle.
STRICT = ConfigDict(strict=True, hide_input_in_errors=True)


def check_specifier(text: str) -> str:
    if text == "*":
        return text
    hint = "write versions such as ==16.*, >=8.0.19,<8.1 or *"
    if len(text) > MAX_SPECIFIER_LENGTH or not all(_PART.fullmatch(part) for part in text.split(",")):
        raise ValueError(hint)
    try:
        SpecifierSet(text)
    except InvalidSpecifier as error:
        raise ValueError(hint) from error
    return text


def check_version(text: str) -> str:
    try:
        parse(text)
    except UnreadableVersionError as error:
        raise ValueError("cannot be parsed as a version") from error
    return text


def check_date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("write a date such as 2027-03-01") from error
    return text


def check_some(values: _S) -> _S:
    if not values:
        raise ValueError("list at least one")
    return values


def check_flavor(text: str) -> str:
    if _FLAVOR.fullmatch(text) is None:
        raise ValueError("write a flavor as on the command line, such as mariadb or aurora-mysql")
    return text


Text = Annotated[str, Field(min_length=1)]
Specifier = Annotated[str, AfterValidator(check_specifier)]
VersionText = Annotated[str, AfterValidator(check_version)]
Date = Annotated[str, AfterValidator(check_date)]
Numbers = Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,9}){1,4}$")]
