"""The upgrade outlook of clusters. Those that differ only in their names share one.

Plans cost more than verdicts.
"""

from __future__ import annotations

from dataclasses import replace

from agent.matrix import Matrix
from agent.model.observation import Facts, Instant
from agent.snapshot import Snapshot
from agent.upgrade import Outlook, outlook

#: Outlooks that are kept for other clusters, the newest first.
_KEPT = 64


class Outlooks:
    """The outlooks of the last clusters. Threads may share it."""

    def __init__(self) -> None:
        self._known: tuple[tuple[object, tuple[Outlook, ...]], ...] = ()

    def of(self, matrix: Matrix, snapshot: Snapshot, now: Instant) -> tuple[Outlook, ...]:
        """The outlook of this cluster at the moment `now`, as `outlook` calculates it."""
        judgement = snapshot.judgement
        # An outlook has numbers and releases, so it does not depend on what only texts name.
        subject = replace(snapshot.subject, name="", product="", environment="", same_as=())
        facts = tuple(_without_id(o.facts) for o in snapshot.observations)
        targets = tuple(o.target for o in snapshot.observations)
        # When a waiver ends, what it accepted becomes a blocker.
        key = matrix.digest, subject, targets, judgement.fresh, judgement.waivers, facts
        found = next((ahead for known, ahead in self._known if known == key), None)
        if found is None:
            found = outlook(matrix, snapshot.subject, snapshot.observations, now)
            self._known = ((key, found), *self._known)[:_KEPT]
        return found


def _without_id(facts: Facts | None) -> Facts | None:
    if facts is None or "cluster_id" not in facts.details:
        return facts
    return replace(facts, details={k: v for k, v in facts.details.items() if k != "cluster_id"})
