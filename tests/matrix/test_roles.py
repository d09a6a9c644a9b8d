"""What can fill which role of a release, as far as its code decides that."""

from __future__ import annotations

import pytest

from agent.components.registry import FILLED_BY
from agent.matrix.roles import refusal
from agent.matrix.schema import CUSTOM, is_store_of
from agent.model.vocabulary import STORE_ROLES, Role
from tests.building import MATRIX


def first(role: Role, component: str) -> str:
    """The first release that can use it so; every later one can, too."""
    usable = [refusal(release, role, component) is None for release in MATRIX.releases.all]
    turn = usable.index(True)
    assert all(usable[turn:])
    return MATRIX.releases.all[turn].name


def test_a_store_of_the_users_own_has_a_place_from_1_11_on_and_for_visibility_from_1_23_on() -> None:
    assert first(Role.PERSISTENCE, CUSTOM) == "1.11.0"
    assert first(Role.VISIBILITY, CUSTOM) == "1.23.0"
    assert first(Role.SECONDARY_VISIBILITY, CUSTOM) == "1.23.0"


@pytest.mark.parametrize("role", [role for role in Role if role not in STORE_ROLES])
def test_it_fills_only_the_roles_of_stores(role: Role) -> None:
    if role is not Role.SECONDARY_VISIBILITY:
        assert all(refusal(release, role, CUSTOM) for release in MATRIX.releases.all)


def test_a_second_visibility_store_is_there_from_1_21_on() -> None:
    assert first(Role.SECONDARY_VISIBILITY, "elasticsearch") == "1.21.0"
    assert FILLED_BY[Role.SECONDARY_VISIBILITY] == FILLED_BY[Role.VISIBILITY]


def test_a_custom_store_never_has_the_name_of_a_built_in_kind() -> None:
    assert is_store_of(MATRIX.plugins, "my-store", CUSTOM)
    for kind in ("postgres12_pgx", "mysql", "sqlite", "cassandra", "elasticsearch"):
        assert not is_store_of(MATRIX.plugins, kind, CUSTOM)
    assert not is_store_of(MATRIX.plugins, "my-store", "postgresql")
