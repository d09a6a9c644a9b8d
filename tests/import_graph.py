"""Which room of agent/ imports which: read from the source, and drawn for docs/architecture.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import agent

ROOT = Path(agent.__file__).parent

#: For each room of agent/ (a folder, or a file at the top), the rooms that it imports.
Rooms = Mapping[str, frozenset[str]]


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Every import, also inside functions, by its full name: `json`, `agent.matrix.load`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms() -> Rooms:
    """The rooms as the source has them now. A room that imports no other one is there too."""
    found: dict[str, set[str]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        room = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if room != "__init__":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found.setdefault(room, set()).update(_rooms_of(imported_names(tree)))
    return {room: frozenset(targets & found.keys() - {room}) for room, targets in found.items()}


def _rooms_of(names: Iterator[str]) -> Iterator[str]:
    for name in names:
        package, _, rest = name.partition(".")
        if package == "agent":
            yield rest.partition(".")[0]


def reachable(graph: Rooms, room: str) -> frozenset[str]:
    """All rooms that can be reached from this one over any number of imports."""
    found: set[str] = set()
    waiting = list(graph[room])
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(graph[current])
    return frozenset(found)


def direct_arrows(graph: Rooms) -> list[tuple[str, str]]:
    """The arrows of the picture: those imports that no longer way over other rooms replaces."""
    return [
        (room, target)
        for room, targets in sorted(graph.items())
        for target in sorted(targets)
        if not any(target in reachable(graph, other) for other in targets - {target})
    ]


def mermaid(graph: Rooms) -> str:
    """The picture as a Mermaid flowchart, the importing room above the imported one."""
    lines = [f"    {room}" for room in sorted(graph)]
    lines += [f"    {room} --> {target}" for room, target in direct_arrows(graph)]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```"]) + "\n"
