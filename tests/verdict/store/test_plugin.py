"""The plugin or search client of a store."""

from __future__ import annotations

import pytest

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Judgement, StoreSpec
from tests.building import MAX_AGE, Plugins, check, healthy, judged_live, later, observation, subject
from tests.laws import law

Answer = tuple[Verdict, Reason]
LONG_AGO = later(-MAX_AGE)
FINE = (Verdict.SUPPORTED, Reason.PLUGIN_AVAILABLE)


def reported(persistence: str, visibility: str) -> Plugins:
    return {Role.PERSISTENCE: tuple(persistence.split(",")), Role.VISIBILITY: tuple(visibility.split(","))}


def answer(judgement: Judgement, role: Role, kind: Check) -> Answer:
    result = check(judgement, role, kind)
    return result.verdict, result.reason


def plugin_of(server: str, configured: str, plugins: Plugins | None = None) -> Answer:
    spec = StoreSpec("postgresql", configured)
    seen = observation(Role.SERVER, server, plugins=plugins or {})
    return answer(judged_live(seen, *healthy()[1:], on=subject(spec, spec)), Role.VISIBILITY, Check.PLUGIN)


@law(
    [
        ("1.19.1", "postgres", FINE),
        ("1.19.1", "postgres12", (Verdict.UNSUPPORTED, Reason.PLUGIN_NOT_IN_RELEASE)),
        ("1.20.0", "postgres12", FINE),
        ("1.22.7", "postgres12_pgx", (Verdict.UNSUPPORTED, Reason.PLUGIN_NOT_IN_RELEASE)),
        ("1.23.0", "postgres12_pgx", FINE),
        ("1.23.1", "postgres", FINE),
        ("1.24.0", "postgres", (Verdict.UNSUPPORTED, Reason.PLUGIN_NOT_IN_RELEASE)),
        ("1.31.2", "postgres_pgx", (Verdict.UNSUPPORTED, Reason.PLUGIN_NOT_IN_RELEASE)),
        ("1.31.3", "postgres12", FINE),
        ("1.31.3", "postgres", (Verdict.UNSUPPORTED, Reason.PLUGIN_NOT_IN_RELEASE)),
        ("1.24.0-rc.2", "postgres", (Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN)),
        ("1.99.0", "postgres12", (Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN)),
        ("latest", "postgres12", (Verdict.UNKNOWN, Reason.SERVER_UNKNOWN)),
    ],
)
def test_a_plugin_is_there_or_not_in_the_release_that_runs(
    server: str, plugin: str, expected: Answer
) -> None:
    assert plugin_of(server, plugin) == expected


def test_without_a_named_plugin_there_is_no_check() -> None:
    spec = StoreSpec("postgresql", "")
    judgement = judged_live(*healthy(), on=subject(spec, spec))
    assert not [result for result in judgement.results if result.check is Check.PLUGIN]
    assert judgement.verdict is Verdict.SUPPORTED


def test_a_plugin_must_be_in_every_release_that_runs() -> None:
    spec = StoreSpec("postgresql", "postgres")
    mixed = observation(Role.SERVER, "1.23.1", "1.24.2")
    judgement = judged_live(mixed, *healthy()[1:], on=subject(spec, spec))
    assert answer(judgement, Role.PERSISTENCE, Check.PLUGIN)[0] is Verdict.UNSUPPORTED
    assert judgement.start.would_start is False


def test_the_server_names_the_plugin_that_the_configuration_leaves_out() -> None:
    assert plugin_of("1.31.2", "", reported("postgres12", "postgres12")) == FINE


def test_of_two_stores_the_first_is_the_primary_one() -> None:
    # Comma-joined by GetClusterInfo.
    assert plugin_of("1.23.1", "", reported("postgres", "postgres12,elasticsearch")) == FINE


def test_where_the_plugins_disagree_the_server_is_right_and_it_is_a_remark() -> None:
    spec = StoreSpec("postgresql", "postgres12")
    seen = observation(Role.SERVER, "1.23.1", plugins=reported("postgres12", "postgres"))
    stores = (
        observation(Role.PERSISTENCE, "13.5", schema="1.11"),
        observation(Role.VISIBILITY, "13.5", schema="1.1"),
    )
    judgement = judged_live(seen, *stores, on=subject(spec, spec))
    # Schema 1.1 is enough with `postgres`, which runs, and not with `postgres12`, which is configured.
    assert answer(judgement, Role.VISIBILITY, Check.SCHEMA) == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
    assert judgement.verdict is Verdict.SUPPORTED
    (remark,) = judgement.remarks
    assert (remark.role, remark.reason) == (Role.VISIBILITY, Reason.PLUGIN_MISMATCH)
    assert remark in judgement.findings
    assert {schema.plugin for schema in judgement.schemas if schema.role is Role.VISIBILITY} == {"postgres"}


def test_plugins_that_agree_are_not_a_remark() -> None:
    seen = observation(Role.SERVER, "1.31.2", plugins=reported("postgres12", "postgres12"))
    assert judged_live(seen, *healthy()[1:]).remarks == ()


@pytest.mark.parametrize("order", [1, -1])
def test_the_plugin_of_a_fresh_answer_goes_before_that_of_an_old_one(order: int) -> None:
    answers = [
        observation(Role.SERVER, "1.23.1", endpoint="grpc", plugins=reported("postgres12", "postgres12")),
        observation(
            Role.SERVER, "1.23.1", endpoint="http", plugins=reported("postgres", "postgres"), at=LONG_AGO
        ),
    ]
    spec = StoreSpec("postgresql", "")
    judgement = judged_live(*answers[::order], *healthy()[1:], on=subject(spec, spec))
    assert {schema.plugin for schema in judgement.schemas} == {"postgres12"}


def test_the_plugin_stays_known_when_only_the_frontend_falls_silent() -> None:
    frontend = observation(Role.SERVER, "1.31.2", plugins=reported("postgres12", "postgres12"), at=LONG_AGO)
    metrics = observation(Role.SERVER, "1.31.2", endpoint="metrics")
    spec = StoreSpec("postgresql", "")
    judgement = judged_live(frontend, metrics, *healthy()[1:], on=subject(spec, spec))
    assert answer(judgement, Role.PERSISTENCE, Check.PLUGIN) == FINE


def test_the_client_of_a_silent_search_store_is_not_compared_with_the_server() -> None:
    seen = observation(Role.SERVER, "1.31.2", plugins=reported("postgres12", "elasticsearch"))
    silent = observation(Role.VISIBILITY, component="elasticsearch", endpoint="api")
    judgement = judged_live(
        seen, healthy()[1], silent, on=subject(visibility=StoreSpec("elasticsearch", "v7"))
    )
    assert judgement.remarks == ()
