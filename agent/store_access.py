"""How the schema tools reach a cluster's stores, from the agent's own configuration. No secret is read."""

from __future__ import annotations

from agent.config import Cluster, OneStore, Tls
from agent.upgrade import Access, Toolbox
from agent.vocabulary import Role


def toolbox(cluster: Cluster) -> Toolbox:
    """The tools for this cluster's stores."""
    stores = {
        Role.PERSISTENCE: cluster.persistence,
        Role.VISIBILITY: cluster.visibility,
        Role.SECONDARY_VISIBILITY: cluster.secondary_visibility,
        Role.SEARCH: cluster.search,
    }
    found = {role: _access(store) for role, store in stores.items() if store is not None}
    return Toolbox({role: access for role, access in found.items() if access is not None})


def _access(store: OneStore) -> Access | None:
    settings = getattr(store, store.kind)
    tls: Tls | None = getattr(settings, "tls", None)
    files = {
        "tls": tls is not None,
        "ca_file": (tls.ca_file if tls else None) or "",
        "cert_file": (tls.cert_file if tls else None) or "",
        "key_file": (tls.key_file if tls else None) or "",
        "server_name": (tls.server_name if tls else None) or "",
    }
    if store.kind in ("mysql", "postgresql"):
        return Access(settings.host, settings.port, settings.database, settings.user, **files)
    if store.kind == "cassandra":
        return Access(settings.hosts[0], settings.port, settings.keyspace, settings.user or "", **files)
    if store.kind in ("elasticsearch", "opensearch"):
        return Access(url=settings.url, name=settings.index, user=settings.user or "", **files)
    return None
