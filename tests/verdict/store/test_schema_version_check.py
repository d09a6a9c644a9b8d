"""A store's schema, and whether the server would start on it: what is not certain, and what decides."""

from __future__ import annotations

from itertools import product

import pytest

from agent.model.observation import SchemaRow
from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role, Verdict
from agent.verdict import Judgement, StoreSpec
from tests.building import (
    SQLITE,
    check,
    healthy,
    judged,
    judged_as,
    judged_live,
    missing,
    observation,
    subject,
)
from tests.laws import law


def schema(judgement: Judgement, role: Role) -> tuple[Verdict, Reason]:
    result = check(judgement, role, Check.SCHEMA)
    return result.verdict, result.reason


def state(judgement: Judgement, role: Role) -> tuple[str, str, int | None]:
    (found,) = [state for state in judgement.schemas if state.role is role]
    return found.version, found.required, found.drift


def with_plugin(server: str, plugin: str, version: str, persistence: str, visibility: str) -> Judgement:
    """A server on PostgreSQL of one version, with these schemas."""
    spec = StoreSpec("postgresql", plugin)
    return judged_live(
        observation(Role.SERVER, server),
        observation(Role.PERSISTENCE, version, schema=persistence),
        observation(Role.VISIBILITY, version, schema=visibility),
        on=subject(spec, spec),
    )


# What is not known for certain


@law(
    [
        ("1.23.1", "1.0", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)),
        ("1.23.1", "1.1", (Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN)),
        ("1.23.1", "1.3", (Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN)),
        ("1.23.1", "1.4", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)),
        ("1.23.1", "1.5", (Verdict.SUPPORTED, Reason.SCHEMA_AHEAD)),
        ("1.20.0", "1.1", (Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN)),
        ("1.20.0", "1.2", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)),
        ("1.19.1", "1.1", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)),
        ("1.24.0", "1.4", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)),
    ],
)
def test_with_an_unknown_plugin_visibility_is_unknown_between_the_needs(
    server: str, version: str, expected: tuple[Verdict, Reason]
) -> None:
    judgement = with_plugin(server, "", "13.5", "1.19", version)
    assert schema(judgement, Role.VISIBILITY) == expected
    starts = {Verdict.UNSUPPORTED: False, Verdict.UNKNOWN: None, Verdict.SUPPORTED: True}
    assert judgement.start.would_start is starts[expected[0]]


@pytest.mark.parametrize(
    ("version", "expected", "starts"),
    [
        ("1.4", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND), False),
        ("1.5", (Verdict.UNKNOWN, Reason.RELEASE_AMBIGUOUS), None),
        ("1.6", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT), True),
        ("1.7", (Verdict.SUPPORTED, Reason.SCHEMA_AHEAD), True),
    ],
)
def test_with_two_releases_behind_one_version_the_schema_is_unknown_between_their_needs(
    version: str, expected: tuple[Verdict, Reason], starts: bool | None
) -> None:
    judgement = with_plugin("1.10.0", "postgres", "9.6.24", version, "1.1")
    assert schema(judgement, Role.PERSISTENCE) == expected
    assert judgement.start.would_start is starts
    assert state(judgement, Role.PERSISTENCE) == (version, "", None)


@law(
    [
        ("1.30.7", "1.12", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)),
        ("1.30.7", "1.13", (Verdict.UNKNOWN, Reason.RELEASE_NOT_READ)),
        ("1.30.7", "1.14", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)),
        ("1.31.3", "1.13", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)),
        ("1.31.3", "1.14", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)),
        ("1.99.0", "1.13", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)),
        ("1.99.0", "1.14", (Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN)),
        ("1.24.0-rc.2", "1.3", (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)),
        ("1.24.0-rc.2", "1.4", (Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN)),
        ("1.24.0-rc.2", "1.5", (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)),
    ],
)
def test_the_schema_of_a_release_that_was_not_read_is_what_its_neighbours_settle(
    server: str, version: str, expected: tuple[Verdict, Reason]
) -> None:
    store = observation(Role.VISIBILITY, "15.4", schema=version)
    judgement = judged_as(server, observation(Role.SERVER, server), healthy()[1], store)
    assert schema(judgement, Role.VISIBILITY) == expected


