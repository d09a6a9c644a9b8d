"""Keys that the release has not or no longer: a remark, whatever they are."""

from __future__ import annotations

from dataclasses import replace

from agent.model.vocabulary import Reason, Verdict
from agent.verdict import Judgement, ServerFile
from tests.building import MATRIX, healthy, judged_live, subject

OLD = (
    "system.advancedVisibilityWritingMode",
    "system.enableReadVisibilityFromES",
    "history.cacheMaxSize",
    "history.cacheInitialSize",
    "history.stickyTTL",
    "frontend.enableNexusAPIs",
    "matching.loadUserData",
)


def beside(file: ServerFile, assumed: str = "") -> Judgement:
    return judged_live(*healthy(), on=replace(subject(), server_file=file, assumed=assumed))


def told(judgement: Judgement) -> list[str]:
    return [found.message for found in judgement.findings if found.reason is Reason.KEY_DROPPED]


def test_a_key_of_dynamic_configuration_that_is_gone_is_told_with_what_took_its_place() -> None:
    judgement = beside(ServerFile(dynamic_keys=OLD[:1]))
    (message,) = told(judgement)
    assert "removed in 1.24.0, replaced by system.secondaryVisibilityWritingMode" in message
    assert judgement.verdict is Verdict.SUPPORTED
    assert judgement.start.would_start is True


def test_of_many_some_are_named_and_the_others_counted() -> None:
    (message,) = told(beside(ServerFile(dynamic_keys=OLD)))
    assert message.endswith("and 2 more")


def test_a_release_that_still_has_them_says_nothing() -> None:
    assert told(beside(ServerFile(dynamic_keys=OLD), assumed="1.20.4")) == []


def test_over_all_releases_each_key_of_a_store_has_its_time() -> None:
    keys = ("defaultStore", "visibilityStore", "secondaryVisibilityStore", "advancedVisibilityStore")
    for release in MATRIX.releases.all:
        found = told(beside(ServerFile(store_keys=keys), assumed=release.name))
        assert len(found) == (release.minor < (1, 21)) + (release.minor > (1, 24)), release.name


def test_where_no_release_is_known_no_key_is_judged() -> None:
    on = replace(subject(), server_file=ServerFile(dynamic_keys=OLD))
    assert told(judged_live(*healthy()[1:], on=on)) == []
