"""Which secrets of a configuration cross the network without encryption: for `config check`."""

from __future__ import annotations

from collections.abc import Iterator

from agent.config.model import Cluster, Config
from agent.config.monitoring import WebApi
from agent.config.stores import Cassandra, Elasticsearch, MySql, OneStore, PostgreSql
from agent.model.vocabulary import Role

_ENCRYPT = "configure `tls`"
_HTTPS = "write https://"


def clear_text_secrets(config: Config) -> list[str]:
    """One line for each secret that who listens, or who pretends to be the server, can get."""
    return [f"{cluster.name}: {line}" for cluster in config.clusters for line in _of(cluster)]


def _of(cluster: Cluster) -> Iterator[str]:
    temporal = cluster.temporal
    if temporal.secret and temporal.frontend and temporal.tls is None:
        yield _line("temporal.frontend", "the token", _ENCRYPT)
    if temporal.secret and _is_plain(temporal.http):
        yield _line("temporal.http", "the token", _HTTPS)
    stores = {
        Role.PERSISTENCE: cluster.persistence,
        Role.VISIBILITY: cluster.visibility,
        Role.SECONDARY_VISIBILITY: cluster.secondary_visibility,
        Role.SEARCH: cluster.search,
    }
    for role, store in stores.items():
        if store is not None:
            yield from _store(f"{role}.{store.kind}", store)
    kafka = cluster.event_streaming.kafka if cluster.event_streaming else None
    if kafka and kafka.user and kafka.tls is None and kafka.sasl_mechanism == "PLAIN":
        yield _line("event_streaming.kafka", "the password", f"{_ENCRYPT}, or choose SCRAM")
    if cluster.monitoring:
        yield from _web_api("monitoring.prometheus", cluster.monitoring.prometheus)
    if cluster.observation:
        yield from _web_api("observation.grafana", cluster.observation.grafana)


def _store(place: str, store: OneStore) -> Iterator[str]:
    match getattr(store, store.kind):
        case Cassandra(user=str(), tls=None) | PostgreSql(allow_cleartext_password=True, tls=None):
            yield _line(place, "the password", _ENCRYPT)
        case MySql(tls=None) as settings if settings.secret:
            text = "a server that pretends to be this one can get the password"
            yield f"{place}: without encryption {text}: {_ENCRYPT}"
        case Elasticsearch() as settings if (settings.user or settings.key) and _is_plain(settings.url):
            yield _line(place, "the login", _HTTPS)


def _web_api(place: str, settings: WebApi) -> Iterator[str]:
    if (settings.secret or settings.bearer) and _is_plain(settings.url):
        yield _line(place, "the login", _HTTPS)


def _is_plain(url: str | None) -> bool:
    return url is not None and url.startswith("http://")


def _line(place: str, secret: str, remedy: str) -> str:
    return f"{place}: {secret} is sent without encryption: {remedy}"
