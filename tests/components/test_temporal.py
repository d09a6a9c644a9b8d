"""Temporal, Go, and stores that users write."""

from __future__ import annotations

from agent.components.registry import FILLED_BY
from agent.components.temporal import CUSTOM_STORE, GO, TEMPORAL
from agent.matrix.schema import CUSTOM
from agent.model.vocabulary import Role


def test_the_server_has_several_ways_to_be_read() -> None:
    assert {reader.endpoint for reader in TEMPORAL.readers} == {"grpc", "http", "metrics", "prometheus"}
    assert TEMPORAL.can_fill(Role.SERVER)


def test_a_store_of_the_users_own_has_no_versions_to_judge() -> None:
    assert CUSTOM_STORE.name == CUSTOM
    assert not CUSTOM_STORE.has_versions
    assert all(CUSTOM_STORE.name not in names for names in FILLED_BY.values())


def test_go_fills_no_role() -> None:
    assert GO.roles == ()
    assert GO.readers == ()
