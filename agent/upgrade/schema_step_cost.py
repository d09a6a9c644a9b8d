"""Which schema steps take long on big tables, and what they keep from being done meanwhile.

Read from the SQL of the steps: temporalio/temporal: schema/{postgresql/v12,mysql/v8}/*/versioned@v1.31.2, the
older folders @v1.23.1, go.temporal.io/server@v1.32.2. What a statement costs: PostgreSQL's ALTER TABLE
("ADD COLUMN … STORED" rewrites the table under an ACCESS EXCLUSIVE lock) and CREATE INDEX (without
CONCURRENTLY it lets nobody write); MySQL's online DDL (a changed column type, and an index over a JSON array,
copy the table, and nobody writes to it). Cassandra's steps change no rows.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.matrix import Release
from agent.model.versions import parse
from agent.model.vocabulary import Role
from agent.verdict.store.schema_version import read_schema_version

_REWRITE = "rewrites executions_visibility: nobody reads or writes it meanwhile"
_BUILD = "builds indexes on executions_visibility: nobody writes to it meanwhile"
_COPY = "copies executions_visibility: nobody writes to it meanwhile"
_ONLINE = "builds indexes on executions_visibility: that takes time, and writes go on"
_BLOBS = "copies executions, tasks and other tables whole: nobody writes to them meanwhile"
_OLD_REWRITE = (
    "before PostgreSQL 11 rewrites history_node and executions: nobody reads or writes them meanwhile"
)
_OLD_REBUILD = "before MySQL 8.0.12 rebuilds history_node and executions: that takes time and space"

_POSTGRESQL = (
    {"1.1": _BUILD}
    | dict.fromkeys(("1.2", "1.3"), _REWRITE)
    | dict.fromkeys(("1.4", "1.5", "1.6"), _BUILD)
    | dict.fromkeys(("1.7", "1.8", "1.10", "1.11", "1.12", "1.13", "1.14"), _REWRITE)
)
_MYSQL = dict.fromkeys(("1.2", "1.3", "1.7", "1.10", "1.13"), _COPY) | dict.fromkeys(
    ("1.1", "1.4", "1.5", "1.6", "1.8", "1.14"), _ONLINE
)

_VISIBILITY: Mapping[str, Mapping[str, str]] = {"postgresql": _POSTGRESQL, "mysql": _MYSQL}
_DEFAULT: Mapping[str, Mapping[str, str]] = {
    "postgresql": {"1.5": _OLD_REWRITE},
    "mysql": {"1.2": _BLOBS, "1.5": _OLD_REBUILD},
}

#: PostgreSQL visibility between these is whole in no release: some tools' 1.10 to 1.12 hold nothing, and
#: their 1.13 all of it (temporalio/temporal@v1.30.0, @v1.31.2: schema/postgresql/v12/visibility/versioned).
_FROM, _TO = parse("1.9").number, parse("1.13").number

#: Of these folders, one file does the work of 1.10 to 1.13 in one rewrite, and builds indexes beside it.
_COMBINED = (parse("1.30.5").number, parse("1.31.0").number, parse("1.31.1").number)


def weight(release: Release, role: Role, component: str, there: str, needed: str) -> str:
    """What to know of the steps after `there` up to `needed`; empty where they are light.

    Of a schema that is not known, all that leads to `needed` counts.
    """
    table = (_DEFAULT if role is Role.PERSISTENCE else _VISIBILITY).get(component, {})
    read = read_schema_version(there)
    start, end = (read or parse("0")).number, parse(needed).number
    passed = {version: cost for version, cost in table.items() if start < parse(version).number <= end}
    if component == "postgresql" and role is not Role.PERSISTENCE and _is_combined(release):
        # Nothing is in these but their number.
        passed = {
            version: cost for version, cost in passed.items() if version not in ("1.10", "1.11", "1.12")
        }
    costs: dict[str, list[str]] = {}
    for version, cost in passed.items():
        costs.setdefault(cost, []).append(version)
    said = [f"{_listed(versions)} {cost}." for cost, versions in costs.items()]
    if component == "postgresql" and role is not Role.PERSISTENCE and start < _TO <= end:
        said.append("Do not stop between 1.9 and 1.13: what lies between them is whole in no release.")
    return " ".join(said)


def _is_combined(release: Release) -> bool:
    first, next_minor, repaired = _COMBINED
    number = release.version.number
    return first <= number < next_minor or number >= repaired


def _listed(versions: list[str]) -> str:
    if len(versions) == 1:
        return f"Step {versions[0]}"
    return f"Each of the steps {', '.join(versions[:-1])} and {versions[-1]}"
