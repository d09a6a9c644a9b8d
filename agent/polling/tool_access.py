"""How the schema tools reach a cluster's stores, from the agent's own configuration. No secret is read."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, urlencode

from agent.config import Cassandra, Cluster, Elasticsearch, OneStore, Tls
from agent.config.stores import PostgreSql, SqlServer
from agent.model.vocabulary import Role
from agent.upgrade import Access, Toolbox


def toolbox(cluster: Cluster) -> Toolbox:
    """The tools for this cluster's stores."""
    stores = {
        Role.PERSISTENCE: cluster.persistence,
        Role.VISIBILITY: cluster.visibility,
        Role.SECONDARY_VISIBILITY: cluster.secondary_visibility,
        Role.SEARCH: cluster.search,
    }
    found = {role: (store, _access(store)) for role, store in stores.items() if store is not None}
    return Toolbox(
        {
            role: _with_file(cluster, role, access, store)
            for role, (store, access) in found.items()
            if access is not None
        },
        cluster.temporal.frontend or "",
    )


def _with_file(cluster: Cluster, role: Role, access: Access, store: OneStore) -> Access:
    """What Temporal's own file adds: connect attributes.

    The search_path of the store is one of them, also without a file.
    """
    file, given = cluster.server_file, dict[str, str]()
    if file is not None:
        given |= next((found for name, found in (file.tool_attributes or {}).items() if name == role), {})
    settings = getattr(store, store.kind)
    if isinstance(settings, PostgreSql) and settings.search_path:
        given["search_path"] = settings.search_path
    return replace(access, attributes=urlencode(given, quote_via=quote))


def _access(store: OneStore) -> Access | None:
    settings = getattr(store, store.kind)
    tls: Tls | None = getattr(settings, "tls", None)
    match settings:
        case SqlServer():
            access = Access(settings.host, settings.port, settings.database, settings.user)
        case Cassandra():
            access = Access(settings.hosts[0], settings.port, settings.keyspace, settings.user or "")
        case Elasticsearch():
            # What follows a `?` may be a secret. The command then has a variable for the address.
            url = "" if "?" in settings.url else settings.url
            access = Access(url=url, name=settings.index, user=settings.user or "")
        case _:
            return None
    if tls is None:
        return access
    return replace(
        access,
        tls=True,
        verifies=tls.verifies,
        ca_file=tls.ca_file or "",
        cert_file=tls.cert_file or "",
        key_file=tls.key_file or "",
        server_name=tls.server_name or "",
    )
