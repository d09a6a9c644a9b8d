"""A reload reads Temporal's own files again; clusters that stay the same lose nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from agent.config import load_config
from agent.daemon.daemon import Daemon
from agent.matrix import load
from agent.polling.targets import probe_specs
from tests.fleets import cluster, frontend

MATRIX = load()


def write(folder: Path, address: str, password: str = "one", **more: Any) -> Path:
    """The server's own file, and the one line that names it."""
    stores = cluster(folder, "a", address)
    sqlite = {"pluginName": "sqlite", "password": password}
    datastores = {
        role: {"sql": {**sqlite, "databaseName": stores[role]["sqlite"]["path"]}} for role in _ROLES
    }
    content = {
        "persistence": {
            "defaultStore": "persistence",
            "visibilityStore": "visibility",
            "datastores": datastores,
        },
        "publicClient": {"hostPort": address},
        "clusterMetadata": {"currentClusterName": "a"},
        **more,
    }
    (folder / "server.yaml").write_text(yaml.safe_dump(content))
    path = folder / "agent.yaml"
    path.write_text("server_config: server.yaml\n")
    return path


_ROLES = ("persistence", "visibility")


def test_a_cluster_configured_in_one_line_is_probed(tmp_path: Path) -> None:
    with frontend("1.31.2") as server:
        snapshot = Daemon(write(tmp_path, server.address), MATRIX).probe("a", 5)
    assert snapshot is not None
    failures = {observation.target.role: observation.failure for observation in snapshot.observations}
    assert failures == {"server": None, "persistence": None, "visibility": None}


def test_a_reload_notices_what_changed_in_the_server_s_file(tmp_path: Path) -> None:
    with frontend("1.31.2") as one, frontend("1.24.2") as other:
        daemon = Daemon(write(tmp_path, one.address), MATRIX)
        before = daemon.fleet.entries["a"]
        write(tmp_path, other.address)
        assert daemon.reload() == ()
        assert daemon.fleet.entries["a"] is not before
        snapshot = daemon.probe("a", 5)
    assert snapshot is not None
    assert snapshot.judgement.server is not None
    assert snapshot.judgement.server.release == "1.24.2"


def test_what_the_agent_does_not_read_and_the_password_itself_change_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "127.0.0.1:1")
    daemon = Daemon(path, MATRIX)
    before = daemon.fleet.entries["a"]
    specs = probe_specs(load_config(path).clusters[0])
    write(tmp_path, "127.0.0.1:1", "two", log={"level": "debug"})
    assert daemon.reload() == ()
    assert daemon.fleet.entries["a"] is before
    assert probe_specs(load_config(path).clusters[0]) == specs


def test_an_unreadable_file_keeps_the_old_configuration(tmp_path: Path) -> None:
    daemon = Daemon(write(tmp_path, "127.0.0.1:1"), MATRIX)
    before = daemon.fleet.entries["a"]
    (tmp_path / "server.yaml").write_text("persistence: {{ .Values.hunter2 }}")
    (problem,) = daemon.reload()
    assert "is a template" in problem
    assert "hunter2" not in problem
    assert daemon.fleet.entries["a"] is before
    assert not daemon.state().config_ok
