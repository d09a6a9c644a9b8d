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


def judged_with(file: ServerFile, assumed: str = "") -> Judgement:
    return judged_live(*healthy(), on=replace(subject(), server_file=file, assumed=assumed))


def reported(judgement: Judgement) -> list[str]:
    return [found.message for found in judgement.findings if found.reason is Reason.KEY_DROPPED]


def test_a_key_of_dynamic_configuration_that_was_removed_is_reported_with_its_replacement() -> None:
    judgement = judged_with(ServerFile(dynamic_keys=OLD[:1]))
    (message,) = reported(judgement)
    assert "removed in 1.24.0, replaced by system.secondaryVisibilityWritingMode" in message
    assert judgement.verdict is Verdict.SUPPORTED
    assert judgement.start.would_start is True


def test_of_many_names_some_are_listed_and_the_others_counted() -> None:
    (message,) = reported(judged_with(ServerFile(dynamic_keys=OLD)))
    assert message.endswith("and 2 more")


def test_a_release_that_still_has_the_keys_is_not_a_finding() -> None:
    assert reported(judged_with(ServerFile(dynamic_keys=OLD), assumed="1.20.4")) == []


def test_over_all_releases_each_key_of_a_store_has_its_time() -> None:
    keys = ("defaultStore", "visibilityStore", "secondaryVisibilityStore", "advancedVisibilityStore")
    for release in MATRIX.releases.all:
        found = reported(judged_with(ServerFile(store_keys=keys), assumed=release.name))
        assert len(found) == (release.minor < (1, 21)) + (release.minor > (1, 24)), release.name


def test_where_no_release_is_known_no_key_is_judged() -> None:
    on = replace(subject(), server_file=ServerFile(dynamic_keys=OLD))
    assert reported(judged_live(*healthy()[1:], on=on)) == []
