"""The picture of docs/architecture.md: the imports of the source, without arrows that say nothing new."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import import_graph
from tests.import_graph import direct_arrows, imported_names, mermaid, reachable, rooms
from tests.reference import architecture, generated_part

#: The top imports the bottom directly and over the middle; one room imports nothing.
THREE_FLOORS = {
    "top": frozenset({"middle", "bottom"}),
    "middle": frozenset({"bottom"}),
    "bottom": frozenset[str](),
    "alone": frozenset[str](),
}


def test_the_documentation_shows_the_imports_as_they_are() -> None:
    assert generated_part("architecture") == architecture(), "make docs writes it again"


def test_an_import_that_a_longer_path_shows_has_no_arrow() -> None:
    assert direct_arrows(THREE_FLOORS) == [("middle", "bottom"), ("top", "middle")]


def test_the_picture_has_every_room_and_every_arrow() -> None:
    assert mermaid(THREE_FLOORS) == (
        "```mermaid\nflowchart TD\n    alone\n    bottom\n    middle\n    top\n"
        "    middle --> bottom\n    top --> middle\n```\n"
    )


def test_the_arrows_of_the_picture_lead_to_every_imported_room_and_to_no_other() -> None:
    graph = rooms()
    drawn = {room: frozenset(to for origin, to in direct_arrows(graph) if origin == room) for room in graph}
    for room in graph:
        assert reachable(drawn, room) == reachable(graph, room)


def test_an_import_within_a_function_counts() -> None:
    source = "import json\ndef load():\n    from agent.matrix import load\n"
    assert set(imported_names(ast.parse(source))) == {"json", "agent.matrix.load"}


def test_every_folder_and_file_of_the_package_is_a_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, source in {
        "__init__.py": "__version__ = '1'\n",
        "facts.py": "",
        "judge/__init__.py": "from agent import __version__\nfrom agent.judge import core\n",
        "judge/core.py": "import agent.facts\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    monkeypatch.setattr(import_graph, "ROOT", tmp_path)
    assert rooms() == {"facts": frozenset(), "judge": frozenset({"facts"})}
