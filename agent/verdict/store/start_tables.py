"""A schema that is only claimed: the row has the version, and tables that a start needs do not exist.

Without them the server exits, whatever the row says.
"""

from __future__ import annotations

from dataclasses import replace

from agent.components.registry import original
from agent.matrix import Matrix, ReleaseMatch
from agent.matrix.start_tables import tables_needed
from agent.model.observation import Facts
from agent.model.vocabulary import Reason, Role, Verdict
from agent.verdict.result import Result
from agent.verdict.server.running_versions import RunningVersions
from agent.verdict.store.schema_version import read_schema_version

#: `setup-schema` makes these two alone.
_VERSION_TABLES = frozenset({"schema_version", "schema_update_history"})
_SOURCE = "agent/matrix/data/start_tables.json: real servers without one table each"


def with_start_tables(
    schema: Result, matrix: Matrix, running: RunningVersions, facts: Facts | None
) -> Result:
    """The check `schema`, also by the tables that a start needs; as it was where none is known to be missing.

    What is wrong with the row itself stays so: a schema that is behind lacks tables because of that.
    """
    row = facts.schema if facts is not None else None
    if facts is None or facts.tables is None or row is None or schema.verdict is Verdict.UNSUPPORTED:
        return schema
    if read_schema_version(row.version or "") is None:
        return schema
    missing = missing_tables(matrix, running, schema.component, schema.role, facts)
    if not missing:
        return schema
    message = f"{schema.message}; but {missing}. {_remedy(facts.tables)}"
    return replace(
        schema, verdict=Verdict.UNSUPPORTED, reason=Reason.SCHEMA_DIFFERS, message=message, source=_SOURCE
    )


def missing_tables(
    matrix: Matrix, running: RunningVersions, component: str, role: Role, facts: Facts | None
) -> str:
    """Which release does not start without which tables that do not exist; empty where none is known."""
    tables = facts.tables if facts is not None else None
    for match in running.matches if tables is not None else ():
        missing = _needed(matrix, match, component, role) - (tables or frozenset())
        if missing:
            names = ", ".join(sorted(missing))
            name = f"Temporal {match.version.raw[:60]}"
            return f"{name} does not start without the tables {names}, which do not exist"
    return ""


def unseen_tables(facts: Facts | None) -> str:
    """What to add to the answer where a store was probed and does not show its tables to the agent's user."""
    if facts is None or facts.component != "mysql" or facts.tables is not None or not facts.settings:
        return ""
    why = "because the agent's user cannot see them (GRANT REFERENCES on the database is enough)"
    return f"; whether its tables exist is not known, {why}"


def _needed(matrix: Matrix, match: ReleaseMatch, component: str, role: Role) -> frozenset[str]:
    """What every release needs that this server may be."""
    needed = [
        tables_needed(matrix.start_tables, release, original(component), role)
        for release in match.releases or match.neighbours
    ]
    return frozenset.intersection(*needed) if needed else frozenset()


def _remedy(tables: frozenset[str]) -> str:
    if tables <= _VERSION_TABLES:
        return "Set the row to 0.0, and update the schema from there with the schema tool"
    return "Restore them from a backup, or create them with the statements of the schema's steps"
