"""Shapes of stores for tests."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from agent.matrix.shapes import Part
from agent.model.observation import Failure, SchemaCatalog
from agent.model.vocabulary import Role

ROLES = {"default": Role.PERSISTENCE, "visibility": Role.VISIBILITY}


def made(
    parts: Mapping[Part, str], *, invalid: Collection[str] = (), hidden: Failure | None = None
) -> SchemaCatalog:
    """A shape of exactly these parts."""
    return SchemaCatalog(
        columns={place: text for (kind, place), text in parts.items() if kind == "column"},
        indexes={place: text for (kind, place), text in parts.items() if kind == "index"},
        invalid=frozenset(invalid),
        hidden=hidden,
    )
