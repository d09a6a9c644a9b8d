"""The types of a component's record."""

from __future__ import annotations

import pytest

from agent.components.record import Component, Filling, Reader
from agent.model.vocabulary import Role

STORE = Component("store", "Store", roles=(Filling(Role.VISIBILITY),), readers=(Reader("sql", "store"),))


def test_what_can_be_a_visibility_store_can_be_the_second_one() -> None:
    assert STORE.can_fill(Role.VISIBILITY)
    assert STORE.can_fill(Role.SECONDARY_VISIBILITY)
    assert not STORE.can_fill(Role.PERSISTENCE)
    assert STORE.filling(Role.VISIBILITY) == Filling(Role.VISIBILITY)
    assert STORE.filling(Role.PERSISTENCE) is None


def test_a_component_uses_its_own_plugins_unless_it_is_a_relative() -> None:
    assert STORE.original == "store"
    assert Component("other", "Other", relative_of="store").original == "store"


def test_only_what_is_read_in_one_way_has_the_reader() -> None:
    assert STORE.reader == Reader("sql", "store")
    for readers in ((), (Reader("grpc", "a"), Reader("http", "b"))):
        with pytest.raises(ValueError, match="unpack"):
            _ = Component("server", "Server", readers=readers).reader
