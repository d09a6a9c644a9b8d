"""Two search stores at one address, where a release accepts only a second index."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Judgement, ServerFile, StoreSpec
from tests.building import POSTGRESQL, check, judged_live, observation, subject

SEARCH = StoreSpec("elasticsearch", "v8", address="http://es:9200")
SECOND = Role.SECONDARY_VISIBILITY
TWO = ("defaultStore", "visibilityStore", "secondaryVisibilityStore")


def judgement(release: str, file: ServerFile | None = None, *, live: bool = False) -> Judgement:
    stores = {Role.PERSISTENCE: POSTGRESQL, Role.VISIBILITY: SEARCH, SECOND: SEARCH}
    on = replace(subject(), stores=stores, assumed="" if live else release, server_file=file)
    servers = (observation(Role.SERVER, release),) if live else ()
    return judged_live(*servers, observation(Role.PERSISTENCE, "15.4", schema="1.19"), on=on)


def reasons(found: Judgement) -> set[Reason]:
    return {r.reason for r in found.results if (r.role, r.check) == (SECOND, Check.CONFIGURATION)}


@pytest.mark.parametrize("release", ["1.21.6", "1.24.2"])
def test_without_the_server_s_file_it_is_not_known_which_of_the_two_there_is(release: str) -> None:
    found = judgement(release)
    result = check(found, SECOND, Check.CONFIGURATION)
    assert (result.verdict, result.reason) == (Verdict.UNKNOWN, Reason.PAIR_UNKNOWN)
    assert "server_config" in result.message
    assert found.start.would_start is None
    assert reasons(judgement(release, ServerFile(store_keys=TWO))) == {Reason.PAIR_REFUSED}
    assert reasons(judgement(release, ServerFile(store_keys=TWO[:2]))) == set()


@pytest.mark.parametrize("release", ["1.25.2", "1.31.2"])
def test_releases_that_accept_both_leave_nothing_to_ask(release: str) -> None:
    assert reasons(judgement(release)) == set()


def test_a_server_that_answers_was_accepted_with_what_it_has() -> None:
    assert reasons(judgement("1.24.2", live=True)) == set()
