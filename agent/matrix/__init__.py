"""The compatibility matrix: facts about every Temporal release, with their sources, and lookups over them."""

from agent.matrix.advisories import Advisory, Concerns, StoreUse, Uses
from agent.matrix.index import IndexVersion
from agent.matrix.load import load
from agent.matrix.matrix import Matrix
from agent.matrix.release import Release, ReleaseMatch
from agent.matrix.schema import Need
from agent.matrix.shapes import ExpectedCatalog
from agent.matrix.support import Cell

__all__ = [
    "Advisory",
    "Cell",
    "Concerns",
    "ExpectedCatalog",
    "IndexVersion",
    "Matrix",
    "Need",
    "Release",
    "ReleaseMatch",
    "StoreUse",
    "Uses",
    "load",
]
