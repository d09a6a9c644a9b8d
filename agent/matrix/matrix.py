"""The matrix as one value: releases, schema lists and support rules, with the version of the data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from agent.matrix.advisories import Advisories
from agent.matrix.dynamic_keys import DynamicKeys
from agent.matrix.file_rules import RefusedBy
from agent.matrix.index import IndexTemplates
from agent.matrix.lifecycle import Lifecycle
from agent.matrix.overlay import Overlay
from agent.matrix.pairs import StorePairs
from agent.matrix.plugins import SqlPlugins
from agent.matrix.release import Releases
from agent.matrix.schema import SchemaLists
from agent.matrix.schema_steps import SchemaSteps
from agent.matrix.server_keys import ServerKeys
from agent.matrix.shapes import Catalogs
from agent.matrix.start_tables import StartTables
from agent.matrix.support import Support


@dataclass(frozen=True, eq=False)
class Matrix:
    """Everything that verdicts are given from. Compared by identity: caches hash it for every plan.

    `advisories` are about what runs, `guidance` about upgrades, tools and images. `digest`
    identifies this state of the data, overlays included.
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
    shapes: Catalogs
    start_tables: tuple[StartTables, ...]
    file_rules: tuple[RefusedBy, ...]
    plugins: SqlPlugins
    dynamic_keys: DynamicKeys
    schema_steps: SchemaSteps
    store_pairs: StorePairs
    server_keys: ServerKeys

    @property
    def how_to_get_newer(self) -> str:
        """What to do about a release that this matrix lacks, as sentences for a message."""
        return (
            f"The matrix is dated {self.published} and ends with {self.releases.all[-1].name}: use a newer"
            " bundle (`matrix.url` or `matrix.file` in the configuration, or --matrix.file), or upgrade the"
            " agent"
        )

    def overlaid(self, overlay: Overlay, digest: str) -> Matrix:
        """The same matrix with a user's own statements over it; `digest` identifies both together."""
        return replace(self, digest=digest, support=self.support.overlaid(overlay))
