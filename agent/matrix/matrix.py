"""The matrix as one value: releases, schema lists and support rules, with the version of the data."""

from __future__ import annotations

from dataclasses import dataclass

from agent.matrix.release import Releases
from agent.matrix.schema import SchemaLists
from agent.matrix.support import Support


@dataclass(frozen=True)
class Matrix:
    """Everything that verdicts are given from. `digest` names this state of the data."""

    digest: str
    releases: Releases
    schemas: SchemaLists
    support: Support
