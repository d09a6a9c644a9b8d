"""A newer matrix from a bundle: what it adds is used by every command, without a new agent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent import __version__
from agent.config import ConfigError
from tests.commands import answer, command, document
from tests.daemon.test_daemon import CALM
from tests.fleets import cluster, frontend, write_config
from tests.matrix_sources.bundles import NEXT, newer, write

STORES = ("--persistence", "postgresql=16.4", "--visibility", "postgresql=16.4")
REWRITE = "rewrites executions_visibility: nobody reads or writes it meanwhile"
PLUGIN = "postgres18"
POSTGRESQL = {"host": "127.0.0.1", "port": 1, "database": "v", "user": "agent"}


def config(folder: Path, bundle: dict[str, Any], address: str = "127.0.0.1:1", **matrix: Any) -> str:
    """A configuration whose matrix is this bundle."""
    source = {"file": str(write(folder, bundle))} | matrix
    return str(write_config(folder, [cluster(folder, "a", address)], matrix=source, **CALM))


def with_step() -> dict[str, Any]:
    """A bundle whose newest release needs a new step of visibility, which rewrites the table."""
    bundle = newer()
    files = bundle["files"]
    release = files["releases"]["releases"][-1]
    last = release["schema"]["postgresql/v12"]["visibility"]
    step = f"1.{int(last.split('.')[1]) + 1}"
    release["schema"] = {
        **release["schema"],
        "postgresql/v12": {**release["schema"]["postgresql/v12"], "visibility": step},
    }
    files["schema_versions"]["lists"]["postgresql/v12/visibility"]["versions"].append(step)
    entry = {"component": "postgresql", "store": "visibility", "versions": [step], "cost": REWRITE}
    files["schema_steps"]["costs"].append(entry)
    return bundle


def with_plugin(*, described: bool) -> dict[str, Any]:
    """A bundle whose newest release has a plugin that this agent does not know."""
    bundle = newer()
    release = bundle["files"]["releases"]["releases"][-1]
    release["plugins"] = [*release["plugins"], PLUGIN]
    if described:
        entry = {"name": PLUGIN, "component": "postgresql", "folder": "postgresql/v12", "advanced": True}
        bundle["files"]["plugins"]["plugins"].append(entry)
    return bundle


def test_a_rewriting_step_of_a_newer_bundle_comes_with_its_warning(tmp_path: Path) -> None:
    bundle = with_step()
    start = bundle["files"]["releases"]["releases"][-2]["version"]
    step = bundle["files"]["releases"]["releases"][-1]["schema"]["postgresql/v12"]["visibility"]
    path = str(write(tmp_path, bundle))
    arguments = ("plan", "--from", start, "--to", NEXT, *STORES, "--plugin", "postgres12")
    result = command(*arguments, "--matrix.file", path)
    assert f"Step {step} {REWRITE}." in " ".join(result.stdout.split())
    read = json.loads(command(*arguments, "--matrix.file", path, "--format", "json").stdout)
    notes = [step["note"] for hop in read["hops"] for step in hop["steps"] if step["kind"] == "schema"]
    assert len([note for note in notes if note.endswith(f"Step {step} {REWRITE}.")]) == 1
    assert command(*arguments).exit_code == 2


@pytest.mark.parametrize("described", [True, False])
def test_a_plugin_that_matrix_show_lists_is_accepted(tmp_path: Path, described: bool) -> None:
    path = str(write(tmp_path, with_plugin(described=described)))
    shown = json.loads(command("matrix", "show", NEXT, "--matrix.file", path, "--format", "json").stdout)
    assert PLUGIN in shown["plugins"]
    told = ("check", "--server", NEXT, *STORES, "--schema", "persistence=1.0", "--format", "json")
    for given in (
        ("--plugin", PLUGIN),
        ("--plugin", f"persistence={PLUGIN}", "--plugin", "visibility=" + PLUGIN),
    ):
        result = command(*told, *given, "--matrix.file", path)
        assert result.exit_code == (1 if described else 3), result.stderr
        read = json.loads(result.stdout)
        checks = {kind: (answer(read, "persistence", kind) or {})["reason"] for kind in ("plugin", "schema")}
        schema = "schema_behind" if described else "plugin_unknown"
        assert checks == {"plugin": "plugin_available", "schema": schema}
    question = ("matrix", "find", "--component", "postgresql=16", "--plugin", PLUGIN)
    result = command(*question, "--matrix.file", path)
    assert (result.exit_code, result.stdout.split()[-1]) == (0, NEXT)
    result = command("plan", "--from", NEXT, "--to", NEXT, *STORES, "--plugin", PLUGIN, "--matrix.file", path)
    assert result.exit_code == 0, result.stderr


def test_a_plugin_of_a_newer_bundle_is_refused_without_the_bundle() -> None:
    result = command("check", "--server", "1.31.2", *STORES, "--plugin", PLUGIN)
    assert (result.exit_code, f"there is no plugin '{PLUGIN}'" in result.stderr) == (2, True)


def test_a_plugin_does_not_fit_a_store_that_is_not_an_sql_database(tmp_path: Path) -> None:
    path = str(write(tmp_path, with_plugin(described=False)))
    stores = ("--persistence", "cassandra=4.1.3", "--visibility", "elasticsearch=8.17.0")
    result = command("check", "--server", NEXT, *stores, "--plugin", PLUGIN, "--matrix.file", path)
    assert (result.exit_code, f"plugin {PLUGIN} fits none of the stores" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("plugin", "reason"), [(PLUGIN, "plugin_available"), ("postgres21", "plugin_not_in_release")]
)
def test_a_configuration_may_name_a_plugin_of_its_bundle(tmp_path: Path, plugin: str, reason: str) -> None:
    """A name that the bundle does not list is judged."""
    described = cluster(tmp_path, "a", "127.0.0.1:1")
    described["visibility"] = {"postgresql": {**POSTGRESQL, "plugin": plugin}}
    source = {"file": str(write(tmp_path, with_plugin(described=True)))}
    path = write_config(tmp_path, [described], matrix=source, **CALM)
    _, read = document("check", "--config.file", str(path), "--assume-server", NEXT)
    assert (answer(read, "visibility", "plugin") or {})["reason"] == reason
    for name, given in ((PLUGIN, {}), ("mysql8", {"matrix": source})):
        described["visibility"] = {"postgresql": {**POSTGRESQL, "plugin": name}}
        with pytest.raises(
            ConfigError, match=r"postgresql\.plugin: (is not a plugin of this store|must be 'postgres')"
        ):
            command("config", "check", str(write_config(tmp_path, [described], **given, **CALM)))


def test_an_overlay_may_name_a_plugin_of_its_bundle(tmp_path: Path) -> None:
    statement = {
        "component": "postgresql",
        "roles": ["persistence"],
        "kind": "excluded",
        "versions": ["==16.4"],
        "releases": f"=={NEXT}",
        "plugins": [PLUGIN],
        "summary": "It lost a shard.",
        "source": "incident 4711",
    }
    overlay = tmp_path / "own.json"
    overlay.write_text(json.dumps({"statements": [statement]}))
    with pytest.raises(ConfigError, match=f"'{PLUGIN}' is not a plugin for PostgreSQL"):
        command("config", "check", config(tmp_path, newer(), overlays=[str(overlay)]))
    path = config(tmp_path, with_plugin(described=True), overlays=[str(overlay)])
    assert command("config", "check", path).exit_code == 0


@pytest.mark.parametrize("arguments", [("check",), ("plan", "--to", "1.31.2")])
def test_a_configuration_names_its_matrix_itself(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    path = config(tmp_path, newer())
    result = command(*arguments, "--config.file", path, "--matrix.file", str(tmp_path / "matrix.json"))
    assert result.exit_code == 2


def test_a_damaged_bundle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "matrix.json"
    path.write_text("{")
    with pytest.raises(ConfigError, match=r"matrix\.json:1: is not valid JSON"):
        command("matrix", "list", "--matrix.file", str(path))


def test_a_bundle_that_needs_a_newer_agent_is_not_used_and_says_what_to_do(tmp_path: Path) -> None:
    with frontend("1.30.4") as server:
        path = config(tmp_path, newer() | {"needs_agent": "99.1.0"}, server.address)
        result = command("check", "--config.file", path, "--format", "json")
    assert f"this is agent {__version__}: upgrade the agent to 99.1.0 or newer" in result.stderr
    assert json.loads(result.stdout)["clusters"]
    assert command("config", "check", path).exit_code == 0
