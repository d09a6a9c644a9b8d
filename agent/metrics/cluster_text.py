"""The series of one cluster as text. What a round did not change is taken from the round before."""

from __future__ import annotations

from dataclasses import dataclass

from agent.metrics.families import CHANGING_FAMILIES, CLUSTER_FAMILIES
from agent.snapshot import Snapshot

_CHANGES_EVERY_ROUND = tuple(family in CHANGING_FAMILIES for family in CLUSTER_FAMILIES)


@dataclass(frozen=True)
class ClusterText:
    """`texts`: one for each of `CLUSTER_FAMILIES`, in their order; empty for a family without a series."""

    snapshot: Snapshot
    texts: tuple[bytes, ...]


def cluster_text(snapshot: Snapshot, before: ClusterText | None = None) -> ClusterText:
    """Render a cluster. `before`: the same cluster as it was rendered before.

    A family that has not changed keeps its text, the same object. Only the times and counts of probes change
    with every round of a healthy cluster.
    """
    if before is None:
        return ClusterText(snapshot, tuple(_text(index, snapshot) for index in range(len(CLUSTER_FAMILIES))))
    is_unchanged = snapshot.has_content_of(before.snapshot)
    texts = []
    for index, known in enumerate(before.texts):
        if not is_unchanged or _CHANGES_EVERY_ROUND[index]:
            text = _text(index, snapshot)
            texts.append(known if text == known else text)
        else:
            texts.append(known)
    return ClusterText(snapshot, tuple(texts))


def _text(index: int, snapshot: Snapshot) -> bytes:
    # A lone surrogate of a target must not cost the whole exposition.
    return CLUSTER_FAMILIES[index].text(snapshot, snapshot.subject.name).encode(errors="replace")
