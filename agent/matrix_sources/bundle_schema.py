"""What the files of a bundle must look like. The built-in files pass too: a test sees to it.

Unknown keys are ignored, so that a newer bundle works with an older agent. A bundle whose unknown keys change
an answer must name the agent that reads them in `needs_agent`. Unknown names of rules are errors.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from agent.config.fields import word
from agent.matrix_sources.fact_schema import (
    DynamicKeys,
    IndexFields,
    Plugins,
    SchemaSteps,
    ServerKeys,
    StartTables,
    StorePairs,
)
from agent.matrix_sources.values import (
    STRICT,
    Day,
    Numbers,
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
    model_config = STRICT


_Role = Annotated[Role, word(Role)]


def _template(text: str) -> str:
    rest = text.replace("{version}", "")
    if "{" in rest or "}" in rest:
        raise ValueError("no braces but {version}")
    return text


def _agent_version(text: str | None) -> str | None:
    if text is not None and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9}){1,2}", text, re.ASCII) is None:
        raise ValueError("write a version of the agent, such as 0.2.0")
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
    version: Numbers
    reported: Numbers
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
    known_to_exist: list[Numbers]
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


class _Files(_Shape):
    releases: _Releases
    schema_versions: _SchemaVersions
    document: _Document
    statements: _Statements
    lifecycle: _Lifecycle
    advisories: _Advisories
    index_fields: IndexFields
    plugins: Plugins
    dynamic_keys: DynamicKeys
    schema_steps: SchemaSteps
    store_pairs: StorePairs
    server_keys: ServerKeys
    start_tables: StartTables


class Bundle(_Shape):
    """One file with all that a matrix is made of."""

    format: Literal[1]
    published: Day
    files: _Files


class _Needs(_Shape):
    needs_agent: Annotated[str | None, AfterValidator(_agent_version)] = None


def needed_agent(data: Any) -> str | None:
    """The oldest agent that can use this bundle; None: any. Nothing else of the bundle is looked at.

    Raises:
        ValidationError: it is not written as a version.
    """
    return _Needs.model_validate(data).needs_agent


def check(data: Any) -> None:
    """See whether this is a bundle.

    Raises:
        ValidationError: with everything that is wrong with it.
    """
    Bundle.model_validate(data)
