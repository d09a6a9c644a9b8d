"""What the stack of docs/server-dependencies.md has around Temporal and its databases, and what is told.

No Grafana can be had here: its answer is recorded (8.0.6, grafana/grafana#37438).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot
from tests.probes.servers import Pages
from tests.probes.test_grafana import HEALTH, HEALTH_8, answer, by_path

from .agents import one_cycle
from .servers.kafka import KafkaOptions, KafkaServer
from .servers.kafka_build import kafka_jars
from .servers.prometheus import PrometheusBinaries, PrometheusServer
from .servers.requirement import require
from .servers.temporal import TemporalServer
from .servers.zookeeper import ZooKeeperServer
from .servers.zookeeper_build import zookeeper_jars

Answer = tuple[Verdict, Reason]


def yes(reason: Reason) -> Answer:
    """Supported, for this reason."""
    return Verdict.SUPPORTED, reason


@dataclass(frozen=True)
class Around:
    """What the stack has around the server and its databases."""

    kafka: KafkaServer
    zookeeper: ZooKeeperServer
    grafana: str

    def described(self, prometheus: PrometheusServer) -> dict[str, Any]:
        """These columns as the agent's configuration has them."""
        return {
            "event_streaming": {
                "kafka": {"brokers": [self.kafka.address]},
                "zookeeper": {"hosts": [self.zookeeper.address]},
            },
            "multi_datacenter": False,
            "monitoring": {"prometheus": {"url": prometheus.url}},
            "observation": {"grafana": {"url": self.grafana}},
        }


@contextmanager
def start_around() -> Iterator[Around]:
    """Kafka 2.1.1 on ZooKeeper 3.4.6, and the recorded Grafana."""
    with ExitStack() as running:
        zookeeper = running.enter_context(ZooKeeperServer(require(lambda: zookeeper_jars("3.4.6"))))
        options = KafkaOptions(zookeeper=zookeeper.address)
        kafka = running.enter_context(KafkaServer(require(lambda: kafka_jars("2.1.1")), options))
        grafana = running.enter_context(Pages(by_path({HEALTH: answer(HEALTH_8)})))
        yield Around(kafka, zookeeper, f"http://{grafana.address}")


def scraper(binaries: PrometheusBinaries, server: TemporalServer) -> PrometheusServer:
    """A Prometheus that scrapes this server; enter it to start it."""
    job = {"static_configs": [{"targets": [server.metrics_address]}]}
    return PrometheusServer(binaries, {"temporal": job})


def answers(snapshot: Snapshot) -> dict[tuple[Role, Check], Answer]:
    """The answer to every check."""
    return {(r.role, r.check): (r.verdict, r.reason) for r in snapshot.judgement.results}


def versions(snapshot: Snapshot) -> dict[Role, set[str]]:
    """The versions that were read of each role; none failed."""
    found: dict[Role, set[str]] = {}
    for observation in snapshot.observations:
        assert observation.failure is None, observation
        assert observation.facts is not None
        told = {node.version for node in observation.facts.nodes}
        found[observation.target.role] = found.get(observation.target.role, set()) | told
    return found


def own_version(prometheus: PrometheusServer) -> str:
    """What it says of itself in its metrics, once it has scraped them."""
    end = time.monotonic() + 30
    while not (series := prometheus.query("prometheus_build_info")) and time.monotonic() < end:
        time.sleep(0.2)
    return series[0][0]["version"]


def without_kafka(described: dict[str, Any]) -> dict[str, Any]:
    """The same cluster with neither Kafka nor ZooKeeper named."""
    return {key: part for key, part in described.items() if key != "event_streaming"}


def uses_no_kafka(snapshot: Snapshot) -> None:
    """The release has no use for either, and wants neither."""
    for role in (Role.EVENT_STREAMING, Role.COORDINATION):
        assert answers(snapshot)[role, Check.VERSION] == yes(Reason.NOT_USED)
        assert (role, Check.REQUIRED) not in answers(snapshot)


def assumed(folder: Path, described: dict[str, Any], release: str) -> Snapshot:
    """One round, judged as if this release ran."""
    with one_cycle(folder, described) as cycle:
        cycle.subject = replace(cycle.subject, assumed=release)
        return cycle.round()
