"""Kafka, through which releases up to 1.6 write their search records.

Source: temporalio/temporal@v1.3.0: common/messaging/kafkaConfig.go. ZooKeeper stands nowhere in it.
"""

from __future__ import annotations

from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.stores import read_tls
from agent.config.temporal_files.yaml_tree import YamlNode

_KAFKA = ("event_streaming", "kafka")


def read_streaming(reading: ImportedSettings, config: YamlNode) -> None:
    """The brokers of the topic of visibility, where there is a search store beside it."""
    kafka = config["kafka"]
    topic = kafka.at("applications", "visibility", "topic")
    cluster = kafka.at("topics", topic.text, "cluster")
    brokers = kafka.at("clusters", cluster.text, "brokers")
    # The images' template leaves `:9092` where Kafka is not told.
    found = tuple(item.text for item in brokers.items if item.text and not item.text.startswith(":"))
    if found and config.at("persistence", "advancedVisibilityStore").text:
        reading.put((*_KAFKA, "brokers"), found, brokers)
        read_tls(reading, _KAFKA, kafka["tls"])
