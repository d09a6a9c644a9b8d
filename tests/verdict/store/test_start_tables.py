"""A schema that is only claimed does not start; one whose tables are not known is judged_live by its row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.matrix.start_tables import tables_needed
from agent.model.observation import Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Judgement, StoreSpec
from tests.building import MATRIX, check, judged_live, observation, subject

RELEASES = ["1.8.2", "1.16.3", "1.24.2", "1.31.2"]
SPEC = StoreSpec("postgresql", "postgres12")


def need(server: str, role: Role) -> str:
    release = MATRIX.releases.named(server)
    assert release is not None
    folder = "postgresql/v12" if "postgresql/v12" in release.schema else "postgresql"
    version = release.schema[folder]["default" if role is Role.PERSISTENCE else "visibility"]
    assert version is not None
    return version


def with_tables(seen: Observation, tables: frozenset[str] | None) -> Observation:
    assert seen.facts is not None
    return replace(seen, facts=replace(seen.facts, tables=tables))


def judgement(
    server: str, tables: frozenset[str] | None, *, schema: str = "", role: Role = Role.PERSISTENCE
) -> Judgement:
    stores = [
        observation(each, "15.4", schema=need(server, each))
        for each in (Role.PERSISTENCE, Role.VISIBILITY)
        if each is not role
    ]
    own = with_tables(observation(role, "15.4", schema=schema or need(server, role)), tables)
    plugin = "postgres12" if server in ("1.24.2", "1.31.2") else "postgres"
    spec = StoreSpec("postgresql", plugin)
    return judged_live(observation(Role.SERVER, server), own, *stores, on=subject(spec, spec))


def needed(server: str) -> frozenset[str]:
    release = MATRIX.releases.named(server)
    assert release is not None
    return tables_needed(MATRIX.start_tables, release, "postgresql", Role.PERSISTENCE)


@pytest.mark.parametrize("server", RELEASES)
def test_any_one_table_that_is_missing_stops_the_start_and_all_of_them_do_not(server: str) -> None:
    whole = needed(server) | {"schema_version", "of_our_own"}
    assert judgement(server, whole).start.would_start is True
    assert check(judgement(server, whole), Role.PERSISTENCE, Check.SCHEMA).reason is Reason.SCHEMA_CURRENT
    for table in needed(server):
        found = judgement(server, whole - {table})
        assert found.start.would_start is False
        assert table in found.start.message
        result = check(found, Role.PERSISTENCE, Check.SCHEMA)
        assert (result.verdict, result.reason) == (Verdict.UNSUPPORTED, Reason.SCHEMA_DIFFERS)
        assert "Restore" in result.message


@pytest.mark.parametrize("server", RELEASES)
def test_a_schema_version_without_its_tables_has_advice_for_getting_them(server: str) -> None:
    found = judgement(server, frozenset({"schema_version", "schema_update_history"}))
    assert found.start.would_start is False
    assert "Set the row to 0.0" in check(found, Role.PERSISTENCE, Check.SCHEMA).message


@pytest.mark.parametrize("server", RELEASES)
def test_tables_that_could_not_be_read_are_not_a_finding(server: str) -> None:
    assert judgement(server, None) == judgement(server, needed(server) | {"schema_version"})


def test_a_schema_that_is_behind_lacks_tables_because_of_that() -> None:
    found = judgement("1.31.2", frozenset({"schema_version"}), schema="1.0")
    assert check(found, Role.PERSISTENCE, Check.SCHEMA).reason is Reason.SCHEMA_BEHIND


def test_what_is_wrong_with_the_row_stays_the_reason() -> None:
    found = judgement("1.31.2", frozenset({"schema_version"}), schema="garbage")
    assert check(found, Role.PERSISTENCE, Check.SCHEMA).reason is Reason.SCHEMA_UNREADABLE
    assert found.start.would_start is False


def test_a_newer_schema_without_the_tables_does_not_start_either() -> None:
    found = judgement("1.24.2", frozenset({"schema_version"}), schema="1.19")
    assert found.start.would_start is False


def test_visibility_starts_without_its_tables() -> None:
    found = judgement("1.31.2", frozenset({"schema_version"}), role=Role.VISIBILITY)
    assert found.start.would_start is True


def test_a_server_between_two_releases_lacks_only_what_both_need() -> None:
    # 1.13.99 is not in the matrix; 1.13 and 1.14 read different tables of cluster metadata.
    common = needed("1.8.2") & needed("1.16.3")
    spec = StoreSpec("postgresql", "postgres")
    visibility = observation(Role.VISIBILITY, "12", schema="1.1")

    def starts(tables: frozenset[str] | None) -> bool | None:
        persistence = with_tables(observation(Role.PERSISTENCE, "12", schema="1.7"), tables)
        seen = (observation(Role.SERVER, "1.13.99"), persistence, visibility)
        return judged_live(*seen, on=subject(spec, spec)).start.would_start

    assert starts(common) is starts(None)
    assert starts(common - {"namespaces"}) is False
