"""Overlays: files with the user's own statements."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ValidationError, ValidationInfo, field_validator, model_validator

from agent.components.registry import FILLED_BY, original, record
from agent.config.document import path_text, read
from agent.config.errors import ConfigError, Problem, in_words
from agent.config.fields import Model, Text, word
from agent.matrix import Matrix
from agent.matrix.overlay import Overlay
from agent.matrix.plugins import SqlPlugins
from agent.matrix.release import read_specifier
from agent.matrix.statement import Statement
from agent.matrix_sources.values import Specifier, check_flavor, check_some
from agent.model.vocabulary import Role

_COMPONENTS = sorted(set().union(*FILLED_BY.values()))


class StatementEntry(Model):
    """One statement, as in agent/matrix/data/statements.json, but without dates."""

    component: Text
    roles: Annotated[tuple[Annotated[Role, word(Role)], ...], AfterValidator(check_some)]
    kind: Literal["supported", "excluded", "minimum", "untested"]
    versions: Annotated[tuple[Specifier, ...], AfterValidator(check_some)]
    releases: Specifier
    plugins: tuple[Text, ...] = ()
    flavor: Annotated[str, AfterValidator(check_flavor)] = ""
    summary: Text
    source: Text

    @field_validator("component")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in _COMPONENTS:
            raise ValueError(f"write one of {', '.join(_COMPONENTS)}")
        return value

    @model_validator(mode="after")
    def _fits_together(self, info: ValidationInfo) -> Self:
        plugins = info.context
        assert isinstance(plugins, SqlPlugins)
        for role in self.roles:
            if role is Role.SECONDARY_VISIBILITY:
                raise ValueError(
                    "write visibility: its statements also apply to the secondary visibility store"
                )
            if self.component not in FILLED_BY.get(role, ()):
                raise ValueError(f"{record(self.component).title} cannot fill the role {role}")
        for plugin in self.plugins:
            if not plugins.fits(plugin, original(self.component)):
                raise ValueError(f"{plugin[:60]!r} is not a plugin for {record(self.component).title}")
        return self


class OverlayFile(Model):
    """A file of statements. The program does not use `about`, which is a comment for readers."""

    about: str = ""
    statements: tuple[StatementEntry, ...]


def overlaid(matrix: Matrix, paths: Sequence[Path]) -> Matrix:
    """The matrix with these overlays; the last overlay wins.

    Raises:
        ConfigError: with every error in all these files.
    """
    problems: list[Problem] = []
    texts: list[str] = [matrix.digest]
    statements: list[Statement] = []
    for path in paths:
        entries = _read(path, matrix.plugins, problems)
        statements += [_statement(entry, path.name) for entry in entries]
        texts += [path.name, *(entry.model_dump_json() for entry in entries)]
    if problems:
        raise ConfigError(problems)
    if not statements:
        return matrix
    digest = hashlib.sha256("\n".join(texts).encode(errors="replace")).hexdigest()[:12]
    return matrix.overlaid(Overlay(statements), digest)


def _read(path: Path, plugins: SqlPlugins, problems: list[Problem]) -> tuple[StatementEntry, ...]:
    try:
        document = read(path)
    except ConfigError as error:
        problems += error.problems
        return ()
    problems += document.problems
    try:
        return OverlayFile.model_validate(
            {} if document.data is None else document.data, context=plugins
        ).statements
    except ValidationError as error:
        errors = [
            Problem(
                document.file,
                document.line(place := tuple(item["loc"])),
                path_text(place),
                in_words(item["type"], item["msg"]),
            )
            for item in error.errors(include_url=False, include_input=False)
        ]
        problems += sorted(errors, key=lambda problem: problem.line)
        return ()


def _statement(entry: StatementEntry, file: str) -> Statement:
    return Statement(
        component=entry.component,
        roles=frozenset(entry.roles),
        kind=entry.kind,
        versions=tuple(read_specifier(text) for text in entry.versions),
        open_ended=False,
        releases=read_specifier(entry.releases),
        since=date.min,
        until=None,
        on=None,
        spans=False,
        plugins=frozenset(entry.plugins),
        flavor=entry.flavor,
        summary=entry.summary,
        source=f"{entry.source} (overlay {file})",
    )