@pytest.mark.parametrize("version", ["", "latest", "१.१९", "1" * 10_000])
def test_a_schema_version_that_cannot_be_read_is_never_green_and_never_starts(version: str) -> None:
    store = observation(Role.PERSISTENCE, "15.4", schema=version)
    judgement = judged_live(healthy()[0], store, healthy()[2])
    verdict, reason = schema(judgement, Role.PERSISTENCE)
    assert (verdict, reason) == (Verdict.UNKNOWN, Reason.SCHEMA_UNREADABLE)
    assert judgement.start.would_start is False
    assert len(check(judgement, Role.PERSISTENCE, Check.SCHEMA).message) < 200


def test_a_row_that_may_not_be_read_is_unknown_and_so_is_the_start() -> None:
    store = observation(Role.PERSISTENCE, "15.4", schema=missing(Reason.PERMISSION_DENIED))
    judgement = judged_live(healthy()[0], store, healthy()[2])
    assert schema(judgement, Role.PERSISTENCE) == (Verdict.UNKNOWN, Reason.PERMISSION_DENIED)
    assert judgement.start.would_start is None


def test_a_release_without_such_a_schema_leaves_the_check_unknown_and_says_why() -> None:
    judgement = with_plugin("1.24.2", "postgres", "13.5", "1.11", "1.1")
    assert schema(judgement, Role.VISIBILITY) == (Verdict.UNKNOWN, Reason.PLUGIN_NOT_IN_RELEASE)
    assert state(judgement, Role.VISIBILITY) == ("1.1", "", None)


# Drift, mixes, start


@pytest.mark.parametrize(("version", "drift"), [("1.17", -2), ("1.19", 0), ("1.20", None)])
def test_drift_is_counted_from_the_required_version(version: str, drift: int | None) -> None:
    store = observation(Role.PERSISTENCE, "15.4", schema=version)
    assert state(judged(healthy()[0], store), Role.PERSISTENCE) == (version, "1.19", drift)


def test_the_mix_of_a_rollout_needs_what_its_newest_release_needs() -> None:
    mixed = observation(Role.SERVER, "1.30.6", "1.31.2")
    behind = observation(Role.PERSISTENCE, "15.4", schema="1.18")
    judgement = judged_live(mixed, behind, healthy()[2])
    assert schema(judgement, Role.PERSISTENCE) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert judgement.start.would_start is False
    assert state(judgement, Role.PERSISTENCE) == ("1.18", "1.19", -1)


def test_what_is_required_is_not_reported_while_one_of_the_releases_is_not_known() -> None:
    mixed = observation(Role.SERVER, "1.31.2", "1.99.0")
    store = observation(Role.PERSISTENCE, "15.4", schema="1.19")
    assert state(judged(mixed, store), Role.PERSISTENCE) == ("1.19", "", None)


def _on(persistence: bool | None, visibility: bool | None) -> bool | None:
    stores = [
        observation(role, *(("15.4",) if starts is not None else ()), schema=needed if starts else "1.0")
        for role, needed, starts in (
            (Role.PERSISTENCE, "1.19", persistence),
            (Role.VISIBILITY, "1.14", visibility),
        )
    ]
    return judged_live(healthy()[0], *stores).start.would_start


@law(product([True, False, None], [True, False, None]))
def test_one_no_decides_then_one_unknown_and_otherwise_yes(one: bool | None, other: bool | None) -> None:
    expected = False if False in (one, other) else None if None in (one, other) else True
    assert _on(one, other) is expected


def test_a_replica_with_an_unreadable_version_makes_a_yes_unknown_and_leaves_a_no() -> None:
    seen = observation(Role.SERVER, "1.31.2", "latest")
    assert judged_live(seen, *healthy()[1:]).start.would_start is None
    behind = observation(Role.PERSISTENCE, "15.4", schema="1.18")
    assert judged_live(seen, behind, healthy()[2]).start.would_start is False


