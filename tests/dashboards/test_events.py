"""What people are notified of when the agent, Prometheus or a store fails."""

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from agent.mixin import THRESHOLDS, rules
from tests.fleets import eventually
from tests.integration.servers.alertmanager import AlertmanagerServer, alertmanager_binaries, may_mount
from tests.integration.servers.prometheus import PrometheusServer, prometheus_binaries
from tests.integration.servers.requirement import require
from tests.probes.servers import Answer, Pages, Request

from .test_alertmanager import EXAMPLE

NAMES = tuple(f"c{number}" for number in range(20))
#: Seconds until everything that an event causes has been sent.
SETTLED = 11.0
PLAIN = {"Content-Type": "text/plain; version=0.0.4"}


class People(BaseHTTPRequestHandler):
    """The receivers of Alertmanager's notifications."""

    def do_POST(self) -> None:
        """Keep the notification: who got it, whether it fires, and the name of the alert."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sent: list[tuple[str, str, str]] = self.server.sent  # type: ignore[attr-defined]
        sent.append((self.path.strip("/"), body["status"], body["groupLabels"]["alertname"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Write nothing."""


class Replica:
    """An agent that monitors clusters whose schema is behind, as Prometheus sees it."""

    def __init__(self, clusters: Sequence[str] = NAMES) -> None:
        self.clusters = clusters
        self.is_alive = True
        self.is_mended = False
        self.reads_store = True

    def answer(self, request: Request) -> Answer:
        """`/metrics`, or one cluster as from `/probe`."""
        if not self.is_alive:
            return Answer(b"", 503)
        _, is_probe, probed = request.path.partition("/probe?cluster=")
        lines = self._clusters([probed] if is_probe else self.clusters)
        if not is_probe:
            lines += ['build_info{version="1.0.0"} 1', f"clusters {len(self.clusters)}"]
            lines += [f"last_round_timestamp_seconds {time.time()}"] if self.clusters else []
        return Answer("".join(f"temporal_compat_{line}\n" for line in lines).encode(), headers=PLAIN)

    def _clusters(self, names: Sequence[str]) -> list[str]:
        lines = []
        for each in names:
            name = f'temporal_cluster="{each}"'
            owner = f'{name},product="shop",temporal_environment="live"'
            store = f'{name},role="persistence",component="postgresql"'
            bad = not self.is_mended
            lines += [
                f"cluster_info{{{owner}}} 1",
                f"would_start{{{owner}}} {int(not bad)}",
                f'cluster_verdict{{{owner},verdict="unsupported"}} {int(bad)}',
                f'probe_up{{{store},probe="sql",name=""}} {int(self.reads_store)}',
            ]
            if bad:
                finding = 'check="schema",reason="schema_behind",verdict="unsupported",waived="false"'
                lines.append(f"finding_info{{{store},{finding}}} 1")
        return lines


def _quick_rules(folder: Path) -> Path:
    quick = {each.name: "2s" for each in THRESHOLDS if each.name.endswith("_for")}
    text = rules(quick | {"keep_firing_for": "5s", "probe_failing_for": "6s", "agent_down_for": "3s"})
    file = folder / "rules.yaml"
    file.write_text(text.replace("keep_firing_for: 5m", "keep_firing_for: 3s"), encoding="utf-8")
    return file


def _quick_alertmanager(folder: Path, pager: str) -> Path:
    config = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    config["route"] |= {"group_wait": "3s", "group_interval": "1s"}
    for receiver in config["receivers"]:
        url = f"http://{pager}/{receiver['name']}"
        receiver["webhook_configs"] = [{"url": url, "send_resolved": True}]
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    return file


Sent = list[tuple[str, str, str]]
Jobs = Callable[[list[str]], dict[str, Any]]


def _scraped(addresses: list[str]) -> dict[str, Any]:
    return {"agent": {"static_configs": [{"targets": addresses}]}}


def _probed(addresses: list[str]) -> dict[str, Any]:
    """The job of the agent itself, and one target for each cluster, as from `/sd`."""
    relabeling = [
        {"source_labels": ["__address__"], "target_label": "__param_cluster"},
        {"source_labels": ["__address__"], "target_label": "instance"},
        {"target_label": "__address__", "replacement": addresses[0]},
    ]
    targets = {"static_configs": [{"targets": list(NAMES)}], "relabel_configs": relabeling}
    return {**_scraped(addresses), "clusters": {"metrics_path": "/probe", **targets}}


