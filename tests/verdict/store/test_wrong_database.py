"""Databases that have the schema of another role."""

from __future__ import annotations

from dataclasses import replace

from agent.model.observation import Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import ClusterSpec, Judgement, StoreSpec
from tests.building import check, judged_live, observation, subject
from tests.laws import law

P, V = Role.PERSISTENCE, Role.VISIBILITY
PERSISTENCE = frozenset({"schema_version", "executions", "namespaces", "cluster_metadata_info"})
VISIBILITY = frozenset({"schema_version", "executions_visibility"})
#: Component, plugin, server, and the tables and versions of both schemas.
STORES = [
    ("postgresql", "postgres12", "1.31.2", VISIBILITY, ("1.19", "1.14")),
    ("mysql", "mysql8", "1.31.2", VISIBILITY, ("1.19", "1.14")),
    ("mysql", "mysql", "1.18.5", VISIBILITY, ("1.9", "1.1")),
    ("cassandra", "", "1.22.6", frozenset({"schema_version", "open_executions"}), ("1.9", "1.0")),
]


def store(role: Role, component: str, schema: str, tables: frozenset[str] | None) -> Observation:
    seen = observation(role, "8.0.33", component=component, schema=schema)
    assert seen.facts is not None
    return replace(seen, facts=replace(seen.facts, tables=tables))


def spec(component: str, plugin: str) -> ClusterSpec:
    first, second = (StoreSpec(component, plugin, database=name) for name in ("one", "two"))
    return subject(first, second)


def reasons(judgement: Judgement) -> list[tuple[Verdict, Reason]]:
    found = [check(judgement, role, Check.SCHEMA) for role in (P, V)]
    return [(result.verdict, result.reason) for result in found]


@law(STORES)
def test_exchanged_databases_are_seen_by_their_tables(
    component: str, plugin: str, server: str, visibility: frozenset[str], versions: tuple[str, str]
) -> None:
    judgement = judged_live(
        observation(Role.SERVER, server),
        store(P, component, versions[1], visibility),
        store(V, component, versions[0], PERSISTENCE),
        on=spec(component, plugin),
    )
    assert reasons(judgement) == [(Verdict.UNSUPPORTED, Reason.WRONG_DATABASE)] * 2
    message = check(judgement, P, Check.SCHEMA).message
    assert message.startswith("the database one has the tables of visibility")
    assert message.endswith("Exchange it with two, which is configured for visibility")
    assert judgement.start.would_start is False
    assert message in judgement.start.message


@law(STORES)
def test_right_databases_and_one_database_with_both_schemas_are_not_exchanged(
    component: str, plugin: str, server: str, visibility: frozenset[str], versions: tuple[str, str]
) -> None:
    for own, other in ((PERSISTENCE, visibility), (PERSISTENCE | visibility,) * 2):
        judgement = judged_live(
            observation(Role.SERVER, server),
            store(P, component, versions[0], own),
            store(V, component, versions[1], other),
            on=spec(component, plugin),
        )
        assert Reason.WRONG_DATABASE not in [reason for _, reason in reasons(judgement)]


def test_one_wrong_database_is_not_to_be_exchanged() -> None:
    stores = store(P, "mysql", "1.14", VISIBILITY), store(V, "mysql", "1.14", VISIBILITY)
    judgement = judged_live(observation(Role.SERVER, "1.31.2"), *stores, on=spec("mysql", "mysql8"))
    assert reasons(judgement)[1] == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
    message = check(judgement, P, Check.SCHEMA).message
    assert message.endswith("Set it to the database that the server uses for persistence")


def test_without_visible_tables_the_recorded_versions_are_a_sign() -> None:
    stores = store(P, "mysql", "1.14", None), store(V, "mysql", "1.19", None)
    judgement = judged_live(observation(Role.SERVER, "1.31.2"), *stores, on=spec("mysql", "mysql8"))
    assert [reason for _, reason in reasons(judgement)] == [Reason.WRONG_DATABASE] * 2
    assert check(judgement, V, Check.SCHEMA).verdict is Verdict.UNKNOWN
    right = store(P, "mysql", "1.18", None), store(V, "mysql", "1.19", None)
    judgement = judged_live(observation(Role.SERVER, "1.31.2"), *right, on=spec("mysql", "mysql8"))
    assert reasons(judgement)[0] == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