@pytest.mark.parametrize("server", [(), ("latest",)])
def test_without_a_release_the_start_is_unknown_on_any_schema(
    server: tuple[str, ...],
) -> None:
    judgement = judged_live(observation(Role.SERVER, *server), *healthy()[1:])
    assert judgement.start.would_start is None
    for role in STORE_ROLES:
        assert schema(judgement, role) == (Verdict.UNKNOWN, Reason.SERVER_UNKNOWN)


@pytest.mark.parametrize(
    "reason", [Reason.SCHEMA_ROW_MISSING, Reason.SCHEMA_TABLE_MISSING, Reason.DATABASE_MISSING]
)
def test_without_the_row_or_the_table_no_server_starts_whichever_it_is(reason: Reason) -> None:
    store = observation(Role.PERSISTENCE, "15.4", schema=missing(reason))
    assert judged_live(observation(Role.SERVER), store, healthy()[2]).start.would_start is False


def test_a_sqlite_store_next_to_a_postgresql_one_starts_by_the_latter() -> None:
    on = subject(StoreSpec("postgresql", "postgres12"), SQLITE)
    stores = (
        observation(Role.PERSISTENCE, "15.4", schema="1.18"),
        observation(Role.VISIBILITY, "3.45.1", component="sqlite", schema="0.1"),
    )
    assert judged_live(healthy()[0], *stores, on=on).start.would_start is False


@pytest.mark.parametrize(
    ("server", "version", "starts"),
    [("1.3.2", "1.3", True), ("1.3.2", "1.4", False), ("1.5.8", "1.4", False), ("1.6.0", "1.4", True)],
)
def test_a_release_does_not_start_on_a_schema_that_took_away_what_it_reads(
    server: str, version: str, starts: bool
) -> None:
    """What the binaries do: tests/integration/test_would_start.py."""
    judgement = with_plugin(server, "postgres", "9.6", version, "1.1")
    assert schema(judgement, Role.PERSISTENCE) == (Verdict.SUPPORTED, Reason.SCHEMA_AHEAD)
    assert judgement.start.would_start is starts


# Rows that no release can have, or that are far ahead


@law(
    [
        (Role.PERSISTENCE, "7.7", "the newest is 1.19"),
        (Role.PERSISTENCE, "1.21", "the newest is 1.19"),
        (Role.PERSISTENCE, "2.0", "the newest is 1.19"),
        (Role.PERSISTENCE, "1.19.1", "the newest is 1.19"),
        (Role.PERSISTENCE, "1.20.1", "the newest is 1.19"),
        (Role.VISIBILITY, "1.19", "1.19 is a version of persistence"),
    ]
)
def test_a_version_that_no_release_has_is_unknown_with_what_it_looks_like(
    role: Role, version: str, words: str
) -> None:
    rows = {Role.PERSISTENCE: "1.19", Role.VISIBILITY: "1.14"} | {role: version}
    judgement = with_plugin("1.31.2", "postgres12", "15.4", *rows.values())
    assert schema(judgement, role) == (Verdict.UNKNOWN, Reason.SCHEMA_AHEAD)
    assert words in check(judgement, role, Check.SCHEMA).message
    assert judgement.start.would_start is None


def test_the_version_after_the_newest_may_be_of_a_later_release_than_the_matrix_has() -> None:
    judgement = with_plugin("1.31.2", "postgres12", "15.4", "1.20", "1.15")
    for role in (Role.PERSISTENCE, Role.VISIBILITY):
        assert schema(judgement, role) == (Verdict.SUPPORTED, Reason.SCHEMA_AHEAD)
        assert "update the matrix" in check(judgement, role, Check.SCHEMA).message
    assert judgement.start.would_start is True


@law(
    [
        ("1.22.7", "1.19", "1.31.0"),
        ("1.22.7", "1.12", "1.24.0"),
        ("1.22.7", "1.11", ""),
        ("1.31.2", "1.19", ""),
    ]
)
def test_a_schema_further_ahead_than_the_next_minor_needs_is_reported_with_its_release(
    server: str, version: str, first: str
) -> None:
    judgement = with_plugin(server, "postgres12", "13.4", version, "1.14")
    found = check(judgement, Role.PERSISTENCE, Check.SCHEMA)
    assert found.verdict is Verdict.SUPPORTED
    assert ("further than the next minor needs" in found.message) is bool(first)
    assert first in found.message


