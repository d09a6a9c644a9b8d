"""A store's version, and which store it is."""

from __future__ import annotations

import pytest

from agent.model.observation import Observation
from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role, Verdict
from agent.verdict import Judgement, StoreSpec
from tests.building import SQLITE, TIMEOUT, Plugins, check, healthy, judged_live, observation, subject
from tests.laws import law

Answer = tuple[Verdict, Reason]


def reported(persistence: str, visibility: str) -> Plugins:
    return {Role.PERSISTENCE: tuple(persistence.split(",")), Role.VISIBILITY: tuple(visibility.split(","))}


def answer(judgement: Judgement, role: Role, kind: Check) -> Answer:
    result = check(judgement, role, kind)
    return result.verdict, result.reason


def version_of(server: str, *versions: str, flavor: str = "", role: Role = Role.PERSISTENCE) -> Answer:
    store = observation(role, *versions, schema="1.19", flavor=flavor)
    return answer(judged_live(observation(Role.SERVER, server), store), role, Check.VERSION)


# Version


@law(
    [
        ("1.31.2", "15.4", (Verdict.SUPPORTED, Reason.DOCUMENTED)),
        ("1.31.2", "17.2", (Verdict.UNTESTED, Reason.TRIED)),
        ("1.28.3", "17.2", (Verdict.UNTESTED, Reason.UNTESTED_NEWER)),
        ("1.31.2", "12.1", (Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM)),
        ("1.1.1", "15.4", (Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED)),
        ("1.28.3", "15.4", (Verdict.SUPPORTED, Reason.DOCUMENTED)),
        ("1.31.2", "unknown", (Verdict.UNKNOWN, Reason.VERSION_UNREADABLE)),
        ("latest", "15.4", (Verdict.UNKNOWN, Reason.SERVER_UNKNOWN)),
        ("1.99.0", "15.4", (Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN)),
        ("1.31.3", "15.4", (Verdict.SUPPORTED, Reason.DOCUMENTED)),
    ],
)
def test_a_store_is_judged_for_the_release_that_runs(server: str, version: str, expected: Answer) -> None:
    assert version_of(server, version) == expected


def test_of_several_nodes_the_worst_decides() -> None:
    assert version_of("1.31.2", "15.4", "12.1")[0] is Verdict.UNSUPPORTED
    assert version_of("1.31.2", "15.4", "17.2")[0] is Verdict.UNTESTED
    assert version_of("1.31.2", "15.4", "unknown")[0] is Verdict.UNKNOWN


def test_of_several_releases_the_worst_decides() -> None:
    both = observation(Role.SERVER, "1.28.4", "1.29.7")
    judgement = judged_live(both, observation(Role.PERSISTENCE, "12.1", schema="1.19"))
    assert answer(judgement, Role.PERSISTENCE, Check.VERSION)[0] is Verdict.UNSUPPORTED


def test_a_relative_that_uses_the_protocol_is_untested_at_best() -> None:
    assert version_of("1.31.2", "15.4", flavor="aurora") == (Verdict.UNTESTED, Reason.UNTESTED_FLAVOR)
    assert version_of("1.31.2", "17.2", flavor="aurora") == (Verdict.UNTESTED, Reason.UNTESTED_FLAVOR)
    assert version_of("1.31.2", "unknown", flavor="aurora")[0] is Verdict.UNKNOWN
    assert version_of("1.1.1", "15.4", flavor="aurora")[0] is Verdict.UNSUPPORTED


def test_an_unknown_plugin_leaves_the_version_unknown_only_where_it_matters() -> None:
    spec = StoreSpec("postgresql", "")

    def visibility(version: str) -> Answer:
        store = observation(Role.VISIBILITY, version, schema="1.4")
        judgement = judged_live(observation(Role.SERVER, "1.23.1"), store, on=subject(spec, spec))
        return answer(judgement, Role.VISIBILITY, Check.VERSION)

    assert visibility("11.5") == (Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN)
    assert visibility("13.5")[0] is Verdict.SUPPORTED
    assert visibility("9.5")[0] is Verdict.UNSUPPORTED


@pytest.mark.parametrize("version", ["15.4", "17.2", "12.1"])
def test_the_message_names_the_version_that_runs_and_the_release(version: str) -> None:
    store = observation(Role.PERSISTENCE, version)
    result = check(judged_live(observation(Role.SERVER, "1.31.2"), store), Role.PERSISTENCE, Check.VERSION)
    assert result.message.endswith(f"(PostgreSQL {version}, Temporal 1.31.2)")


def test_the_message_of_an_unreadable_version_quotes_its_beginning_only() -> None:
    store = observation(Role.PERSISTENCE, "x" * 10_000)
    result = check(judged_live(observation(Role.SERVER, "1.31.2"), store), Role.PERSISTENCE, Check.VERSION)
    assert "xxx" in result.message
    assert len(result.message) < 200


# Which store


@pytest.mark.parametrize("plugin", ["mysql8", "sqlite", "elasticsearch", "something-else"])
def test_a_server_that_uses_another_store_leaves_the_configured_one_unknown(plugin: str) -> None:
    seen = observation(Role.SERVER, "1.31.2", plugins=reported("postgres12", plugin))
    judgement = judged_live(seen, *healthy()[1:])
    of_visibility = [result for result in judgement.results if result.role is Role.VISIBILITY]
    assert {(result.verdict, result.reason) for result in of_visibility} == {
        (Verdict.UNKNOWN, Reason.OTHER_STORE)
    }
    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.start.would_start is None
    assert {schema.role for schema in judgement.schemas} == {Role.PERSISTENCE}


@pytest.mark.parametrize("role", STORE_ROLES)
def test_a_store_that_is_not_configured_is_unknown_by_one_check(role: Role) -> None:
    on = subject(persistence=None) if role is Role.PERSISTENCE else subject(visibility=None)
    judgement = judged_live(*healthy(), on=on)
    (result,) = [result for result in judgement.results if result.role is role]
    assert (result.check, result.component) == (Check.REQUIRED, "")
    assert (result.verdict, result.reason) == (Verdict.UNKNOWN, Reason.NOT_CONFIGURED)
    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.start.would_start is None


@pytest.mark.parametrize("role", STORE_ROLES)
def test_a_configured_store_is_there_as_required(role: Role) -> None:
    assert answer(judged_live(*healthy()), role, Check.REQUIRED) == (Verdict.SUPPORTED, Reason.CONFIGURED)


def test_a_store_that_never_answered_is_unknown_for_the_reason_of_its_failure() -> None:
    silent = observation(Role.PERSISTENCE, failure=TIMEOUT)
    judgement = judged_live(healthy()[0], silent, healthy()[2])
    for kind in (Check.VERSION, Check.SCHEMA):
        assert answer(judgement, Role.PERSISTENCE, kind) == (Verdict.UNKNOWN, Reason.TIMEOUT)
    assert judgement.start.would_start is None


def test_the_sqlite_of_a_release_is_judged_by_its_own_rules() -> None:
    seen: list[Observation] = [observation(Role.SERVER, "1.31.2")]
    seen += [observation(role, "3.30.1", component="sqlite", schema="0.11") for role in STORE_ROLES]
    judgement = judged_live(*seen, on=subject(SQLITE, SQLITE))
    assert answer(judgement, Role.PERSISTENCE, Check.VERSION)[0] is Verdict.SUPPORTED
    assert answer(judgement, Role.VISIBILITY, Check.VERSION) == (
        Verdict.UNSUPPORTED,
        Reason.BELOW_MINIMUM,
    )
