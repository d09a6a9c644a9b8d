"""Two roles on one database: it has one schema_version row, which cannot speak for two schemas.

The schema tool takes that row for the version of either, and skips the steps of the second up to it
(temporalio/temporal@v1.31.2: tools/common/schema/setuptask.go, updatetask.go). The server compares it for
both roles all the same, so whether it would start is another question.
"""

from __future__ import annotations

from dataclasses import replace

from agent.matrix.schema import STORES
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.check import NOTHING, Outcome
from agent.verdict.cluster import StoreSpec
from agent.verdict.result import Result, SchemaState
from agent.verdict.store.store import StoreJudge


def shared_result(schema: Result, spec: StoreSpec, *, is_read: bool) -> Result:
    """The check `schema` of a store that may be shared. What is too old, not there or not read stays so."""
    rivals = _rivals(schema.role, spec)
    if not rivals or not (is_read or schema.verdict is Verdict.UNSUPPORTED):
        return schema
    why = (
        f"{_named(schema.role, rivals)} are configured as one database, and its one schema_version row speaks"
        " for neither: the schema tool skips steps of the second schema; give each a database of its own"
    )
    if schema.verdict is Verdict.UNSUPPORTED:
        return replace(schema, message=f"{schema.message}; {why}")
    return replace(
        schema, verdict=Verdict.UNKNOWN, reason=Reason.SHARED_DATABASE, message=f"{why} ({schema.message})"
    )


def shared_state(state: SchemaState | None, spec: StoreSpec) -> SchemaState | None:
    """Without a distance where the row may be the other schema's."""
    return replace(state, drift=None) if state is not None and _rivals(state.role, spec) else state


def shared_store_check(store: StoreJudge) -> Outcome:
    """A remark on two roles with the same schema: the row is right, but the store keeps each record once."""
    rivals = _rivals(store.role, store.spec)
    same = tuple(other for other in store.spec.shared_with if other not in rivals)
    if not same:
        return NOTHING
    message = (
        f"{_named(store.role, same)} are configured as one store, so the second holds nothing of its own"
    )
    remark = store.result(Check.SCHEMA, Verdict.SUPPORTED, Reason.SHARED_DATABASE, message)
    return Outcome(remarks=(remark,))


def _rivals(role: Role, spec: StoreSpec) -> tuple[Role, ...]:
    """The roles on the same database that have another schema than this one."""
    if not spec.shared_with:
        return ()
    return tuple(other for other in spec.shared_with if _schema(other) != _schema(role))


def _schema(role: Role) -> str:
    return STORES.get(role, STORES[Role.VISIBILITY])


def _named(role: Role, others: tuple[Role, ...]) -> str:
    roles = (role, *others)
    return " and ".join(each for each in Role if each in roles)
