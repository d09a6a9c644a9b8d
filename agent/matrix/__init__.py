"""The compatibility matrix: facts about every Temporal release, with their sources, and lookups over them."""

from agent.matrix.advisories import Advisory, Application, Concerns, StoreUse, Uses
from agent.matrix.conditions import NOTHING_SEEN, Seen
from agent.matrix.index import IndexVersion
from agent.matrix.load import load
from agent.matrix.matrix import Matrix
from agent.matrix.release import Release, ReleaseMatch
from agent.matrix.schema import Need
from agent.matrix.shapes import ExpectedCatalog
from agent.matrix.support import Cell

__all__ = [
    "NOTHING_SEEN",
    "Advisory",
    "Application",
    "Cell",
    "Concerns",
    "ExpectedCatalog",
    "IndexVersion",
    "Matrix",
    "Need",
    "Release",
    "ReleaseMatch",
    "Seen",
    "StoreUse",
    "Uses",
    "load",
]
