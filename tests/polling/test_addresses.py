"""Addresses of targets in messages."""

from __future__ import annotations

from typing import Any

from agent.config import Cluster
from agent.polling.targets import probe_specs
from tests.laws import law

LOGIN = {"database": "temporal", "user": "agent"}


@law(
    [
        ({"postgresql": {"host": "pg", **LOGIN}}, "pg:5432"),
        ({"postgresql": {"host": "::1", **LOGIN}}, "[::1]:5432"),
        ({"mysql": {"host": "my", "port": 3307, **LOGIN}}, "my:3307"),
        ({"cassandra": {"hosts": ("a", "b", "c"), "keyspace": "temporal"}}, "a:9042 and 2 more"),
        ({"sqlite": {"path": "/var/lib/temporal.db"}}, "/var/lib/temporal.db"),
        ({"elasticsearch": {"url": "https://es:9200", "index": "temporal"}}, "https://es:9200"),
    ]
)
def test_a_store_has_an_address(store: dict[str, Any], address: str) -> None:
    settings = {"name": "orders-live", "temporal": {"frontend": "temporal:7233"}, "visibility": store}
    specs = probe_specs(Cluster.model_validate(settings))
    assert [spec.target.address for spec in specs] == ["temporal:7233", address]


def test_other_targets_have_one_and_no_query_is_in_it() -> None:
    settings = {
        "name": "orders-live",
        "temporal": {"http": "http://t:7243", "metrics": ("http://t:9090/metrics?token=a-secret-value",)},
        "event_streaming": {"kafka": {"brokers": ("k:9092",)}, "zookeeper": {"hosts": ("z:2181", "y:2181")}},
        "monitoring": {"prometheus": {"url": "http://p:9090"}},
        "observation": {"grafana": {"url": "http://g:3000"}},
    }
    addresses = [spec.target.address for spec in probe_specs(Cluster.model_validate(settings))]
    assert "a-secret-value" not in str(addresses)
    assert addresses[0] == "http://t:7243"
    assert addresses[1].startswith("http://t:9090/metrics")
    assert addresses[2:] == ["k:9092", "z:2181 and 1 more", "http://p:9090", "http://g:3000"]


@law(
    [
        ({"postgresql": {"host": "pg", **LOGIN, "password_file": "/run/pg"}}, "password from /run/pg"),
        ({"mysql": {"host": "my", **LOGIN, "password": "${MY}"}}, "password from the variable MY"),
        ({"mysql": {"host": "my", **LOGIN, "password": "${/a.yaml#/b/c}"}}, "password from /a.yaml, key b.c"),
        ({"postgresql": {"host": "pg", **LOGIN}}, "no password is configured"),
        ({"sqlite": {"path": "/var/lib/temporal.db"}}, ""),
        (
            {"elasticsearch": {"url": "https://es:9200", "index": "temporal", "api_key_file": "/run/es"}},
            "API key from /run/es",
        ),
    ]
)
def test_a_refused_login_names_where_the_password_comes_from(store: dict[str, Any], login: str) -> None:
    temporal = {"frontend": "temporal:7233", "tls": {}, "token_file": "/run/token"}
    settings = {"name": "orders-live", "temporal": temporal, "visibility": store}
    specs = probe_specs(Cluster.model_validate(settings))
    assert [spec.target.login for spec in specs] == ["token from /run/token", login]
