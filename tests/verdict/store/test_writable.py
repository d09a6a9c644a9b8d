"""A store that takes no writes is unsupported; as the persistence store it stops the start."""

from __future__ import annotations

import pytest

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import StoreSpec
from agent.verdict.store.writable import refused_locks
from tests.building import check
from tests.laws import law
from tests.verdict.store.test_prerequisites import MYSQL8, NEW, POSTGRES12, Settings, judgement, of

MYSQL = {**NEW, "read_only": "OFF", "super_read_only": "OFF", "innodb_read_only": "OFF"}
POSTGRESQL = {"in_recovery": "off", "default_transaction_read_only": "off", "read_only_for": "the server"}

REFUSING = [
    (POSTGRES12, POSTGRESQL | {"in_recovery": "on"}, Reason.READ_ONLY, "standby"),
    (POSTGRES12, {"in_recovery": "on"}, Reason.READ_ONLY, "standby"),
    (
        POSTGRES12,
        POSTGRESQL | {"default_transaction_read_only": "on", "read_only_for": "the role temporal"},
        Reason.READ_ONLY,
        "the role temporal",
    ),
    (MYSQL8, MYSQL | {"read_only": "ON"}, Reason.READ_ONLY, "CONNECTION_ADMIN"),
    (MYSQL8, MYSQL | {"read_only": "ON", "super_read_only": "ON"}, Reason.READ_ONLY, "super_read_only is on"),
    (MYSQL8, MYSQL | {"innodb_read_only": "ON", "read_only": "ON"}, Reason.READ_ONLY, "writer"),
    # MariaDB 12: https://mariadb.com/kb/en/server-system-variables/#read_only
    (MYSQL8, MYSQL | {"read_only": "NO_LOCK"}, Reason.READ_ONLY, "read_only is on"),
    (
        MYSQL8,
        MYSQL | {"log_bin": "ON", "binlog_format": "STATEMENT"},
        Reason.BINLOG_FORMAT_STATEMENT,
        "set binlog_format to ROW",
    ),
]


@law(REFUSING)
def test_a_store_that_refuses_writes_says_why_and_what_to_do(
    spec: StoreSpec, settings: Settings, reason: Reason, words: str
) -> None:
    found = judgement(settings, spec, role=Role.PERSISTENCE, schema="1.19")
    result = check(found, Role.PERSISTENCE, Check.PREREQUISITES)
    assert (result.verdict, result.reason) == (Verdict.UNSUPPORTED, reason)
    assert words in result.message
    assert result.source
    assert found.start.would_start is False
    assert words in found.start.message


@law(REFUSING)
def test_a_visibility_store_that_refuses_writes_does_not_stop_the_start(
    spec: StoreSpec, settings: Settings, reason: Reason, words: str
) -> None:
    found = judgement(settings, spec)
    assert of(found) == [(Verdict.UNSUPPORTED, reason)]
    # The persistence store was not read here.
    assert found.start.would_start is None
    assert words not in found.start.message


@pytest.mark.parametrize(
    ("spec", "settings"),
    [
        (POSTGRES12, POSTGRESQL),
        (POSTGRES12, {}),
        (MYSQL8, MYSQL),
        (MYSQL8, NEW),
        (MYSQL8, MYSQL | {"read_only": "0", "log_bin": "OFF", "binlog_format": "STATEMENT"}),
        (MYSQL8, MYSQL | {"log_bin": "ON", "binlog_format": "ROW"}),
        (MYSQL8, MYSQL | {"log_bin": "ON", "binlog_format": "MIXED"}),
    ],
)
def test_a_store_that_accepts_writes_or_does_not_say_is_not_a_finding(
    spec: StoreSpec, settings: Settings
) -> None:
    found = judgement(settings, spec, role=Role.PERSISTENCE, schema="1.19")
    assert Verdict.UNSUPPORTED not in {verdict for verdict, _ in of(found, Role.PERSISTENCE)}
    assert found.start.would_start is None


@law(
    [
        ("tidb", "OFF", True),
        ("tidb", "ON", False),
        ("tidb", "WARN", False),
        ("tidb", "", False),
        ("", "OFF", False),
    ]
)
def test_tidb_without_noop_functions_refuses_the_locks_that_temporal_reads_with(
    flavor: str, value: str, refused: bool
) -> None:
    answer = refused_locks(flavor, {"tidb_enable_noop_functions": value} if value else {})
    assert (answer is not None) is refused
    if answer is not None:
        assert (answer.verdict, bool(answer.source)) == (Verdict.UNSUPPORTED, True)
