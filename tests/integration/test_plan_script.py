"""A plan's script for a real cluster, run as it is printed, by a user who deploys at its waits."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands import command

from .agents import cluster, store, write_config
from .rehearsing import lay_out
from .servers.postgres import PostgresServer
from .servers.stores import Stores, create_own_stores
from .servers.temporal import TemporalServer
from .servers.temporal_build import TemporalBinaries
from .servers.temporal_config import TemporalPorts


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch, postgres15: PostgresServer) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", postgres15.password)


class Operator:
    """Reads what the script prints, and answers each wait; the releases that can be had, it deploys."""

    def __init__(self, script: Path, environment: dict[str, str]) -> None:
        self._script = subprocess.Popen(
            ["bash", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], **environment},
        )
        self._said = b""
        self.waits: list[str] = []
        # Bash ends by itself; a tool that hangs must not keep the tests.
        self._guard = threading.Timer(120, self._script.kill)

    def follow(self, at_wait: Callable[[str], None]) -> int:
        """Until the script ends; its exit code."""
        assert self._script.stdin is not None
        with self._script:
            self._guard.start()
            while wait := self._next_wait():
                self.waits.append(wait)
                at_wait(wait)
                self._script.stdin.write(b"\n")
                self._script.stdin.flush()
        self._guard.cancel()
        return self._script.returncode

    @property
    def said(self) -> str:
        return self._said.decode(errors="replace")

    def _next_wait(self) -> str:
        """What the script waits for; empty when it has ended."""
        assert self._script.stdout is not None
        begin = len(self._said)
        prompt = b"\nPress Enter to continue, type anything else to stop: "
        while not self._said.endswith(prompt) or len(self._said) == begin:
            byte = self._script.stdout.read(1)
            if not byte:
                return ""
            self._said += byte
        return self._said[begin:].removesuffix(prompt).decode().rpartition("\n")[2]


def test_a_script_for_a_real_cluster_is_run_line_by_line_and_ends_green(
    tmp_path: Path,
    postgres15: PostgresServer,
    temporal: Callable[[str], TemporalBinaries],
) -> None:
    old, new = temporal("1.24.2"), temporal("1.31.2")
    stores = create_own_stores(postgres15, old, "scripted")
    postgres15.create_reader("scripted_reader", postgres15.password, [stores.default, stores.visibility])
    ports = TemporalPorts()
    config = write_config(tmp_path, [described(stores, ports, user="scripted_reader")])
    check = ("check", "--config.file", str(config))
    plan = ("plan", "--config.file", str(config), "--to", "1.31.2")
    script = tmp_path / "plan.sh"
    running = TemporalServer(old, stores, ports=ports)
    try:
        running.start()
        gate = command(*check, "--assume-server", "1.31.2", "--assume-schema-upgraded")
        assert gate.exit_code == 1
        assert "runs: 1.24.2; assumed: 1.31.2" in gate.output
        assert "server path" in gate.output
        assert "First upgrade to 1.24.3." in gate.output
        next_hop = command(*check, "--assume-server", "1.24.3")
        assert next_hop.exit_code == 0, next_hop.output
        hops = [hop["release"] for hop in json.loads(command(*plan, "--format", "json").output)["hops"]]
        for release in hops:
            # The tool of each hop is that of 1.31.2: the commands name the version to stop at.
            lay_out("temporal-sql-tool", new, tmp_path / "tools" / release)
        printed = command(*plan, "--format", "shell")
        assert printed.exit_code == 0, printed.output
        script.write_text(printed.output)
        operator = Operator(
            script,
            {
                "TEMPORAL_TOOLS": str(tmp_path / "tools"),
                "PERSISTENCE_USER": postgres15.user,
                "PERSISTENCE_PASSWORD": postgres15.password,
                "VISIBILITY_USER": postgres15.user,
                "VISIBILITY_PASSWORD": postgres15.password,
            },
        )

        def deploy(wait: str) -> None:
            nonlocal running
            if wait.startswith("Deploy Temporal 1.31.2 "):
                running.close()
                running = TemporalServer(new, stores, ports=ports)
                running.start()

        assert operator.follow(deploy) == 0, operator.said
        assert [wait.split()[2] for wait in operator.waits if wait.startswith("Deploy")] == hops
        green = command(*check)
        assert (green.exit_code, "would start: yes" in green.output) == (0, True), green.output
        # The cluster is where it should be, so there is no more to do.
        again = command(*plan)
        assert "nothing to do" in again.output
    finally:
        running.close()


def described(stores: Stores, ports: TemporalPorts, **settings: Any) -> dict[str, Any]:
    return {
        **cluster(stores, {"frontend": f"127.0.0.1:{ports.grpc}"}),
        "persistence": store(stores, stores.default, **settings),
        "visibility": store(stores, stores.visibility, **settings),
    }


def test_an_answer_ends_the_script_before_the_next_step(
    tmp_path: Path, postgres15: PostgresServer, temporal: Callable[[str], TemporalBinaries]
) -> None:
    """Without a backup nobody goes on: an end of the input is no Enter."""
    stores = create_own_stores(postgres15, temporal("1.24.2"), "not_scripted")
    lay_out("temporal-sql-tool", temporal("1.31.2"), tmp_path / "tools" / "1.25.2")
    ports = TemporalPorts()
    config = write_config(tmp_path, [described(stores, ports)])
    with TemporalServer(temporal("1.24.2"), stores, ports=ports):
        printed = command("plan", "--config.file", str(config), "--to", "1.25.2", "--format", "shell")
    ended = subprocess.run(
        ["bash", "-c", printed.output],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "TEMPORAL_TOOLS": str(tmp_path / "tools"),
            "PERSISTENCE_PASSWORD": "unused",
            "VISIBILITY_PASSWORD": "unused",
        },
    )
    assert ended.returncode != 0
    assert "Back up every store" in ended.stdout
    assert "Deploy Temporal" not in ended.stdout
    assert "Upgrade the schema" not in ended.stdout
