"""The check `schema` of a store: its version, a shared or wrong database, and its tables."""

from __future__ import annotations

from agent.verdict.check import Outcome
from agent.verdict.store.schema_contents import inspected
from agent.verdict.store.shared_database import shared_result, shared_state
from agent.verdict.store.start_tables import with_start_tables
from agent.verdict.store.store import StoreJudge
from agent.verdict.store.wrong_database import with_wrong_database


def schema_check(store: StoreJudge) -> Outcome:
    """The result, remarks about the schema, and the distance to the version that the server needs."""
    schema, judge = store.schema_result, store.index or store.schema
    is_read = store.schema is not None and store.schema.is_read
    result = shared_result(schema, store.spec, is_read=is_read) if schema else None
    inspection, remarks = inspected(result, store.matrix, store.facts)
    results = tuple(
        with_wrong_database(with_start_tables(each, store.matrix, store.running, store.facts), store)
        for each in inspection
    )
    if judge is None:
        return Outcome(results, remarks)
    state = shared_state(judge.state(), store.spec)
    return Outcome(results, (*judge.remarks(), *remarks), schema=state)
