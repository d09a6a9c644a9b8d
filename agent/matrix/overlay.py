"""A user's own statements about versions: they override every source of the matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.matrix.cell import Cell
from agent.matrix.release import Release
from agent.matrix.statement import Statement
from agent.model.versions import Version
from agent.model.vocabulary import Reason, Role, Verdict

_VERDICTS = {"supported": Verdict.SUPPORTED, "untested": Verdict.UNTESTED}
_REASONS = {
    "supported": Reason.DOCUMENTED,
    "untested": Reason.UNTESTED_SERIES,
    "minimum": Reason.BELOW_MINIMUM,
}


class Overlay:
    """Statements of users. Everything in them is literal: releases, roles, plugins, versions, open ranges."""

    def __init__(self, statements: Sequence[Statement] = ()) -> None:
        self.statements = tuple(statements)

    def over(
        self,
        cell: Cell,
        release: Release,
        role: Role,
        component: str,
        plugin: str,
        version: Version,
        flavor: str,
    ) -> Cell:
        """The answer with the overlay applied: the last statement about this version decides."""
        for statement in reversed(self.statements):
            if (
                statement.component == component
                and statement.flavor == flavor
                and role in statement.roles
                and (not statement.plugins or plugin in statement.plugins)
                and _covers(statement, release)
                and _is_about(statement, version)
            ):
                own = _cell(statement)
                differs = own.verdict is not cell.verdict and own.source != cell.source
                return replace(own, dissent=(cell.source,)) if differs else own
        return cell


def _covers(statement: Statement, release: Release) -> bool:
    return statement.releases is not None and release.version.within(statement.releases)


def _is_about(statement: Statement, version: Version) -> bool:
    inside = any(version.within(versions) for versions in statement.versions)
    # A minimum excludes what is below it. It does not support the rest.
    return inside is not (statement.kind == "minimum")


def _cell(statement: Statement) -> Cell:
    everything = statement.kind == "excluded" and any(not str(versions) for versions in statement.versions)
    reason = (
        Reason.COMPONENT_NOT_SUPPORTED if everything else _REASONS.get(statement.kind, Reason.BELOW_MINIMUM)
    )
    verdict = _VERDICTS.get(statement.kind, Verdict.UNSUPPORTED)
    return Cell(verdict, reason, statement.summary, statement.source)
