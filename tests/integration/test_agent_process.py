"""The daemon as a process: signals, exit codes, and a real Prometheus that scrapes it and fires."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from .agents import AgentProcess, cluster, every_endpoint, write_config
from .factories import StoresFactory, TemporalFactory
from .servers.process import StartError
from .servers.prometheus import PrometheusBinaries, PrometheusServer
from .servers.stores import set_schema_version
from .servers.temporal import TemporalServer

PROGRAM = Path(sys.executable).parent / "temporal-compat-agent"
RULES = Path(__file__).parents[2] / "dashboards" / "rules" / "temporal-compat.rules.yaml"


def _wait(condition: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.2)
    return condition()


def _quick_rules(folder: Path) -> Path:
    """The shipped rules with every `for` cut to two seconds, so that a test need not wait for minutes."""
    rules = yaml.safe_load(RULES.read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            if "for" in rule:
                rule["for"] = "2s"
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump(rules))
    return file


def _alerts(prometheus: PrometheusServer) -> set[str]:
    # Of this cluster: with its `for` cut, the agent's own alert fires before its first scrape.
    return {alert["alertname"] for alert in prometheus.firing() if "temporal_cluster" in alert}


def test_a_schema_behind_fires_its_alert_and_outlives_the_agent_and_the_frontend(
    tmp_path: Path,
    prometheus: PrometheusBinaries,
    make_stores: StoresFactory,
    start_temporal: TemporalFactory,
) -> None:
    stores = make_stores()
    server = start_temporal(stores=stores)
    described = cluster(stores, every_endpoint(server))
    password = stores.postgres.password
    with AgentProcess([described], password, max_age="5s") as agent:
        job = {"static_configs": [{"targets": [agent.address]}], "honor_labels": True}
        with PrometheusServer(prometheus, {"agent": job}, [_quick_rules(tmp_path)]) as scraper:
            assert _wait(lambda: agent.cluster()["verdict"] == "supported")
            assert _wait(lambda: agent.cluster()["would_start"] is True)
            assert _wait(lambda: bool(scraper.query("temporal_compat_would_start == 1")))
            # What was published about the release, and how many came after it, is no fault of the cluster.
            assert _alerts(scraper) <= {"TemporalCriticalAdvisory", "TemporalServerOutOfWindow"}

            set_schema_version(stores.postgres, stores.default, "1.18")
            # Within an interval, which is a second here.
            assert _wait(lambda: agent.cluster()["would_start"] is False, 10)
            assert _wait(lambda: {"TemporalSchemaBehind", "TemporalWouldNotStart"} <= _alerts(scraper))
            behind = 'temporal_compat_verdict{check="schema",role="persistence",verdict="unsupported"} == 1'
            assert scraper.query(behind)
            assert scraper.query("temporal_compat_schema_drift_versions == -1")

            # The frontend dies, as it would in the crash loop that the alert is for.
            server.stop(kill=True)
            assert _wait(lambda: not _up(agent, "grpc"))
            time.sleep(6)
            document = agent.cluster()
            assert document["verdict"] == "unsupported"
            assert document["would_start"] is False
            assert "TemporalSchemaBehind" in _alerts(scraper)
            with pytest.raises(StartError, match="cannot be greater than Actual version"):
                server.start()

            # The agent is killed and comes back, to a frontend that it has never seen: the alert stays.
            agent.stop(kill=True)
            gone = time.monotonic()
            while time.monotonic() - gone < 4:
                assert "TemporalSchemaBehind" in _alerts(scraper)
                time.sleep(0.2)
            agent.start()
            back = time.monotonic()
            while time.monotonic() - back < 4:
                assert "TemporalSchemaBehind" in _alerts(scraper)
                time.sleep(0.2)

            set_schema_version(stores.postgres, stores.default, "1.19")
            server.start()
            assert _wait(lambda: agent.cluster()["verdict"] == "supported")
            assert _wait(lambda: not scraper.query(behind))


def _up(agent: AgentProcess, endpoint: str) -> bool:
    return any(probe["up"] for probe in agent.cluster()["probes"] if probe["probe"] == endpoint)


def test_promtool_minds_nothing(
    prometheus: PrometheusBinaries, make_stores: StoresFactory, temporal_server: TemporalServer
) -> None:
    stores = temporal_server.stores
    with AgentProcess([cluster(stores, every_endpoint(temporal_server))], stores.postgres.password) as agent:
        for path in ("/metrics", "/probe?cluster=orders-live"):
            text = agent.get(path).content
            checked = subprocess.run(
                [prometheus.promtool, "check", "metrics"], input=text, capture_output=True, timeout=30
            )
            assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


@pytest.mark.parametrize("hanging", [False, True])
def test_sigterm_ends_the_process_within_two_seconds(
    tmp_path: Path, temporal_server: TemporalServer, hanging: bool
) -> None:
    described = cluster(temporal_server.stores, {"frontend": temporal_server.grpc_address})
    if hanging:
        listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        described["persistence"]["postgresql"]["port"] = listener.getsockname()[1]
    password = temporal_server.stores.postgres.password
    with AgentProcess([described], password, timeout="900ms") as agent:
        began = time.monotonic()
        agent.stop()
        assert time.monotonic() - began < 2
        assert "Traceback" not in agent.log_text()
    if hanging:
        listener.close()


def test_sighup_reloads_and_a_bad_file_keeps_the_old_configuration(temporal_server: TemporalServer) -> None:
    described = cluster(temporal_server.stores, {"frontend": temporal_server.grpc_address})
    with AgentProcess([described], temporal_server.stores.postgres.password) as agent:
        good = agent.config.read_text()
        agent.config.write_text(good + "\nbogus: 1\n")
        os.kill(agent.pid, signal.SIGHUP)
        assert _wait(lambda: "config_last_reload_successful 0.0" in agent.get("/metrics").text)
        assert _wait(lambda: agent.cluster()["verdict"] == "supported")
        assert "bogus: unknown key" in agent.log_text()
        assert "bogus: unknown key" in agent.get("/").text
        data = yaml.safe_load(good)
        data["clusters"].append({**described, "name": "second"})
        agent.config.write_text(yaml.safe_dump(data))
        os.kill(agent.pid, signal.SIGHUP)
        assert _wait(lambda: agent.get("/api/v1/clusters/second").ok)
        assert _wait(lambda: agent.cluster("second")["verdict"] == "supported")
        assert "config_last_reload_successful 1.0" in agent.get("/metrics").text


def test_the_log_holds_no_secret(temporal_server: TemporalServer) -> None:
    described = cluster(temporal_server.stores, {"frontend": temporal_server.grpc_address})
    described["persistence"]["postgresql"]["user"] = "nobody_here"
    password = temporal_server.stores.postgres.password
    with AgentProcess([described], password) as agent:
        told = agent.log_text() + agent.get("/").text + agent.get("/api/v1/clusters").text
        told += agent.get("/metrics").text
    assert password not in told


def _check(*arguments: str | Path, password: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TEMPORAL_STORE_PASSWORD": password}
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60, env=environment)


def test_check_answers_with_its_exit_code(
    tmp_path: Path, make_stores: StoresFactory, temporal_server: TemporalServer
) -> None:
    stores = make_stores()
    password = stores.postgres.password
    config = write_config(tmp_path, [cluster(stores, every_endpoint(temporal_server))])
    fine = _check("check", "--config.file", config, password=password)
    assert (fine.returncode, fine.stderr) == (0, "")
    assert fine.stdout.startswith("orders-live: supported\n  would start: yes")
    set_schema_version(stores.postgres, stores.visibility, "1.13")
    found = _check("check", "--config.file", config, "--format", "json", password=password)
    assert found.returncode == 1
    document: dict[str, Any] = yaml.safe_load(found.stdout)
    assert (document["verdict"], document["would_start"]) == ("unsupported", False)
    set_schema_version(stores.postgres, stores.visibility, "1.14")
    assert _check("check", "--config.file", config, password="wrong").returncode == 3
    assert _check("check", "--config.file", config, "--cluster", "nobody").returncode == 2
