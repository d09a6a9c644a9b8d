"""Two configured clusters that are one and the same real one: each is told of the other."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.commands import document

from .agents import AgentProcess, cluster, every_endpoint, write_config
from .servers.temporal import TemporalServer

_TIMES = {"interval": "5s", "timeout": "5s"}


def _twice(server: TemporalServer) -> list[dict[str, Any]]:
    return [cluster(server.stores, every_endpoint(server), name) for name in ("orders-live", "orders-copy")]


def _of_the_other(told: dict[str, Any]) -> list[str]:
    return [found["message"] for found in told["findings"] if found["reason"] == "same_cluster"]


def test_the_running_agent_reports_each_duplicate_and_nothing_for_a_single_cluster(
    temporal_server: TemporalServer,
) -> None:
    password = temporal_server.stores.postgres.password
    names = ("orders-live", "orders-copy")
    with AgentProcess(_twice(temporal_server), password, **_TIMES) as agent:
        end = time.monotonic() + 20
        told = {name: agent.cluster(name) for name in names}
        # It is known once both have been asked.
        while not all(_of_the_other(one) for one in told.values()) and time.monotonic() < end:
            time.sleep(0.2)
            told = {name: agent.cluster(name) for name in names}
        metrics = agent.get("/metrics").text
    for name, other in (names, names[::-1]):
        (message,) = _of_the_other(told[name])
        assert other in message
        # It is a remark: nothing is wrong with the cluster itself.
        assert told[name]["verdict"] == "supported", told[name]["findings"]
    lines = [line for line in metrics.splitlines() if line.startswith("temporal_compat_finding_info{")]
    assert len([line for line in lines if 'reason="same_cluster"' in line]) == 2
    with AgentProcess(_twice(temporal_server)[:1], password, **_TIMES) as agent:
        assert agent.cluster()["findings"] == []


def test_a_single_check_reports_it_too(
    tmp_path: Path, temporal_server: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", temporal_server.stores.postgres.password)
    _, read = document("check", "--config.file", str(write_config(tmp_path, _twice(temporal_server))))
    assert [len(_of_the_other(told)) for told in read["clusters"]] == [1, 1]
