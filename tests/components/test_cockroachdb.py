"""CockroachDB: configured as PostgreSQL, and recognized by its own version text."""

from __future__ import annotations

import pytest

from agent.components.cockroachdb import COCKROACHDB
from agent.components.registry import Detected, detect, has_versions_of
from agent.model.vocabulary import Check, Reason, Role, Verdict
from tests.building import check, judged, observation


def test_it_shares_plugins_and_schema_of_postgresql_and_none_of_its_version_numbers() -> None:
    assert COCKROACHDB.original == "postgresql"
    assert not has_versions_of("cockroachdb", "")
    assert COCKROACHDB.prerequisites == frozenset()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("CockroachDB CCL v24.1.2 (x86_64-pc-linux-gnu)", Detected("cockroachdb", version="24.1.2")),
        ("CockroachDB", Detected("cockroachdb")),
        ("PostgreSQL 15.4 on x86_64-pc-linux-gnu", Detected("postgresql")),
    ],
)
def test_it_is_recognized_by_version_with_its_own_number(words: str, found: Detected) -> None:
    assert detect("postgresql", {"version": words}) == found


def test_where_postgresql_is_configured_and_cockroachdb_answers_cockroachdb_is_judged() -> None:
    judgement = judged(
        observation(Role.SERVER, "1.31.2"),
        observation(Role.PERSISTENCE, "24.1.2", component="cockroachdb", schema="1.19"),
        observation(Role.VISIBILITY, "24.1.2", component="cockroachdb", schema="1.14"),
    )
    persistence = check(judgement, Role.PERSISTENCE, Check.VERSION)
    visibility = check(judgement, Role.VISIBILITY, Check.VERSION)
    assert (persistence.verdict, persistence.reason) == (Verdict.UNTESTED, Reason.UNTESTED_FLAVOR)
    assert "CockroachDB 24.1.2" in persistence.message
    assert (visibility.verdict, visibility.reason) == (Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED)
    assert "btree_gin" in visibility.message
    # As configured: the label does not change with what answers.
    assert {persistence.component, visibility.component} == {"postgresql"}
    assert check(judgement, Role.PERSISTENCE, Check.SCHEMA).verdict is Verdict.SUPPORTED
    assert "db-untested-vendors" in {each.advisory.id for each in judgement.advisories}
