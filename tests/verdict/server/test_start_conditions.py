"""Releases that do not start under a condition that neither a store nor a file shows."""

from __future__ import annotations

from dataclasses import replace

from agent.model.vocabulary import Role
from agent.verdict import Judgement, StoreSpec
from tests.building import judged_live, observation, subject
from tests.laws import law

SQLITE = StoreSpec("sqlite", "sqlite")


def judge_as(release: str, store: StoreSpec, version: str, schemas: tuple[str, str]) -> Judgement:
    on = replace(subject(store, store), assumed=release)
    roles = zip((Role.PERSISTENCE, Role.VISIBILITY), schemas, strict=True)
    return judged_live(
        *(observation(role, version, component=store.component, schema=schema) for role, schema in roles),
        on=on,
    )


@law(
    [
        ("1.18.2", StoreSpec("postgresql", "postgres"), "13.5", ("1.9", "1.1"), "one process"),
        ("1.18.3", StoreSpec("postgresql", "postgres"), "13.5", ("1.9", "1.1"), ""),
        ("1.15.2", SQLITE, "3.40.1", ("1.0", "1.0"), "cgo"),
        ("1.16.2", SQLITE, "3.40.1", ("1.0", "1.0"), "cgo"),
        ("1.17.4", SQLITE, "3.40.1", ("1.0", "1.0"), ""),
    ]
)
def test_a_start_is_not_known_under_such_a_condition(
    release: str, store: StoreSpec, version: str, schemas: tuple[str, str], says: str
) -> None:
    start = judge_as(release, store, version, schemas).start
    assert start.would_start is (None if says else True), start
    assert says in start.message


def test_a_server_of_that_release_that_answers_meets_the_condition() -> None:
    seen = (
        observation(Role.SERVER, "1.18.2"),
        *(
            observation(role, "13.5", schema=schema)
            for role, schema in ((Role.PERSISTENCE, "1.9"), (Role.VISIBILITY, "1.1"))
        ),
    )
    store = StoreSpec("postgresql", "postgres")
    assert judged_live(*seen, on=subject(store, store)).start.would_start is True
