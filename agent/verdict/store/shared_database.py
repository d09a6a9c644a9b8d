"""Two roles on one database: its one schema_version row cannot describe two schemas.

The schema tool uses that row for both schemas, and skips the steps of the second up to that version
(temporalio/temporal@v1.31.2: tools/common/schema/setuptask.go, updatetask.go). The server compares it for
both roles too, but the row cannot be right about both, so it never shows that the server would start.
"""

from __future__ import annotations

from dataclasses import replace

from agent.matrix.schema import STORES, is_checked_at_start
from agent.model.roles import role_title
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.check import NOTHING, Outcome
from agent.verdict.cluster import StoreSpec
from agent.verdict.result import Result, SchemaState, StartAnswer
from agent.verdict.store.store import StoreJudge


def shared_result(schema: Result, spec: StoreSpec, *, is_read: bool) -> Result:
    """The check `schema` of a store that may be shared. Too old, missing or unreadable schemas stay so."""
    rivals = _rivals(schema.role, spec)
    if not rivals or not (is_read or schema.verdict is Verdict.UNSUPPORTED):
        return schema
    why = (
        f"{_named(schema.role, rivals)} are configured with the same database. Its one schema_version row"
        f" cannot describe both schemas, and the schema tool skips steps of the second one. Use a separate"
        f" database for each"
    )
    if schema.verdict is Verdict.UNSUPPORTED:
        return replace(schema, message=f"{schema.message}; {why}")
    return replace(
        schema, verdict=Verdict.UNKNOWN, reason=Reason.SHARED_DATABASE, message=f"{why} ({schema.message})"
    )


def shared_state(state: SchemaState | None, spec: StoreSpec) -> SchemaState | None:
    """Without a distance where the row may belong to the other schema."""
    return replace(state, drift=None) if state is not None and _rivals(state.role, spec) else state


def shared_store_check(store: StoreJudge) -> Outcome:
    """Two roles with the same schema: a remark, since each record is stored once. With two schemas: one row
    does not show that the server would start.
    """
    rivals = _rivals(store.role, store.spec)
    if rivals and is_checked_at_start(store.component):
        message = (
            f"{_named(store.role, rivals)} share one schema_version row, which cannot be right about both"
            " schemas"
        )
        return Outcome(starts=store.starts(StartAnswer(None, message)))
    same = tuple(other for other in store.spec.shared_with if other not in rivals)
    if not same:
        return NOTHING
    message = (
        f"{_named(store.role, same)} are configured with the same store, so the second one has no data of"
        f" its own"
    )
    remark = store.result(Check.SCHEMA, Verdict.SUPPORTED, Reason.SHARED_DATABASE, message)
    return Outcome(remarks=(remark,))


def _rivals(role: Role, spec: StoreSpec) -> tuple[Role, ...]:
    """The roles on the same database with another schema than this role."""
    if not spec.shared_with:
        return ()
    return tuple(other for other in spec.shared_with if _schema(other) != _schema(role))


def _schema(role: Role) -> str:
    return STORES.get(role, STORES[Role.VISIBILITY])


def _named(role: Role, others: tuple[Role, ...]) -> str:
    roles = (role, *others)
    return " and ".join(role_title(each) for each in Role if each in roles)
