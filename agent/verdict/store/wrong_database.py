"""A store whose database has the schema of another role: the databases of two roles are exchanged.

A schema tool must not touch such a database: it would apply the steps of one schema to the other.
"""

from __future__ import annotations

from dataclasses import replace

from agent.matrix.schema import STORES
from agent.model.observation import Facts
from agent.model.roles import role_title
from agent.model.vocabulary import Reason, Role, Verdict
from agent.verdict.result import Result
from agent.verdict.store.schema_version import read_schema_version
from agent.verdict.store.store import StoreJudge

#: Tables that every version of one schema has, and no version of the other (agent/matrix/data/shapes).
_MARKS = {
    Role.PERSISTENCE: frozenset({"executions"}),
    Role.VISIBILITY: frozenset({"executions_visibility", "open_executions"}),
}
_SOURCE = "temporalio/temporal: the steps of its schema folders"


def with_wrong_database(schema: Result, store: StoreJudge) -> Result:
    """The check `schema`; `wrong_database` where the database has the schema of another role.

    Where the tables show it, this is certain. Where they are not known, versions that only the other role
    has are a sign.
    """
    other = _schema_found(store)
    if other is not None:
        return replace(
            schema,
            verdict=Verdict.UNSUPPORTED,
            reason=Reason.WRONG_DATABASE,
            message=_message(store, other, "has the tables of"),
            source=_SOURCE,
        )
    other = _schema_by_version(store) if schema.verdict in (Verdict.UNSUPPORTED, Verdict.UNKNOWN) else None
    if other is None:
        return schema
    message = f"{_message(store, other, 'has a version of the schema of')} ({schema.message})"
    return replace(schema, reason=Reason.WRONG_DATABASE, message=message, source=_SOURCE)


def _message(store: StoreJudge, other: Role, finding: str) -> str:
    spec, rival = store.spec, store.view.subject.stores.get(other)
    name = f"the database {spec.database}" if spec.database else f"the database of {role_title(store.role)}"
    message = f"{name} {finding} {role_title(other)}, but it is configured for {role_title(store.role)}"
    if rival is None or rival.component != spec.component or not rival.database:
        return message
    if rival.database != spec.database and _is_like(store, other):
        return f"{message}. Exchange it with {rival.database}, which is configured for {role_title(other)}"
    return f"{message}. Set it to the database that the server uses for {role_title(store.role)}"


def _is_like(store: StoreJudge, other: Role) -> bool:
    """Whether the store of the other role does not have its own schema either."""
    facts = _facts(store, other)
    if facts is None or facts.tables is None:
        return True
    return not facts.tables & _MARKS[_kind(other)]


def _schema_found(store: StoreJudge) -> Role | None:
    """The role whose tables are in this database, if those of its own are not.

    Where both roles have this database, another one is needed and not an exchange: `shared_database` says so.
    """
    if store.spec.shared_with:
        return None
    tables, own = (store.facts.tables if store.facts else None), _kind(store.role)
    if tables is None or tables & _MARKS[own]:
        return None
    return next((role for role, marks in _MARKS.items() if role is not own and tables & marks), None)


def _schema_by_version(store: StoreJudge) -> Role | None:
    """The role whose versions are in the rows of both stores, as if they were exchanged."""
    own = _kind(store.role)
    if store.facts is None or store.facts.tables is not None:
        return None
    other = next(role for role in _MARKS if role is not own)
    spec = store.view.subject.stores.get(other)
    if spec is None or spec.component != store.component or spec.shared_with:
        return None
    can_swap = _may_be(store, store.facts, other) and _may_be(store, _facts(store, other), own)
    is_odd = not _may_be(store, store.facts, own) or not _may_be(store, _facts(store, other), other)
    return other if can_swap and is_odd else None


def _may_be(store: StoreJudge, facts: Facts | None, role: Role) -> bool:
    """Whether some release has the version in this row for this role."""
    row = facts.schema if facts else None
    version = read_schema_version(row.version or "") if row else None
    return version is not None and store.matrix.schemas.exists(store.component, role, version)


def _facts(store: StoreJudge, role: Role) -> Facts | None:
    return next(map(store.view.fresh, store.view.of(role)), None)


def _kind(role: Role) -> Role:
    """The role that this role's schema is named after."""
    return Role.PERSISTENCE if STORES.get(role) == STORES[Role.PERSISTENCE] else Role.VISIBILITY
