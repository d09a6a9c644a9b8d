"""The matrix as one value: releases, schema lists and support rules, with the version of the data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from agent.matrix.advisories import Advisories
from agent.matrix.index import IndexTemplates
from agent.matrix.lifecycle import Lifecycle
from agent.matrix.overlay import Overlay
from agent.matrix.release import Releases
from agent.matrix.schema import SchemaLists
from agent.matrix.shapes import Shapes
from agent.matrix.start_tables import StartTables
from agent.matrix.support import Support


@dataclass(frozen=True)
class Matrix:
    """Everything that verdicts are given from.

    `advisories` are about what runs, `guidance` about upgrades, tools and images. `digest`
    names this state of the data, overlays included.
    """

    digest: str
    published: date
    releases: Releases
    schemas: SchemaLists
    support: Support
    advisories: Advisories
    guidance: Advisories
    lifecycle: Lifecycle
    index_templates: IndexTemplates
    shapes: Shapes
    start_tables: tuple[StartTables, ...]

    def overlaid(self, overlay: Overlay, digest: str) -> Matrix:
        """The same matrix under a user's own statements; `digest` names both together."""
        return replace(self, digest=digest, support=self.support.overlaid(overlay))
