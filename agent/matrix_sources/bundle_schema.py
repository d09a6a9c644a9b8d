"""What the files of a bundle must look like. The built-in files pass too: a test sees to it.

Keys that nobody knows here are let pass, so that a newer bundle serves an older agent.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from agent.config.fields import word
from agent.matrix_sources.values import (
    Day,
    Specifier,
    Text,
    VersionText,
    check_day,
    check_some,
    check_specifier,
    check_version,
)
from agent.model.vocabulary import Level, Role


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)


_Role = Annotated[Role, word(Role)]
_Numbers = Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,9}){1,4}$")]


def _template(text: str) -> str:
    rest = text.replace("{version}", "")
    if "{" in rest or "}" in rest:
        raise ValueError("no braces but {version}")
    return text


def _store(name: str) -> str:
    if "/" not in name:
        raise ValueError("write a schema folder and a store, such as mysql/v8/default")
    return name


def _named(value: Any) -> Any:
    if isinstance(value, str):
        return check_specifier(value)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("write a list of series, or a specifier")
    return [check_version(item) for item in value]


def _end(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise ValueError("write a day, or whether it has ended")
    return check_day(value)


#: What the document has of a component, and the end of a cycle.
_Named = Annotated[Any, AfterValidator(_named)]
_End = Annotated[Any, AfterValidator(_end)]


class _Release(_Shape):
    version: _Numbers
    reported: _Numbers
    published: Day | None
    go: VersionText
    plugins: list[Text]
    needs: dict[str, dict[str, VersionText | None]] = Field(alias="schema")
    index: int | None
    tested_with: list[Text] | None


class _Sources(_Shape):
    default: Annotated[Text, AfterValidator(_template)]


class _Releases(_Shape):
    sources: _Sources
    known_to_exist: list[_Numbers]
    known_to_exist_source: Text
    releases: Annotated[list[_Release], AfterValidator(check_some)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        count = Counter([release.version for release in self.releases] + self.known_to_exist)
        twice = [version for version, times in count.items() if times > 1]
        if twice:
            raise ValueError(f"{twice[0]} stands twice")
        if not any(release.published for release in self.releases):
            raise ValueError("no release has a day of publication")
        return self


class _List(_Shape):
    versions: list[VersionText]
    source: Text


class _SchemaVersions(_Shape):
    lists: dict[Annotated[str, AfterValidator(_store)], _List]


class _Document(_Shape):
    source: Text
    releases: dict[str, dict[str, _Named]]


class _Statement(_Shape):
    component: Text
    roles: Annotated[list[_Role], AfterValidator(check_some)]
    kind: Literal["supported", "excluded", "minimum", "untested"]
    versions: Annotated[list[Specifier], AfterValidator(check_some)]
    releases: Specifier | None
    since: Day | None = Field(None, alias="from")
    until: Day | None = None
    on: Day | None = None
    spans: bool = False
    plugins: list[Text] = []
    flavor: str = ""
    summary: Text
    source: Text

    @model_validator(mode="after")
    def _has_a_day(self) -> Self:
        if not (self.since or self.on):
            raise ValueError("name from or on")
        return self


class _Statements(_Shape):
    statements: list[_Statement]


class _Lifecycle(_Shape):
    source: Text
    products: dict[str, dict[str, Annotated[tuple[Day, _End], Field(strict=False)]]]


class _Advisory(_Shape):
    id: Text
    scope: Text
    level: Annotated[Level, word(Level)]
    releases: list[Specifier] = []
    stores: dict[_Role, list[Text]] = {}
    versions: dict[str, Specifier] = {}
    broken: bool = False
    condition: str = ""
    summary: Text
    remedy: str
    source: Text


class _Advisories(_Shape):
    advisories: list[_Advisory]


class _IndexTemplate(_Shape):
    version: Annotated[int, Field(ge=0)]
    set: dict[Text, Text | list[Text]]
    removed: list[Text]
    source: Text


class _IndexFields(_Shape):
    templates: Annotated[list[_IndexTemplate], AfterValidator(check_some)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        versions = [template.version for template in self.templates]
        if versions != sorted(versions):
            raise ValueError("write the templates in the order of their versions")
        return self


class _Files(_Shape):
    releases: _Releases
    schema_versions: _SchemaVersions
    document: _Document
    statements: _Statements
    lifecycle: _Lifecycle
    advisories: _Advisories
    index_fields: _IndexFields


class Bundle(_Shape):
    """One file with all that a matrix is made of."""

    format: Literal[1]
    published: Day
    files: _Files


def check(data: Any) -> None:
    """See whether this is a bundle.

    Raises:
        ValidationError: with everything that is wrong with it.
    """
    Bundle.model_validate(data)
