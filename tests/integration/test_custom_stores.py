"""Stores of the user's own (`customDatastore`): which releases have a place for them, by their own binaries.

The official programs have no code for such a store, so none comes up on one; what they say shows how
far they get.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from agent.model.vocabulary import STORE_ROLES, Check, Reason, Role
from agent.verdict import StoreSpec
from tests.building import check, healthy, judged, subject

from .servers.postgres import PostgresServer
from .servers.stores import Stores, create_own_stores
from .servers.temporal import try_start
from .servers.temporal_build import TemporalBinaries

_REFUSED = "must provide config for one of cassandra or sql stores"
_NO_PLACE = "one of cassandra or sql params must be specified for visibility store"
#: What an official program lacks: it asks the missing code for the store.
_NO_CODE = {Role.PERSISTENCE: "nil pointer dereference", Role.VISIBILITY: "must be defined"}

full = pytest.mark.full


@dataclass(frozen=True)
class _OneCustom:
    """Stores of which one is the user's own."""

    stores: Stores
    custom: str

    def datastores(self) -> dict[str, Any]:
        """As the server's configuration has them."""
        return self.stores.datastores() | {self.custom: {"customDatastore": {"name": "my-store"}}}


@pytest.mark.parametrize(
    ("release", "plugin", "role", "says"),
    [
        pytest.param("1.3.0", "postgres", Role.PERSISTENCE, _REFUSED, marks=full),
        pytest.param("1.8.2", "postgres", Role.PERSISTENCE, _REFUSED, marks=full),
        pytest.param("1.15.2", "postgres", Role.PERSISTENCE, _NO_CODE[Role.PERSISTENCE], marks=full),
        ("1.31.2", "postgres12", Role.PERSISTENCE, _NO_CODE[Role.PERSISTENCE]),
        pytest.param("1.8.2", "postgres", Role.VISIBILITY, _REFUSED, marks=full),
        pytest.param("1.15.2", "postgres", Role.VISIBILITY, _NO_PLACE, marks=full),
        pytest.param("1.20.4", "postgres12", Role.VISIBILITY, _NO_PLACE, marks=full),
        ("1.31.2", "postgres12", Role.VISIBILITY, _NO_CODE[Role.VISIBILITY]),
    ],
)
def test_a_release_without_custom_stores_refuses_one_and_any_other_release_requires_its_code(
    temporal: Callable[[str], TemporalBinaries],
    plain_postgres15: PostgresServer,
    release: str,
    plugin: str,
    role: Role,
    says: str,
) -> None:
    binaries = temporal(release)
    name = f"custom_{role}_{release.replace('.', '_')}"
    stores = create_own_stores(plain_postgres15, binaries, name, plugin)
    came_up, log = try_start(
        binaries, _OneCustom(stores, "default" if role is Role.PERSISTENCE else "visibility")
    )
    assert not came_up
    assert says in log
    has_place = says in _NO_CODE.values()
    custom = StoreSpec("custom", label="my-store")
    specs = {each: StoreSpec("postgresql", plugin) for each in STORE_ROLES} | {role: custom}
    others = [seen for seen in healthy() if seen.target.role not in (Role.SERVER, role)]
    # Not every release reports its own version.
    judgement = judged(*others, on=replace(subject(*specs.values()), assumed=release))
    expected = Reason.CUSTOM_STORE if has_place else Reason.COMPONENT_NOT_SUPPORTED
    assert check(judgement, role, Check.VERSION).reason is expected
    assert (judgement.start.would_start is False) is not has_place
