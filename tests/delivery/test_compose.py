"""The compose file: valid by the specification, and every file and setting in it is one that exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.config import load_config
from tests.delivery.building import ROOT
from tests.integration.servers.commands import run
from tests.integration.servers.prometheus import prometheus_binaries
from tests.integration.servers.requirement import require
from tests.integration.servers.schemas import compose_problems

FILE = ROOT / "deploy" / "compose" / "compose.yaml"


@pytest.fixture(name="compose")
def _compose() -> dict[str, Any]:
    document = yaml.safe_load(FILE.read_text())
    assert isinstance(document, dict)
    return document


def content(compose: dict[str, Any], name: str) -> str:
    """A file that compose makes: `$$` is its way to write `$`."""
    text = compose["configs"][name]["content"]
    assert isinstance(text, str)
    return text.replace("$$", "$")


def test_the_specification_accepts_it_and_refuses_an_unknown_key(compose: dict[str, Any]) -> None:
    assert require(lambda: compose_problems(compose)) == []
    compose["services"]["agent"]["colour"] = "red"
    (problem,) = require(lambda: compose_problems(compose))
    assert "colour" in problem


def test_every_file_that_it_mounts_exists_and_every_config_is_used(compose: dict[str, Any]) -> None:
    services = compose["services"].values()
    mounts = [each for service in services for each in service.get("volumes", ()) if each.startswith(".")]
    assert mounts
    assert not [each for each in mounts if not (FILE.parent / each.split(":")[0]).exists()]
    used = [each["source"] for service in services for each in service.get("configs", ())]
    assert sorted(used) == sorted(compose["configs"])


def test_ports_are_only_open_on_this_machine(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert len(ports) == 4
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_agent_finds_its_targets_under_the_names_of_the_services(
    compose: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in compose["services"]["agent"]["environment"].items():
        monkeypatch.setenv(name, value)
    text = content(compose, "agent")
    (tmp_path / "agent.yaml").write_text(text)
    (cluster,) = load_config(tmp_path / "agent.yaml").clusters
    assert (cluster.persistence is None, cluster.visibility is None) == (False, False)
    hosts = set(re.findall(r"(?:https?://|frontend: |host: )([a-z]+)", text))
    assert hosts == {"temporal", "postgresql", "prometheus", "grafana"}
    assert hosts < set(compose["services"])


def test_prometheus_and_grafana_read_what_it_provisions(compose: dict[str, Any], tmp_path: Path) -> None:
    text = content(compose, "prometheus")
    rules = ROOT / "dashboards" / "rules" / "temporal-compat.rules.yaml"
    file = tmp_path / "prometheus.yml"
    file.write_text(text.replace("/etc/prometheus/temporal-compat.rules.yaml", str(rules)))
    assert "SUCCESS" in run([require(prometheus_binaries).promtool, "check", "config", file])
    (source,) = yaml.safe_load(content(compose, "grafana-datasource"))["datasources"]
    assert source["type"] == "prometheus"
    (provider,) = yaml.safe_load(content(compose, "grafana-dashboards"))["providers"]
    assert (
        f"../../dashboards/grafana:{provider['options']['path']}:ro"
        in compose["services"]["grafana"]["volumes"]
    )


def test_the_agent_reads_the_same_file_as_the_configuration_of_a_cluster(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text(f"server_compose: {{file: '{FILE}', service: temporal}}")
    (cluster,) = load_config(path).clusters
    assert cluster.visibility is not None
    assert cluster.visibility.postgresql is not None
    assert cluster.visibility.postgresql.host == "postgresql"
