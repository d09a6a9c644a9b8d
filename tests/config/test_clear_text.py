"""`config check` names each secret that crosses the network without encryption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.config import load_config
from agent.config.clear_text import clear_text_secrets
from tests.commands import command

LOGIN = {"user": "agent", "password_file": "secret"}
CASSANDRA = {"hosts": ["db"], "keyspace": "temporal", **LOGIN}
SQL = {"host": "db", "database": "temporal", **LOGIN}
TLS: dict[str, Any] = {"tls": {}}
TOKEN = {"token_file": "secret"}

CLEAR = [
    ({"temporal": {"frontend": "a:7233", **TOKEN}}, "temporal.frontend: the token"),
    ({"temporal": {"http": "http://a:7243", **TOKEN}}, "temporal.http: the token"),
    ({"persistence": {"cassandra": CASSANDRA}}, "persistence.cassandra: the password"),
    ({"persistence": {"mysql": SQL}}, "persistence.mysql: without encryption"),
    (
        {"visibility": {"postgresql": {**SQL, "allow_cleartext_password": True}}},
        "visibility.postgresql: the password",
    ),
    (
        {"visibility": {"elasticsearch": {"url": "http://es", "index": "i", **LOGIN}}},
        "visibility.elasticsearch: the login",
    ),
    (
        {"search": {"opensearch": {"url": "http://es", "index": "i", "api_key_file": "secret"}}},
        "search.opensearch: the login",
    ),
    ({"event_streaming": {"kafka": {"brokers": ["a:9092"], **LOGIN}}}, "event_streaming.kafka: the password"),
    ({"monitoring": {"prometheus": {"url": "http://p", **LOGIN}}}, "monitoring.prometheus: the login"),
    ({"observation": {"grafana": {"url": "http://g", **TOKEN}}}, "observation.grafana: the login"),
]
SAFE = [
    {"temporal": {"frontend": "a:7233", "http": "https://a:7243", **TOKEN, **TLS}},
    {"temporal": {"frontend": "a:7233", "http": "http://a:7243"}},
    {"persistence": {"cassandra": {**CASSANDRA, **TLS}}},
    {"persistence": {"mysql": {**SQL, **TLS}}},
    {"persistence": {"postgresql": SQL}},
    {"visibility": {"elasticsearch": {"url": "https://es", "index": "i", **LOGIN}}},
    {"event_streaming": {"kafka": {"brokers": ["a:1"], **LOGIN, "sasl_mechanism": "SCRAM-SHA-512"}}},
    {"monitoring": {"prometheus": {"url": "http://p"}}},
]


def written(tmp_path: Path, part: dict[str, Any]) -> Path:
    path = tmp_path / "agent.yaml"
    described = {"name": "orders-live", "temporal": {"frontend": "a:7233"}, **part}
    path.write_text(yaml.safe_dump({"clusters": [described]}))
    return path


@pytest.mark.parametrize(("part", "text"), CLEAR)
def test_a_secret_without_encryption_is_named(tmp_path: Path, part: dict[str, Any], text: str) -> None:
    path = written(tmp_path, part)
    (line,) = clear_text_secrets(load_config(path))
    assert line.startswith(f"orders-live: {text}")
    result = command("config", "check", str(path))
    assert result.exit_code == 0
    assert line in result.stderr


@pytest.mark.parametrize("part", SAFE)
def test_what_is_encrypted_or_has_no_secret_is_not_named(tmp_path: Path, part: dict[str, Any]) -> None:
    assert clear_text_secrets(load_config(written(tmp_path, part))) == []
