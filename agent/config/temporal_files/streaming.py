"""Kafka, which Temporal releases up to 1.6 use to write search records.

Source: temporalio/temporal@v1.3.0: common/messaging/kafkaConfig.go. It does not mention ZooKeeper.
"""

from __future__ import annotations

from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.tls import read_tls
from agent.config.temporal_files.yaml_tree import YamlNode

_KAFKA = ("event_streaming", "kafka")


def read_streaming(imported: ImportedSettings, config: YamlNode) -> None:
    """Import the brokers of the visibility topic, if the server also has a search store."""
    kafka = config["kafka"]
    topic = kafka.at("applications", "visibility", "topic")
    cluster = kafka.at("topics", topic.text, "cluster")
    brokers = kafka.at("clusters", cluster.text, "brokers")
    # The images' template leaves `:9092` if Kafka is not configured.
    named = (item.text for item in brokers.items if item.text and not item.text.startswith(":"))
    addresses = tuple(dict.fromkeys(named))
    if addresses and config.at("persistence", "advancedVisibilityStore").text:
        imported.put((*_KAFKA, "brokers"), addresses, brokers)
        read_tls(imported, _KAFKA, kafka["tls"])
