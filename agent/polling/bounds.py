"""Bounds on what a target reports: how many, and how long. Everything shown, logged or exposed passes here.

What is cut off never counts as good: versions that are left out become one node whose version cannot be read,
and whatever else is left out is a gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agent.model.observation import Facts, Failure, Node, RemoteCluster, SchemaRow, SearchIndex
from agent.model.text import shorten
from agent.model.vocabulary import Reason

#: Versions of one target; each combination with a service and a toolchain counts.
MAX_VERSIONS = 32
#: As many brokers of Kafka are read.
MAX_NODES = 1000
MAX_REMOTES = 20
MAX_PLUGINS = 8
MAX_DETAILS = 64
MAX_GAPS = 20

#: In characters. A version with the build of its compiler has about 100.
_MAX_NAME = 256
#: In characters: settings of a database, alerts of a server, errors.
_MAX_TEXT = 1000


def bounded(facts: Facts) -> Facts:
    """The same facts within the bounds; the same object where they are within them."""
    within = _bounded(facts)
    return facts if within == facts else within


def _bounded(facts: Facts) -> Facts:
    nodes, gaps = _nodes(facts.nodes)
    remotes = tuple(map(_remote, facts.remotes[:MAX_REMOTES]))
    gaps += _left_out("clusters", len(facts.remotes), MAX_REMOTES)
    for name, values in (("details", facts.details), ("settings", facts.settings)):
        gaps += _left_out(name, len(values), MAX_DETAILS)
    return replace(
        facts,
        nodes=nodes,
        flavor=shorten(facts.flavor, _MAX_NAME),
        schema=_schema(facts.schema) if facts.schema else None,
        index=_index(facts.index) if facts.index else None,
        plugins={
            role: tuple(shorten(name, _MAX_NAME) for name in names[:MAX_PLUGINS])
            for role, names in facts.plugins.items()
        },
        details=_texts(facts.details),
        settings=_texts(facts.settings),
        remotes=remotes,
        gaps=_gaps((*facts.gaps, *gaps)),
    )


def bounded_failure(failure: Failure) -> Failure:
    """The same failure with texts of bounded length."""
    text, details = shorten(failure.text, _MAX_TEXT), shorten(failure.details, _MAX_TEXT)
    return replace(failure, text=text, details=details)


def _nodes(nodes: tuple[Node, ...]) -> tuple[tuple[Node, ...], list[Failure]]:
    kept: list[Node] = []
    kinds: set[tuple[str, str, str]] = set()
    others: set[tuple[str, str, str]] = set()
    for node in map(_node, nodes):
        kind = node.version, node.service, node.toolchain
        if kind not in kinds and len(kinds) == MAX_VERSIONS:
            others.add(kind)
            continue
        # A kind without a node would be a version that nobody judges.
        if kind not in kinds or len(kept) < MAX_NODES:
            kept.append(node)
        kinds.add(kind)
    if others:
        kept.append(Node(f"…and {len(others)} more"))
    shown = len(kept) - bool(others)
    return tuple(kept), _left_out("nodes", len(nodes), shown)


def _node(node: Node) -> Node:
    texts = (node.version, node.name, node.service, node.toolchain)
    if all(len(text) <= _MAX_NAME for text in texts):
        return node
    return Node(*(shorten(text, _MAX_NAME) for text in texts))


def _left_out(what: str, count: int, most: int) -> list[Failure]:
    if count <= most:
        return []
    return [Failure(Reason.ANSWER_TOO_LARGE, f"{count} {what} were reported, {most} of them are kept")]


def _schema(row: SchemaRow) -> SchemaRow:
    return replace(
        row,
        version=None if row.version is None else shorten(row.version, _MAX_NAME),
        problem=bounded_failure(row.problem) if row.problem else None,
        others=tuple(shorten(other, _MAX_NAME) for other in row.others[:MAX_GAPS]),
    )


def _index(index: SearchIndex) -> SearchIndex:
    # Its fields are compared and counted, never shown.
    return replace(index, problem=bounded_failure(index.problem)) if index.problem else index


def _remote(remote: RemoteCluster) -> RemoteCluster:
    return replace(
        remote,
        name=shorten(remote.name, _MAX_NAME),
        version=shorten(remote.version, _MAX_NAME),
        problem=bounded_failure(remote.problem) if remote.problem else None,
    )


def _texts(texts: Mapping[str, str]) -> dict[str, str]:
    first = list(texts.items())[:MAX_DETAILS]
    return {shorten(key, _MAX_NAME): shorten(value, _MAX_TEXT) for key, value in first}


def _gaps(gaps: tuple[Failure, ...]) -> tuple[Failure, ...]:
    kept = tuple(map(bounded_failure, gaps[:MAX_GAPS]))
    if len(gaps) <= MAX_GAPS:
        return kept
    return (*kept, Failure(gaps[MAX_GAPS].reason, f"…and {len(gaps) - MAX_GAPS} more"))
