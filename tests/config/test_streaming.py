"""Valid `event_streaming` settings; invalid ones are in tests/config/bad."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.config import EventStreaming, Kafka, ZooKeeper


def test_a_login_is_plain_by_default_and_the_secret_stays_outside() -> None:
    kafka = Kafka(brokers=("kafka:9092",), user="agent", password="${KAFKA_PASSWORD}")
    assert kafka.sasl_mechanism == "PLAIN"
    assert kafka.secret is not None
    assert kafka.secret.reference == "${KAFKA_PASSWORD}"
    assert Kafka(brokers=("kafka:9092",)).secret is None


def test_one_admin_server_may_be_written_without_a_list() -> None:
    plain = ZooKeeper.model_validate({"hosts": ("zk:2181",), "admin": "http://zk:8080"})
    assert plain == ZooKeeper(hosts=("zk:2181",), admin=("http://zk:8080",))
    assert ZooKeeper(hosts=("zk:2181",)).admin == ()


@pytest.mark.parametrize(
    "parts",
    [
        {"kafka": {"brokers": ("kafka:9092",)}},
        {"zookeeper": {"hosts": ("zk:2181",)}},
        {"kafka": {"brokers": ("[::1]:9092",)}, "zookeeper": {"hosts": ("zk-0:2181", "zk-1:2181")}},
    ],
)
def test_either_part_is_enough(parts: dict[str, Any]) -> None:
    streaming = EventStreaming.model_validate(parts)
    assert (streaming.kafka is not None, streaming.zookeeper is not None) == (
        "kafka" in parts,
        "zookeeper" in parts,
    )


def test_a_sasl_mechanism_needs_a_user() -> None:
    with pytest.raises(ValidationError, match="set user and password_file"):
        Kafka(brokers=("kafka:9092",), sasl_mechanism="SCRAM-SHA-512")
    # The default may be written, as `config check --resolved` does.
    assert Kafka(brokers=("kafka:9092",), sasl_mechanism="PLAIN") == Kafka(brokers=("kafka:9092",))


def test_an_address_without_a_port_is_refused() -> None:
    for model, key in ((Kafka, "brokers"), (ZooKeeper, "hosts")):
        with pytest.raises(ValidationError, match="write host:port"):
            model.model_validate({key: ("here",)})
