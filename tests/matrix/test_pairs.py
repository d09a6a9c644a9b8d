"""Pairs of visibility stores, as the releases' own validation has them."""

from __future__ import annotations

import pytest

from agent.matrix.pairs import refuses_search_beside
from tests.building import MATRIX


@pytest.mark.parametrize(
    ("release", "component", "plugin", "refused"),
    [
        ("1.20.4", "postgresql", "postgres12", False),
        ("1.21.0", "postgresql", "postgres", False),
        ("1.21.0", "postgresql", "postgres12", True),
        ("1.21.0", "postgresql", "", None),
        ("1.21.0", "cassandra", "", False),
        ("1.23.1", "postgresql", "postgres12_pgx", True),
        ("1.23.1", "mysql", "mysql8", True),
        ("1.23.1", "mysql", "mysql", False),
        ("1.24.2", "postgresql", "", True),
        ("1.24.2", "sqlite", "sqlite", True),
        ("1.24.2", "elasticsearch", "", True),
        # From 1.25 on there is no second key to refuse.
        ("1.25.0", "postgresql", "postgres12", False),
    ],
)
def test_a_search_store_beside_a_visibility_store(
    release: str, component: str, plugin: str, refused: bool | None
) -> None:
    named = MATRIX.releases.named(release)
    assert named is not None
    assert refuses_search_beside(named, component, plugin) is refused
