"""The schema of the files in a bundle. A test checks that the built-in files match it too.

Unknown keys are ignored, so that a newer bundle works with an older agent. If a new key changes an answer,
the bundle must set `needs_agent` to the agent that reads the key. Unknown names of rules are errors.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from agent.config.fields import word
from agent.matrix_sources.fact_schema import (
    DynamicKeys,
    Evidence,
    FileRules,
    IndexFields,
    Plugins,
    SchemaSteps,
    ServerKeys,
    StartTables,
    StorePairs,
)
from agent.matrix_sources.values import (
    STRICT,
    Date,
    Numbers,
    Specifier,
    Text,
    VersionText,
    check_date,
    check_some,
    check_specifier,
    check_version,
)
from agent.model.vocabulary import Level, Role


class _BundlePart(BaseModel):
    model_config = STRICT


_Role = Annotated[Role, word(Role)]


def _template(text: str) -> str:
    rest = text.replace("{version}", "")
    if "{" in rest or "}" in rest:
        raise ValueError("only {version} may be in braces")
    return text


def _agent_version(text: str | None) -> str | None:
    if text is not None and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9}){1,2}", text, re.ASCII) is None:
        raise ValueError("write an agent version such as 0.2.0")
    return text


def _store(name: str) -> str:
    if "/" not in name:
        raise ValueError("write a schema folder and a store, such as mysql/v8/default")
    return name


def _named(value: Any) -> Any:
    if isinstance(value, str):
        return check_specifier(value)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("write a list of versions, or a specifier such as >=8.0.19")
    return [check_version(item) for item in value]


def _end(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise ValueError("write a date such as 2027-03-01, true or false")
    return check_date(value)


#: Versions in the first dependency page; the end of a lifecycle as a date or a boolean.
_Named = Annotated[Any, AfterValidator(_named)]
_End = Annotated[Any, AfterValidator(_end)]


class _Release(_BundlePart):
    version: Numbers
    reported: Numbers
    published: Date | None
    go: VersionText
    plugins: list[Text]
    needs: dict[str, dict[str, VersionText | None]] = Field(alias="schema")
    index: int | None
    tested_with: list[Text] | None


class _Sources(_BundlePart):
    default: Annotated[Text, AfterValidator(_template)]


class _Releases(_BundlePart):
    sources: _Sources
    known_to_exist: list[Numbers]
    known_to_exist_source: Text
    releases: Annotated[list[_Release], AfterValidator(check_some)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        count = Counter([release.version for release in self.releases] + self.known_to_exist)
        twice = [version for version, times in count.items() if times > 1]
        if twice:
            raise ValueError(f"{twice[0]} is listed twice")
        if not any(release.published for release in self.releases):
            raise ValueError("no release has a publication date")
        return self


class _List(_BundlePart):
    versions: list[VersionText]
    source: Text


class _SchemaVersions(_BundlePart):
    lists: dict[Annotated[str, AfterValidator(_store)], _List]


class _Document(_BundlePart):
    source: Text
    releases: dict[str, dict[str, _Named]]


class _Statement(_BundlePart):
    component: Text
    roles: Annotated[list[_Role], AfterValidator(check_some)]
    kind: Literal["supported", "excluded", "minimum", "untested"]
    versions: Annotated[list[Specifier], AfterValidator(check_some)]
    releases: Specifier | None
    since: Date | None = Field(None, alias="from")
    until: Date | None = None
    on: Date | None = None
    spans: bool = False
    plugins: list[Text] = []
    flavor: str = ""
    summary: Text
    source: Text

    @model_validator(mode="after")
    def _has_a_day(self) -> Self:
        if not (self.since or self.on):
            raise ValueError("set from or on")
        return self


class _Statements(_BundlePart):
    statements: list[_Statement]


class _Lifecycle(_BundlePart):
    source: Text
    products: dict[str, dict[str, Annotated[tuple[Date, _End], Field(strict=False)]]]


class _When(_BundlePart):
    trait: str = ""
    wanted: bool = True
    key: str = ""
    word: str = ""
    unset: dict[Specifier, bool] = {}
    only: Specifier = "*"
    any: list[_When] = []


class _Advisory(_BundlePart):
    id: Text
    scope: Text
    level: Annotated[Level, word(Level)]
    releases: list[Specifier] = []
    stores: dict[_Role, list[Text]] = {}
    versions: dict[str, Specifier] = {}
    broken: bool = False
    condition: str = ""
    when: list[_When] = []
    summary: Text
    remedy: str
    source: Text


class _Advisories(_BundlePart):
    advisories: list[_Advisory]


class _Files(_BundlePart):
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
    file_rules: FileRules
    evidence: Evidence


class Bundle(_BundlePart):
    """One file with a whole matrix."""

    format: Literal[1]
    published: Date
    files: _Files


class _Needs(_BundlePart):
    needs_agent: Annotated[str | None, AfterValidator(_agent_version)] = None


def needed_agent(data: Any) -> str | None:
    """The oldest agent that can use this bundle; None: any agent. Reads nothing else in the bundle.

    Raises:
        ValidationError: the value is not an agent version.
    """
    return _Needs.model_validate(data).needs_agent


def check(data: Any) -> None:
    """Check that this is a bundle.

    Raises:
        ValidationError: with every error.
    """
    Bundle.model_validate(data)
