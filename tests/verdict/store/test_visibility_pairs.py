"""A second visibility store that a release refuses keeps it from starting, and is told at its own role."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Judgement, ServerFile, StoreSpec
from tests.building import POSTGRESQL, check, healthy, judged_live, subject
from tests.laws import law

SEARCH = StoreSpec("elasticsearch", "v8", address="http://es:9200")
OTHER = replace(SEARCH, address="http://elsewhere:9200")
TWO = ("defaultStore", "visibilityStore", "secondaryVisibilityStore")
INDEX = "visibilityStore.secondary_visibility"
SECOND = Role.SECONDARY_VISIBILITY


def judged_with(release: str, file: ServerFile | None = None, **stores: StoreSpec) -> Judgement:
    named = {Role.PERSISTENCE: POSTGRESQL} | {Role(role): spec for role, spec in stores.items()}
    on = replace(subject(), stores=named, assumed=release, server_file=file)
    return judged_live(*(seen for seen in healthy()[1:] if seen.target.role in named), on=on)


def reported(judgement: Judgement, role: Role) -> Reason | None:
    found = [r for r in judgement.results if (r.role, r.check) == (role, Check.CONFIGURATION)]
    return found[0].reason if found else None


@law(
    [
        ("1.31.2", POSTGRESQL, SEARCH, True),
        ("1.31.2", SEARCH, POSTGRESQL, True),
        ("1.31.2", SEARCH, OTHER, False),
        ("1.25.2", SEARCH, OTHER, True),
        ("1.24.2", SEARCH, SEARCH, False),
        ("1.24.2", SEARCH, OTHER, True),
        ("1.24.2", POSTGRESQL, POSTGRESQL, False),
        ("1.20.4", POSTGRESQL, SEARCH, False),
    ],
)
def test_a_refused_pair_is_unsupported_and_does_not_start(
    release: str, first: StoreSpec, second: StoreSpec, refused: bool
) -> None:
    judgement = judged_with(release, visibility=first, secondary_visibility=second)
    assert (reported(judgement, SECOND) is Reason.PAIR_REFUSED) is refused
    assert (judgement.start.would_start is False) is refused
    if refused:
        assert check(judgement, SECOND, Check.CONFIGURATION).verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    ("keys", "release", "refused"),
    [
        (TWO, "1.24.2", True),
        (TWO, "1.31.2", False),
        ((*TWO, INDEX), "1.31.2", True),
        ((*TWO[:2], INDEX), "1.31.2", False),
        ((*TWO[:2], INDEX), "1.24.2", False),
    ],
)
def test_the_server_s_own_file_reports_a_second_index_from_a_second_store(
    keys: tuple[str, ...], release: str, refused: bool
) -> None:
    file = ServerFile(store_keys=keys)
    judgement = judged_with(release, file, visibility=SEARCH, secondary_visibility=SEARCH)
    assert (reported(judgement, SECOND) is Reason.PAIR_REFUSED) is refused


@pytest.mark.parametrize(("release", "refused"), [("1.20.4", False), ("1.24.2", True), ("1.31.2", False)])
def test_two_second_stores_exclude_each_other_while_there_are_keys_for_both(
    release: str, refused: bool
) -> None:
    judgement = judged_with(release, search=SEARCH, secondary_visibility=POSTGRESQL)
    assert (reported(judgement, Role.SEARCH) is Reason.PAIR_REFUSED) is refused
    if refused:
        assert judgement.start.would_start is False


def test_where_the_plugin_decides_and_is_not_known_so_is_the_start() -> None:
    judgement = judged_with("1.23.1", visibility=StoreSpec("postgresql"), secondary_visibility=SEARCH)
    assert reported(judgement, SECOND) is Reason.PLUGIN_UNKNOWN
    assert judgement.start.would_start is None
