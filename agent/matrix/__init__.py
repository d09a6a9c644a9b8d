"""The compatibility matrix: facts about every Temporal release, with their sources, and lookups over them."""

from agent.matrix.advisories import Advisory, Concerns, StoreUse, Uses
from agent.matrix.index import IndexVersion
from agent.matrix.load import load
from agent.matrix.matrix import Matrix
from agent.matrix.release import Match, Release
from agent.matrix.schema import Need
from agent.matrix.shapes import ExpectedShape
from agent.matrix.support import Cell

__all__ = [
    "Advisory",
    "Cell",
    "Concerns",
    "ExpectedShape",
    "IndexVersion",
    "Match",
    "Matrix",
    "Need",
    "Release",
    "StoreUse",
    "Uses",
    "load",
]