class Events:
    """Causes events, and keeps what was sent after each."""

    def __init__(self, sent: Sent, prometheus: PrometheusServer) -> None:
        self._sent = sent
        self.prometheus = prometheus
        self._seen = 0
        self._measured: dict[str, Sent] = {}

    def after(self, event: str) -> None:
        """Everything that was sent since the last event belongs to this one."""
        eventually(lambda: False, SETTLED)
        self._measured[event] = self._sent[self._seen :]
        self._seen = len(self._sent)

    def differences(self) -> dict[str, tuple[str, ...]]:
        """What was sent after the events for which docs/metrics.md says something else."""
        page = Path(__file__).parents[2] / "docs" / "metrics.md"
        rows = re.findall(
            r"^\| (.+?) \| ([^|]+) \| ([^|]+) \|$", page.read_text(encoding="utf-8"), re.MULTILINE
        )
        documented = {event: (firing.strip(), resolved.strip()) for event, firing, resolved in rows}
        found = {
            event: tuple(
                ", ".join(f"{name} ({who})" for who, status, name in sent if status == wanted) or "none"
                for wanted in ("firing", "resolved")
            )
            for event, sent in self._measured.items()
        }
        return {event: what for event, what in found.items() if documented.get(event) != what}


@contextmanager
def _monitored(folder: Path, agents: Sequence[Replica], jobs: Jobs = _scraped) -> Iterator[Events]:
    sent: Sent = []
    with ExitStack() as stack:
        people = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), People))
        people.sent = sent  # type: ignore[attr-defined]
        Thread(target=people.serve_forever, daemon=True).start()
        stack.callback(people.shutdown)
        addresses = [stack.enter_context(Pages(agent.answer)).address for agent in agents]
        config = _quick_alertmanager(folder, f"127.0.0.1:{people.server_port}")
        alertmanager = stack.enter_context(AlertmanagerServer(require(alertmanager_binaries), config))
        prometheus = PrometheusServer(
            require(prometheus_binaries),
            jobs(addresses),
            [_quick_rules(folder)],
            alertmanager=alertmanager.address,
        )
        events = Events(sent, stack.enter_context(prometheus))
        eventually(lambda: bool(sent), 30)
        yield events


def _restart(replica: Replica) -> None:
    replica.is_alive = False
    eventually(lambda: False, 1.5)
    replica.is_alive = True


pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(
        not may_mount(), reason="Debian's Alertmanager needs a mount, which this user may not make"
    ),
]


def test_one_cause_is_one_page_and_nothing_is_resolved_that_is_still_bad(tmp_path: Path) -> None:
    replicas = [Replica(), Replica()]
    with _monitored(tmp_path, replicas) as events:
        events.after("20 schemas fall behind")
        _restart(replicas[0])
        events.after("one replica restarts")
        for replica in replicas:
            _restart(replica)
            eventually(lambda: False, 1.5)
        events.after("a planned rollout restarts one replica after the other")
        for replica in replicas:
            replica.is_alive = False
        events.after("every replica dies")
        events.prometheus.restart()
        events.after("Prometheus restarts while every replica is down")
        for replica in replicas:
            replica.is_alive = True
        events.after("the replicas come back")
        events.prometheus.restart()
        events.after("Prometheus restarts")
        for _ in range(3):
            for replica in replicas:
                replica.reads_store = not replica.reads_store
            eventually(lambda: False, 1.5)
        for replica in replicas:
            replica.reads_store = True
        events.after("a store flaps")
        for replica in replicas:
            replica.is_mended = True
        events.after("the schemas are migrated")
    assert events.differences() == {}


def test_sharded_agents_hold_the_clusters_of_the_one_that_is_down(tmp_path: Path) -> None:
    shards = [Replica(NAMES[:10]), Replica(NAMES[10:])]
    with _monitored(tmp_path, shards) as events:
        events.after("20 schemas fall behind")
        for shard in shards:
            _restart(shard)
            eventually(lambda: False, 1.5)
        events.after("sharded agents: a planned rollout")
        shards[0].is_alive = False
        events.after("sharded agents: one dies")
        shards[0].is_alive = True
        events.after("sharded agents: it comes back")
    assert events.differences() == {}


def test_an_agent_that_is_read_by_probe_is_one_page_and_holds_its_clusters(tmp_path: Path) -> None:
    agent = Replica(())
    with _monitored(tmp_path, [agent], _probed) as events:
        events.after("20 schemas fall behind")
        _restart(agent)
        events.after("`/probe`: the agent restarts")
        agent.is_alive = False
        events.after("`/probe`: the agent dies")
        agent.is_alive = True
        events.after("`/probe`: the agent comes back")
    assert events.differences() == {}
