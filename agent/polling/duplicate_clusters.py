"""Which configured clusters are the same cluster, by the cluster id that their servers report."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

from agent.model.vocabulary import Role
from agent.snapshot import Snapshot


class ClusterIds:
    """The cluster ids of the configured clusters. A change costs nothing for clusters with other ids."""

    def __init__(self, names: Iterable[str]) -> None:
        """`names`: all configured clusters. The clusters with one id are in this order."""
        self._order = {name: number for number, name in enumerate(names)}
        self._ids: dict[str, Set[str]] = {}
        self._names: dict[str, list[str]] = defaultdict(list)

    def change(self, name: str, ids: Set[str]) -> set[str]:
        """Set the ids of one cluster. Returns the clusters whose `same_as` may have changed."""
        before = self._ids.get(name, frozenset())
        self._ids[name] = ids
        for cluster_id in before - ids:
            self._names[cluster_id].remove(name)
        for cluster_id in ids - before:
            insort(self._names[cluster_id], name, key=self._order.__getitem__)
        changed = {other for cluster_id in before ^ ids for other in self._names[cluster_id]}
        for cluster_id in before - ids:
            if not self._names[cluster_id]:
                del self._names[cluster_id]
        return {*changed, name}

    def same_as(self, name: str) -> Sequence[str]:
        """The other clusters that have an id of this cluster, each once."""
        ids = self._ids.get(name, ())
        found = {other: None for each in sorted(ids) for other in self._names[each] if other != name}
        return tuple(found)


def same_clusters(snapshots: Iterable[Snapshot]) -> Mapping[str, Sequence[str]]:
    """For the name of each cluster, the names of the others that share its id."""
    by_name = {snapshot.subject.name: cluster_ids(snapshot) for snapshot in snapshots}
    known = ClusterIds(by_name)
    for name, ids in by_name.items():
        known.change(name, ids)
    return {name: known.same_as(name) for name in by_name}


def cluster_ids(snapshot: Snapshot) -> set[str]:
    """The cluster ids that its servers last reported, of any age: a server keeps its id."""
    facts = [o.facts for o in snapshot.observations if o.target.role is Role.SERVER and o.facts]
    return {found.details["cluster_id"] for found in facts if "cluster_id" in found.details}
