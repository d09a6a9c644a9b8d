"""Which configured clusters are the same cluster, by the cluster id that their servers report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from agent.model.vocabulary import Role
from agent.snapshot import Snapshot


def same_clusters(snapshots: Iterable[Snapshot]) -> Mapping[str, Sequence[str]]:
    """For the name of each cluster that shares its id, the names of the others."""
    by_id: dict[str, list[str]] = defaultdict(list)
    for snapshot in snapshots:
        for cluster_id in cluster_ids(snapshot):
            by_id[cluster_id].append(snapshot.subject.name)
    return {
        name: [other for other in names if other != name]
        for names in by_id.values()
        if len(names) > 1
        for name in names
    }


def cluster_ids(snapshot: Snapshot) -> set[str]:
    """The cluster ids that its servers last reported, of any age: a server keeps its id."""
    facts = [o.facts for o in snapshot.observations if o.target.role is Role.SERVER and o.facts]
    return {found.details["cluster_id"] for found in facts if "cluster_id" in found.details}