# Cassandra


CASSANDRA = StoreSpec("cassandra")


def on_cassandra(*versions: str, plugins: dict[Role, tuple[str, ...]], schema: str = "1.13") -> Judgement:
    return judged_live(
        observation(Role.SERVER, "1.31.2", plugins=plugins),
        observation(Role.PERSISTENCE, *versions, component="cassandra", schema=schema),
        healthy()[2],
        on=subject(CASSANDRA),
    )


@pytest.mark.parametrize("plugins", [{}, {Role.PERSISTENCE: ("cassandra",)}])
def test_cassandra_is_not_a_plugin_whether_the_server_names_it_or_not(
    plugins: dict[Role, tuple[str, ...]],
) -> None:
    judgement = on_cassandra("5.0.5", plugins=plugins)
    assert schema(judgement, Role.PERSISTENCE) == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
    assert judgement.start.would_start is True
    (found,) = [state for state in judgement.schemas if state.role is Role.PERSISTENCE]
    assert (found.plugin, found.required, found.drift) == ("", "1.13", 0)
    assert not [r for r in judgement.results if (r.role, r.check) == (Role.PERSISTENCE, Check.PLUGIN)]


def test_the_worst_of_several_nodes_decides_and_a_difference_is_a_finding() -> None:
    upgrading = on_cassandra("5.0.5", "4.0.17", plugins={})
    assert check(upgrading, Role.PERSISTENCE, Check.VERSION).verdict is Verdict.SUPPORTED
    (remark,) = [r for r in upgrading.remarks if r.role is Role.PERSISTENCE]
    assert (remark.check, remark.reason) == (Check.REPLICAS, Reason.MIXED_VERSIONS)
    assert "4.0.17, 5.0.5" in remark.message
    old = on_cassandra("5.0.5", "2.2.19", plugins={})
    assert check(old, Role.PERSISTENCE, Check.VERSION).verdict is Verdict.UNSUPPORTED
    assert not on_cassandra("5.0.5", "5.0.5", plugins={}).remarks


# Rows that mislead


@pytest.mark.parametrize("version", ["0.0", "0", "v0.0.0"])
def test_a_schema_that_was_only_set_up_is_reported_as_such_and_is_behind_by_its_whole_list(
    version: str,
) -> None:
    judgement = with_plugin("1.31.2", "postgres12", "15.4", version, "1.14")
    assert schema(judgement, Role.PERSISTENCE) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert "no step has been applied" in check(judgement, Role.PERSISTENCE, Check.SCHEMA).message
    assert state(judgement, Role.PERSISTENCE) == (version, "1.19", -20)
    assert judgement.start.would_start is False


def with_row(row: SchemaRow) -> Judgement:
    server, _, visibility = healthy()
    return judged_live(server, observation(Role.PERSISTENCE, "15.4", schema=row), visibility)


def test_rows_of_other_databases_are_a_remark_that_names_three_of_them() -> None:
    judgement = with_row(SchemaRow("1.19", others=tuple(f"old_{n} (1.{n})" for n in range(5))))
    (remark,) = judgement.remarks
    assert (remark.role, remark.check) == (Role.PERSISTENCE, Check.SCHEMA)
    assert (remark.verdict, remark.reason) == (Verdict.SUPPORTED, Reason.MORE_ROWS)
    assert remark.message.endswith("old_0 (1.0), old_1 (1.1), old_2 (1.2), …")
    assert judgement.verdict is Verdict.SUPPORTED
    assert judgement.start.would_start is True


def test_next_to_a_version_that_cannot_be_read_they_are_not_reported() -> None:
    assert with_row(SchemaRow("garbage", others=("old (1.18)",))).remarks == ()


def test_rows_of_the_own_name_that_differ_leave_it_open_whether_the_server_starts() -> None:
    judgement = with_row(missing(Reason.SCHEMA_ROWS_DIFFER))
    assert schema(judgement, Role.PERSISTENCE) == (Verdict.UNKNOWN, Reason.SCHEMA_ROWS_DIFFER)
    assert judgement.start.would_start is None
