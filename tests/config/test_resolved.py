"""The resolved configuration means the same as the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import load_config
from agent.config.resolved import as_yaml
from tests.commands import command

GOOD = sorted((Path(__file__).parent / "good").glob("*.yaml"))


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_the_resolved_configuration_is_one_file_with_the_same_meaning(path: Path, tmp_path: Path) -> None:
    config = load_config(path)
    written = tmp_path / "agent.yaml"
    written.write_text(as_yaml(config))
    again = load_config(written)
    effective = {"timeout": config.effective_timeout, "max_age": config.effective_max_age}
    assert again == config.model_copy(update={**effective, "cluster_files": ()})
    assert as_yaml(again) == written.read_text()


def test_defaults_are_written(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text("interval: 1m30s\nclusters: [{name: a, temporal: {frontend: 'a:1'}}]")
    written = as_yaml(load_config(path))
    assert written.startswith("interval: 90s\ntimeout: 10s\nmax_age: 270s\n")
    assert "  refresh: 86400s\n" in written


def test_milliseconds_are_written(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text("interval: 2s\ntimeout: 1s1ms")
    assert "timeout: 1001ms\n" in as_yaml(load_config(path))


def test_the_command_prints_nothing_else_on_standard_output(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text("clusters: [{name: a, temporal: {frontend: 'a:1'}}]")
    result = command("config", "check", str(path), "--resolved")
    assert (result.exit_code, result.stdout) == (0, as_yaml(load_config(path)))
    assert result.stderr == f"{path} is valid: 1 cluster\n"


def test_the_login_of_a_proxy_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    proxy = "http://agent:hunter2@proxy:3128"
    path.write_text(f"clusters: [{{name: a, temporal: {{frontend: 'a:1', proxy_url: '{proxy}'}}}}]")
    written = as_yaml(load_config(path))
    assert "hunter2" not in written
    assert "proxy_url: http://***@proxy:3128\n" in written
