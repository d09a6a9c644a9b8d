"""A store that nobody names: not known of a running cluster, missing where the server's own file has none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Judgement, ServerFile, StoreSpec
from tests.building import check, healthy, judged_live, observation, subject

SEARCH = StoreSpec("elasticsearch", "v7")
DATABASE = StoreSpec("postgresql")


def named(release: str, keys: tuple[str, ...], **stores: StoreSpec) -> Judgement:
    specs = {Role.PERSISTENCE: DATABASE} | {Role(role): spec for role, spec in stores.items()}
    on = replace(subject(), stores=specs, assumed=release, server_file=ServerFile(store_keys=keys))
    return judged_live(healthy()[1], on=on)


@pytest.mark.parametrize("release", ["1.0.0", "1.8.2", "1.20.4", "1.31.2"])
def test_a_file_without_a_visibility_store_is_not_started_with(release: str) -> None:
    judgement = named(release, ("defaultStore",))
    result = check(judgement, Role.VISIBILITY, Check.REQUIRED)
    assert (result.verdict, result.reason) == (Verdict.UNSUPPORTED, Reason.MISSING)
    assert judgement.start.would_start is False


@pytest.mark.parametrize(
    ("release", "reason"),
    [
        ("1.8.2", Reason.MISSING),
        ("1.9.0", Reason.IN_PLACE_OF_VISIBILITY),
        ("1.24.3", Reason.IN_PLACE_OF_VISIBILITY),
        ("1.25.0", Reason.MISSING),
    ],
)
def test_the_advanced_store_alone_is_enough_for_some_releases(release: str, reason: Reason) -> None:
    judgement = named(release, ("defaultStore", "advancedVisibilityStore"), search=SEARCH)
    result = check(judgement, Role.VISIBILITY, Check.REQUIRED)
    assert result.reason is reason
    assert (judgement.start.would_start is False) is (reason is Reason.MISSING)
    assert ("from 1.9 to 1.24" in result.message) is (reason is Reason.MISSING)


@pytest.mark.parametrize("keys", [(), ("defaultStore", "visibilityStore")])
def test_settings_that_the_file_has_or_lacks_are_only_not_configured(keys: tuple[str, ...]) -> None:
    judgement = named("1.31.2", keys)
    assert check(judgement, Role.VISIBILITY, Check.REQUIRED).reason is Reason.NOT_CONFIGURED
    assert judgement.start.would_start is None


def test_a_store_that_the_server_names_is_named_as_what_to_add() -> None:
    server = observation(Role.SERVER, "1.31.2", plugins={Role.VISIBILITY: ("postgres12",)})
    result = check(judged_live(server, on=subject(visibility=None)), Role.VISIBILITY, Check.REQUIRED)
    assert result.reason is Reason.NOT_CONFIGURED
    assert "the server uses PostgreSQL with the plugin postgres12" in result.message
    assert "add `visibility: {postgresql: …}` to this cluster" in result.message
