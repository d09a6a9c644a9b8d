"""Search stores as the agent's configuration has them, and what one round reads of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent.model.observation import Facts, Failure, Observation, SearchIndex
from agent.model.vocabulary import Role

from .agents import observe
from .servers.search import SearchServer


def searching(server: SearchServer, index: str, role: Role = Role.SEARCH, **settings: Any) -> dict[str, Any]:
    """A cluster that is known by its search store alone: nothing listens where its frontend should."""
    store = {"url": server.url, "index": index, **settings}
    return {"name": "orders", "temporal": {"frontend": "127.0.0.1:1"}, str(role): {server.component: store}}


def seen(folder: Path, described: dict[str, Any]) -> Observation:
    """What one round brought of the search store."""
    return next(o for o in observe(folder, described).observations if o.target.role is Role.SEARCH)


def facts(folder: Path, described: dict[str, Any]) -> Facts:
    """What it told."""
    found = seen(folder, described)
    assert found.facts is not None, found.failure
    return found.facts


def index_of(told: Facts) -> SearchIndex:
    """What it told of the index."""
    assert told.index is not None
    return told.index


def failure(folder: Path, described: dict[str, Any]) -> Failure:
    """Why it told nothing."""
    found = seen(folder, described)
    assert found.failure is not None, found.facts
    return found.failure
