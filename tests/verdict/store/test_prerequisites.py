"""Prerequisites of a store: reported with a remedy, and only where they apply."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.observation import Failure, Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Judgement, Result, StoreSpec
from tests.building import MAX_AGE, TIMEOUT, check, judged, later, observation, replica, subject

Settings = dict[str, str]
POSTGRES12 = StoreSpec("postgresql", "postgres12")
MYSQL8 = StoreSpec("mysql", "mysql8")
NEW: Settings = {"sql_mode": "STRICT_TRANS_TABLES", "transaction_isolation": "READ-COMMITTED"}
OLD: Settings = {"sql_mode": "STRICT_TRANS_TABLES", "tx_isolation": "READ-COMMITTED"}
MET = (Verdict.SUPPORTED, Reason.PREREQUISITES_MET)


def telling(
    settings: Settings, role: Role, component: str, schema: str, gaps: tuple[Failure, ...] = ()
) -> Observation:
    seen = observation(role, "15.4" if component == "postgresql" else "8.0.33", component=component)
    row = observation(role, "1", schema=schema).facts
    assert seen.facts is not None
    assert row is not None
    return replace(seen, facts=replace(seen.facts, settings=settings, gaps=gaps, schema=row.schema))


def judgement(
    settings: Settings,
    spec: StoreSpec,
    *,
    role: Role = Role.VISIBILITY,
    server: str = "1.31.2",
    schema: str = "1.14",
    gaps: tuple[Failure, ...] = (),
) -> Judgement:
    seen = telling(settings, role, spec.component, schema, gaps)
    return judged(observation(Role.SERVER, server), seen, on=subject(spec, spec))


def of(found: Judgement, role: Role = Role.VISIBILITY) -> list[tuple[Verdict, Reason]]:
    return [(r.verdict, r.reason) for r in found.results if (r.role, r.check) == (role, Check.PREREQUISITES)]


def message(found: Judgement) -> str:
    result: Result = check(found, Role.VISIBILITY, Check.PREREQUISITES)
    assert result.source
    return result.message


# PostgreSQL


def test_an_extension_that_is_installed_is_all_that_is_needed() -> None:
    assert of(judgement({"btree_gin": "installed"}, POSTGRES12)) == [MET]


@pytest.mark.parametrize(
    ("state", "schema", "expected", "words"),
    [
        ("creatable", "1.1", MET, "will create"),
        ("creatable", "1.4", (Verdict.UNSUPPORTED, Reason.EXTENSION_MISSING), "run CREATE EXTENSION"),
        ("not_creatable", "1.1", (Verdict.UNSUPPORTED, Reason.EXTENSION_MISSING), "let a superuser run"),
        ("not_creatable", "1.2", (Verdict.UNSUPPORTED, Reason.EXTENSION_MISSING), "let a superuser run"),
        ("absent", "1.1", (Verdict.UNSUPPORTED, Reason.EXTENSION_MISSING), "contrib"),
    ],
)
def test_an_extension_that_is_not_there_is_reported_with_a_remedy(
    state: str, schema: str, expected: tuple[Verdict, Reason], words: str
) -> None:
    found = judgement({"btree_gin": state}, POSTGRES12, schema=schema)
    assert of(found) == [expected]
    assert words in message(found)


@pytest.mark.parametrize(
    ("server", "plugin", "applies"),
    [
        ("1.19.1", "postgres", False),
        ("1.20.0", "postgres", False),
        ("1.20.0", "postgres12", True),
        ("1.24.2", "postgres12_pgx", True),
        ("1.31.2", "postgres", False),
    ],
)
def test_the_extension_is_requested_where_the_schema_of_the_plugin_needs_it(
    server: str, plugin: str, applies: bool
) -> None:
    found = judgement({"btree_gin": "absent"}, StoreSpec("postgresql", plugin), server=server, schema="1.1")
    assert bool(of(found)) is applies


def test_an_unknown_plugin_leaves_open_what_depends_on_it() -> None:
    spec = StoreSpec("postgresql", "")
    missing = judgement({"btree_gin": "absent"}, spec, server="1.23.1", schema="1.1")
    assert of(missing) == [(Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN)]
    assert of(judgement({"btree_gin": "installed"}, spec, server="1.23.1", schema="1.1")) == [MET]


def test_with_several_replicas_the_one_that_is_not_certain_gives_the_reason() -> None:
    running = replica("1.19.1", "1.23.1")
    spec = StoreSpec("postgresql", "")
    store = telling({"btree_gin": "absent"}, Role.VISIBILITY, "postgresql", "1.1")
    found = judged(running, store, on=subject(spec, spec, sees_replicas=True))
    assert of(found) == [(Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN)]


def test_persistence_on_postgresql_has_no_prerequisites() -> None:
    found = judgement({"btree_gin": "absent"}, POSTGRES12, role=Role.PERSISTENCE, schema="1.19")
    assert of(found, Role.PERSISTENCE) == []


def test_what_a_relative_does_not_report_is_unknown_with_its_reason() -> None:
    gap = Failure(Reason.BAD_ANSWER, "btree_gin: no such catalogue")
    assert of(judgement({}, POSTGRES12, gaps=(gap,))) == [(Verdict.UNKNOWN, Reason.BAD_ANSWER)]


# MySQL


@pytest.mark.parametrize("role", [Role.PERSISTENCE, Role.VISIBILITY])
def test_a_mysql_that_knows_the_isolation_by_its_new_name_needs_nothing(role: Role) -> None:
    schema = "1.19" if role is Role.PERSISTENCE else "1.14"
    assert of(judgement(NEW, MYSQL8, role=role, schema=schema), role) == [MET]


@pytest.mark.parametrize("role", [Role.PERSISTENCE, Role.VISIBILITY])
def test_a_mysql_that_knows_only_the_old_name_is_a_finding_with_what_to_do(role: Role) -> None:
    found = judgement(OLD, MYSQL8, role=role)
    assert of(found, role) == [(Verdict.SUPPORTED, Reason.ISOLATION_ATTRIBUTE_NEEDED)]
    assert "connectAttributes" in check(found, role, Check.PREREQUISITES).message
    assert Reason.ISOLATION_ATTRIBUTE_NEEDED in {finding.reason for finding in found.findings}


@pytest.mark.parametrize("mode", ["ANSI_QUOTES", "STRICT_TRANS_TABLES,ANSI_QUOTES", "ansi_quotes"])
def test_ansi_quotes_break_the_steps_of_the_visibility_schema_and_nothing_else(mode: str) -> None:
    found = judgement({**NEW, "sql_mode": mode}, MYSQL8)
    assert of(found) == [(Verdict.UNSUPPORTED, Reason.SQL_MODE_ANSI_QUOTES)]
    assert "remove it from sql_mode" in message(found)
    # A server on a finished schema starts under it.
    assert all(answer.check is not Check.PREREQUISITES for answer in found.remarks)
    persistence = judgement({**NEW, "sql_mode": mode}, MYSQL8, role=Role.PERSISTENCE, schema="1.19")
    assert of(persistence, Role.PERSISTENCE) == [MET]
    old = judgement({**NEW, "sql_mode": mode}, StoreSpec("mysql", "mysql"), server="1.19.1", schema="1.1")
    assert of(old) == [MET]


def test_a_server_that_reports_no_setting_has_no_entry_and_one_that_reports_some_only_is_unknown() -> None:
    assert of(judgement({}, MYSQL8)) == []
    unknown = (Verdict.UNKNOWN, Reason.SETTING_UNREADABLE)
    assert of(judgement({"sql_mode": ""}, MYSQL8)) == [unknown]
    assert of(judgement({"transaction_isolation": "SERIALIZABLE"}, MYSQL8)) == [unknown]


# Silence


def test_a_store_that_was_never_read_has_unknown_prerequisites_where_it_has_some() -> None:
    def silent(spec: StoreSpec, role: Role) -> list[tuple[Verdict, Reason]]:
        store = observation(role, component=spec.component, failure=TIMEOUT)
        return of(judged(observation(Role.SERVER, "1.31.2"), store, on=subject(spec, spec)), role)

    unknown = [(Verdict.UNKNOWN, Reason.TIMEOUT)]
    assert silent(POSTGRES12, Role.VISIBILITY) == unknown
    assert silent(POSTGRES12, Role.PERSISTENCE) == []
    assert silent(MYSQL8, Role.PERSISTENCE) == silent(MYSQL8, Role.VISIBILITY) == unknown


def test_a_server_that_fell_silent_takes_the_green_away_and_leaves_the_red() -> None:
    for state, expected in (
        ("installed", (Verdict.UNKNOWN, Reason.OBSERVATION_TOO_OLD)),
        ("absent", (Verdict.UNSUPPORTED, Reason.EXTENSION_MISSING)),
    ):
        server = observation(Role.SERVER, "1.31.2", at=later(-MAX_AGE), failure=TIMEOUT)
        seen = telling({"btree_gin": state}, Role.VISIBILITY, "postgresql", "1.14")
        assert of(judged(server, seen)) == [expected]
