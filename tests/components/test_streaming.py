"""Kafka and ZooKeeper."""

from __future__ import annotations

from agent.components.streaming import KAFKA, ZOOKEEPER
from agent.model.vocabulary import Role


def test_the_image_of_kafka_has_the_version_behind_that_of_scala() -> None:
    assert KAFKA.ci_image is not None
    found = KAFKA.ci_image.fullmatch("wurstmeister/kafka:2.12-2.1.1")
    assert found is not None
    assert found[1] == "2.1.1"


def test_both_end_in_the_same_release() -> None:
    streaming, coordination = KAFKA.filling(Role.EVENT_STREAMING), ZOOKEEPER.filling(Role.COORDINATION)
    assert streaming is not None
    assert coordination is not None
    assert streaming.releases == coordination.releases == "<1.8.0"
