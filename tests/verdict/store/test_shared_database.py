"""Two roles that are configured as one database, and as one index."""

from __future__ import annotations

import pytest

from agent.model.observation import SchemaRow
from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role, Verdict
from agent.verdict import ClusterSpec, Judgement, StoreSpec
from tests.building import MAX_AGE, TIMEOUT, check, healthy, judged, missing, observation

P, V, S = Role.PERSISTENCE, Role.VISIBILITY, Role.SECONDARY_VISIBILITY
SHARED = (Verdict.UNKNOWN, Reason.SHARED_DATABASE)


def subject(**shared_with: tuple[Role, ...]) -> ClusterSpec:
    """A cluster on PostgreSQL, whose roles share what is told for each."""
    stores = {Role(role): StoreSpec("postgresql", "postgres12", "", by) for role, by in shared_with.items()}
    return ClusterSpec("orders-live", "orders", "live", stores, MAX_AGE, sees_replicas=False)


BOTH = subject(persistence=(V,), visibility=(P,))


def one_row(row: str | SchemaRow) -> Judgement:
    """Both roles on one database that has this row."""
    stores = [observation(role, "15.4", schema=row) for role in STORE_ROLES]
    return judged(healthy()[0], *stores, on=BOTH)


def schema(judgement: Judgement, role: Role) -> tuple[Verdict, Reason]:
    result = check(judgement, role, Check.SCHEMA)
    return result.verdict, result.reason


@pytest.mark.parametrize("row", ["1.19", "1.20"])
def test_a_row_that_is_enough_for_both_describes_neither_and_the_start_is_not_known(row: str) -> None:
    judgement = one_row(row)
    for role in STORE_ROLES:
        assert schema(judgement, role) == SHARED
        assert "persistence and visibility" in check(judgement, role, Check.SCHEMA).message
    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.start.would_start is None
    assert "cannot be right about both schemas" in judgement.start.message


def test_a_row_that_is_too_old_for_one_stays_so_and_the_server_does_not_start() -> None:
    judgement = one_row("1.14")
    assert schema(judgement, P) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert "Use a separate database for each" in check(judgement, P, Check.SCHEMA).message
    assert schema(judgement, V) == SHARED
    assert judgement.start.would_start is False


@pytest.mark.parametrize("reason", [Reason.SCHEMA_ROW_MISSING, Reason.SCHEMA_TABLE_MISSING])
def test_what_is_missing_stays_so(reason: Reason) -> None:
    judgement = one_row(missing(reason))
    assert [schema(judgement, role) for role in STORE_ROLES] == [(Verdict.UNSUPPORTED, reason)] * 2
    assert judgement.start.would_start is False


@pytest.mark.parametrize("reason", [Reason.PERMISSION_DENIED, Reason.SCHEMA_ROWS_DIFFER])
def test_a_row_that_was_not_read_is_unknown_for_that_reason_first(reason: Reason) -> None:
    assert schema(one_row(missing(reason)), V) == (Verdict.UNKNOWN, reason)


def test_a_store_that_never_answered_is_unknown_for_the_reason_of_its_failure() -> None:
    silent = [observation(role, failure=TIMEOUT) for role in STORE_ROLES]
    assert schema(judged(healthy()[0], *silent, on=BOTH), V) == (Verdict.UNKNOWN, Reason.TIMEOUT)


def test_no_distance_is_reported_of_a_row_that_may_be_the_other_schemas() -> None:
    assert {(state.role, state.version, state.drift) for state in one_row("1.14").schemas} == {
        (P, "1.14", None),
        (V, "1.14", None),
    }


def test_two_visibility_roles_on_one_database_have_the_same_schema_and_a_remark() -> None:
    on = subject(persistence=(), visibility=(S,), secondary_visibility=(V,))
    second = observation(S, "15.4", schema="1.14")
    judgement = judged(*healthy(), second, on=on)
    assert [schema(judgement, role) for role in (V, S)] == [(Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)] * 2
    assert {(remark.role, remark.verdict, remark.reason) for remark in judgement.remarks} == {
        (role, Verdict.SUPPORTED, Reason.SHARED_DATABASE) for role in (V, S)
    }
    assert judgement.verdict is Verdict.SUPPORTED


def test_without_a_shared_database_there_is_no_finding() -> None:
    judgement = judged(*healthy(), on=subject(persistence=(), visibility=()))
    assert judgement.findings == ()
