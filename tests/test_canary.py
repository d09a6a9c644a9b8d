"""A canary in the secret of every kind of target, echoed by the target, appears in no output."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
import yaml

from agent.daemon import logging as logs
from agent.model.observation import Failure, Target
from agent.model.vocabulary import Role
from agent.polling.probe_runner import Runner
from agent.polling.targets import ProbeSpec
from tests.commands import command
from tests.echoes import CANARY, FORMS, LOGIN, echoing, leaks
from tests.fleets import eventually
from tests.probes.contract import HTTP, KINDS, PLAIN_HTTP, settings
from tests.probes.servers import Answer, Loopback, Pages, Request
from tests.probes.test_kafka import free_port

WITH_SECRET = [kind for kind in KINDS if kind not in (*PLAIN_HTTP, "zookeeper")]


@pytest.fixture
def secret(tmp_path: Path) -> str:
    path = tmp_path / "secret"
    path.write_text(f"{CANARY}\n")
    return str(path)


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


Capture = pytest.CaptureFixture[str]


def flush() -> None:
    for handler in logging.getLogger().handlers:
        handler.flush()


def test_a_leak_would_be_seen() -> None:
    assert all(leaks(f"before {form} after") for form in FORMS)
    assert leaks(repr(CANARY))
    assert not leaks("***")


@pytest.mark.parametrize("kind", WITH_SECRET)
def test_what_a_target_echoes_is_masked(kind: str, secret: str, capsys: Capture) -> None:
    logs.set_up("debug", "json")
    with echoing(kind) as ports:
        for port in ports:
            spec = ProbeSpec(Target(Role.SERVER, "any", "any"), kind, settings(kind, port, secret=secret))
            runner = Runner(spec)
            found = runner.start(3.0).result(10).result
            runner.close()
            assert leaks(repr(found)) == [], found
            # It came back: else this test could not fail.
            assert "***" in repr(found), found
    flush()
    text = capsys.readouterr().err
    assert leaks(text) == []
    if kind in HTTP:
        assert "urllib3" in text


@pytest.mark.parametrize("kind", ["elasticsearch", "grafana", "temporal_http", "temporal_grpc"])
def test_the_login_of_a_proxy_is_masked(kind: str, capsys: Capture) -> None:
    def echo(connection: socket.socket) -> None:
        head = connection.recv(65536)
        connection.sendall(Answer(head.split(b"Proxy-")[-1] + CANARY.encode(), 400).wire)

    logs.set_up("debug", "json")
    with Loopback(echo) as proxy:
        url = f"http://agent:{quote(CANARY, safe='')}@{proxy.address}"
        made = settings(kind, 1).model_copy(update={"proxy_url": url})
        runner = Runner(ProbeSpec(Target(Role.SERVER, "any", "any"), kind, made))
        found = runner.start(3.0).result(10).result
        runner.close()
    assert isinstance(found, Failure)
    flush()
    assert leaks(found.text + capsys.readouterr().err) == []


def test_a_traceback_is_masked(secret: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    logs.set_up("debug", "json")

    def broken(*_arguments: Any) -> Any:
        raise RuntimeError(f"the driver quotes {CANARY} and {LOGIN}")

    monkeypatch.setattr("agent.probes.transport.web_api.Asking.body", broken)
    spec = ProbeSpec(
        Target(Role.SERVER, "any", "any"), "prometheus", settings("prometheus", 1, secret=secret)
    )
    found = Runner(spec).start(3.0).result(10).result
    assert isinstance(found, Failure)
    flush()
    text = capsys.readouterr().err
    assert "RuntimeError" in text
    assert leaks(text + found.text) == []


def cluster(port: int, secret: str) -> dict[str, Any]:
    url = f"http://127.0.0.1:{port}"
    return {
        "name": "orders-live",
        "temporal": {"http": url, "token_file": secret, "metrics": [f"{url}/metrics?signature={CANARY}"]},
        "visibility": {
            "elasticsearch": {"url": url, "index": "visibility", "user": "agent", "password_file": secret}
        },
        "monitoring": {"prometheus": {"url": url, "user": "agent", "password_file": secret}},
        "observation": {"grafana": {"url": url, "token_file": secret}},
    }


def written(tmp_path: Path, secret: str, ports: list[int]) -> Path:
    """A configuration with one cluster for each port, and a signed address of a matrix."""
    clusters = [{**cluster(port, secret), "name": f"cluster-{port}"} for port in ports]
    # Nothing listens there, so that the message with the address comes at once.
    matrix = {"url": f"https://127.0.0.1:1/m.json?X-Signature={CANARY}", "sha256": "0" * 64}
    path = tmp_path / "agent.yaml"
    path.write_text(yaml.safe_dump({"interval": "1s", "matrix": matrix, "clusters": clusters}))
    return path


@pytest.mark.parametrize("form", ["text", "json", "junit", "github", "prometheus"])
def test_no_format_of_check_leaks(tmp_path: Path, secret: str, form: str) -> None:
    with echoing("elasticsearch") as ports:
        result = command("check", "--config.file", str(written(tmp_path, secret, ports)), "--format", form)
    assert "unknown" in result.output
    assert leaks(result.output) == []


@pytest.mark.parametrize("arguments", [("--probe",), ("--resolved",)])
def test_config_check_does_not_leak(tmp_path: Path, secret: str, arguments: tuple[str, ...]) -> None:
    with echoing("elasticsearch") as ports:
        result = command("config", "check", str(written(tmp_path, secret, ports)), *arguments)
    assert leaks(result.output) == []


def test_pages_api_metrics_and_log_do_not_leak(tmp_path: Path, secret: str) -> None:
    log, port = tmp_path / "log", free_port()
    url = f"http://127.0.0.1:{port}"
    with echoing("elasticsearch") as ports, log.open("wb") as written_log:
        path = written(tmp_path, secret, ports)
        arguments = ["run", "--config.file", str(path), "--log.level", "debug", "--log.format", "json"]
        arguments += ["--web.listen-address", f"127.0.0.1:{port}"]
        program = [sys.executable, "-m", "agent.cli", *arguments]
        process = subprocess.Popen(program, stderr=written_log, env=dict(os.environ))
        try:
            assert eventually(lambda: "***" in get(f"{url}/api/v1/clusters"), 30)
            names = [f"cluster-{each}" for each in ports]
            paths = ["/", "/metrics", "/api/v1/clusters", "/api/v1/matrix"]
            paths += [f"/clusters/{name}" for name in names] + [f"/api/v1/clusters/{name}" for name in names]
            paths += [f"/probe?cluster={name}" for name in names]
            said = {each: get(url + each) for each in paths}
        finally:
            process.terminate()
            process.wait(20)
    assert {each: leaks(text) for each, text in said.items() if leaks(text)} == {}
    assert leaks(log.read_text()) == []
    assert "X-Signature" not in log.read_text()


def get(url: str) -> str:
    try:
        return requests.get(url, timeout=10).text
    except requests.ConnectionError:
        return ""


def test_the_query_of_a_metrics_address_is_masked_where_its_server_fails(
    tmp_path: Path, capsys: Capture
) -> None:
    logs.set_up("debug", "json")

    def echo(request: Request) -> Answer:
        return Answer(f"not {request.path}".encode(), 404)

    for kind in ("temporal_metrics", "temporal_prometheus"):
        with Pages(echo) as server:
            made = settings(kind, server.port)
            address = f"http://127.0.0.1:{server.port}/x?signature={CANARY.replace(chr(34), '')}"
            if kind == "temporal_metrics":
                made = made.model_copy(update={"url": address})
            else:
                made = made.model_copy(
                    update={"prometheus": made.prometheus.model_copy(update={"url": address})}
                )
            runner = Runner(ProbeSpec(Target(Role.SERVER, "any", "any"), kind, made))
            found = runner.start(3.0).result(10).result
            runner.close()
        assert isinstance(found, Failure)
        assert "***" in found.text
        assert leaks(found.text) == []
    flush()
    assert leaks(capsys.readouterr().err) == []
