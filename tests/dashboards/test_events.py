"""What people are notified of when the agent, Prometheus or a store fails."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from agent.mixin import THRESHOLDS, rules
from tests.fleets import eventually
from tests.integration.servers.alertmanager import AlertmanagerServer, alertmanager_binaries, may_mount
from tests.integration.servers.prometheus import PrometheusServer, prometheus_binaries
from tests.integration.servers.requirement import require
from tests.probes.servers import Answer, Pages, Request

from .test_alertmanager import EXAMPLE

CLUSTERS = 20
#: Seconds until everything that an event causes has been sent.
SETTLED = 9.0
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

    def __init__(self) -> None:
        self.is_alive = True
        self.is_mended = False
        self.reads_store = True

    def answer(self, _request: Request) -> Answer:
        if not self.is_alive:
            return Answer(b"", 503)
        lines = [
            'build_info{version="1.0.0"} 1',
            "clusters 20",
            f"last_round_timestamp_seconds {time.time()}",
        ]
        for number in range(CLUSTERS):
            name = f'temporal_cluster="c{number}"'
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
        return Answer("".join(f"temporal_compat_{line}\n" for line in lines).encode(), headers=PLAIN)


def _quick_rules(folder: Path) -> Path:
    quick = {each.name: "2s" for each in THRESHOLDS if each.name.endswith("_for")}
    text = rules(quick | {"keep_firing_for": "5s", "probe_failing_for": "6s", "agent_down_for": "3s"})
    file = folder / "rules.yaml"
    file.write_text(text.replace("keep_firing_for: 5m", "keep_firing_for: 3s"), encoding="utf-8")
    return file


def _quick_alertmanager(folder: Path, pager: str) -> Path:
    config = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    config["route"] |= {"group_wait": "1s", "group_interval": "1s"}
    for receiver in config["receivers"]:
        url = f"http://{pager}/{receiver['name']}"
        receiver["webhook_configs"] = [{"url": url, "send_resolved": True}]
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    return file


@contextmanager
def _monitored(folder: Path) -> Iterator[tuple[list[Replica], PrometheusServer, list[tuple[str, str, str]]]]:
    replicas, sent = [Replica(), Replica()], list[tuple[str, str, str]]()
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), People) as people,
        Pages(replicas[0].answer) as first,
        Pages(replicas[1].answer) as second,
        AlertmanagerServer(
            require(alertmanager_binaries), _quick_alertmanager(folder, f"127.0.0.1:{people.server_port}")
        ) as alertmanager,
    ):
        people.sent = sent  # type: ignore[attr-defined]
        Thread(target=people.serve_forever, daemon=True).start()
        jobs = {"agent": {"static_configs": [{"targets": [first.address, second.address]}]}}
        with PrometheusServer(
            require(prometheus_binaries), jobs, [_quick_rules(folder)], alertmanager=alertmanager.address
        ) as prometheus:
            yield replicas, prometheus, sent
            people.shutdown()


@pytest.mark.full
@pytest.mark.skipif(
    not may_mount(), reason="Debian's Alertmanager needs a mount, which this user may not make"
)
def test_one_cause_is_one_page_and_nothing_is_resolved_that_is_still_bad(tmp_path: Path) -> None:
    with _monitored(tmp_path) as (replicas, prometheus, people):
        measured: dict[str, list[tuple[str, str, str]]] = {}

        def after(event: str) -> None:
            eventually(lambda: False, SETTLED)
            before = sum(map(len, measured.values()))
            measured[event] = people[before:]

        eventually(lambda: bool(people), 30)
        after("20 schemas fall behind")
        replicas[0].is_alive = False
        eventually(lambda: False, 1.5)
        replicas[0].is_alive = True
        after("one replica restarts")
        for replica in replicas:
            replica.is_alive = False
        after("every replica dies")
        prometheus.restart()
        after("Prometheus restarts while every replica is down")
        for replica in replicas:
            replica.is_alive = True
        after("the replicas come back")
        prometheus.restart()
        after("Prometheus restarts")
        for _ in range(3):
            for replica in replicas:
                replica.reads_store = not replica.reads_store
            eventually(lambda: False, 1.5)
        for replica in replicas:
            replica.reads_store = True
        after("a store flaps")
        for replica in replicas:
            replica.is_mended = True
        after("the schemas are migrated")
    page = Path(__file__).parents[2] / "docs" / "metrics.md"
    documented = re.findall(
        r"^\| (.+?) \| ([^|]+) \| ([^|]+) \|$", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    expected = {event: (firing.strip(), resolved.strip()) for event, firing, resolved in documented}
    found = {
        event: tuple(
            ", ".join(f"{name} ({who})" for who, status, name in sent if status == wanted) or "none"
            for wanted in ("firing", "resolved")
        )
        for event, sent in measured.items()
    }
    assert found == {event: expected.get(event) for event in measured}
