"""Where each target is, and where its password comes from: for people, in messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.config import Cassandra, Sqlite, Temporal, Watch
from agent.config.secret import Secret
from agent.config.stores import SqlServer
from agent.config.streaming import Kafka, ZooKeeper


def address_of(settings: Any) -> str:
    """`host:port`, a URL or a path; of several nodes the first, and how many more there are."""
    match settings:
        case SqlServer():
            return _host_port(settings.host, settings.port)
        case Cassandra():
            return _first([_host_port(host, settings.port) for host in settings.hosts])
        case Sqlite():
            return settings.path
        case Kafka():
            return _first(settings.brokers)
        case ZooKeeper():
            return _first(settings.hosts)
        case Watch():
            return settings.prometheus.url
    return str(settings.url)


def login_of(settings: Any) -> str:
    """Where the password, token or API key of a target comes from; empty where it has no login."""
    settings = settings.prometheus if isinstance(settings, Watch) else settings
    kinds = {"secret": "token" if isinstance(settings, Temporal) else "password", "key": "API key"}
    for attribute, word in {**kinds, "bearer": "token"}.items():
        secret = getattr(settings, attribute, None)
        if isinstance(secret, Secret):
            return f"{word} from {secret.place}"
    return "no password is configured" if getattr(settings, "user", None) else ""


def _host_port(host: str, port: int) -> str:
    is_bare_ipv6 = ":" in host and not host.startswith("[")
    return f"[{host}]:{port}" if is_bare_ipv6 else f"{host}:{port}"


def _first(places: Sequence[str]) -> str:
    return places[0] + (f" and {len(places) - 1} more" if len(places) > 1 else "")
