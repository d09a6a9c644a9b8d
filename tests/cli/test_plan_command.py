"""The command `plan`: what is told or probed, its formats, and what each exit code stands for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import command, document
from tests.daemon.test_daemon import CALM
from tests.fleets import cluster, frontend, write_config

STORES = ("--persistence", "postgresql=15.4", "--visibility", "postgresql=15.4", "--plugin", "postgres12")


def plan(*arguments: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(command("plan", *arguments, "--format", "json").stdout)
    return read


def schemas(read: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Hop, role and version of every schema step."""
    return [
        (hop["release"], step["role"], step["to"])
        for hop in read["hops"]
        for step in hop["steps"]
        if step["kind"] == "schema"
    ]


def test_a_declared_cluster_is_planned_without_a_network() -> None:
    read = plan("--from", "1.28.4", "--to", "1.30.6", *STORES)
    assert (read["from"], read["to"], read["blockers"]) == ("1.28.4", "1.30.6", [])
    assert [hop["release"] for hop in read["hops"]] == ["1.29.7", "1.30.6"]
    assert schemas(read) == [("1.29.7", "persistence", "1.18"), ("1.30.6", "visibility", "1.13")]


def test_a_plan_begins_at_the_given_schema() -> None:
    read = plan("--from", "1.28.4", "--to", "1.29.7", *STORES, "--schema", "persistence=1.18")
    assert schemas(read) == []
    read = plan("--from", "1.28.4", "--to", "1.28.4", *STORES, "--schema", "persistence=1.16")
    assert schemas(read) == [("1.28.4", "persistence", "1.17")]


def test_every_step_has_the_promised_keys() -> None:
    read = plan("--from", "1.28.4", "--to", "1.29.7", *STORES)
    (hop,) = read["hops"]
    assert {"release", "blockers", "steps"} <= set(hop)
    for step in hop["steps"]:
        assert {"kind", "role", "to", "tool", "command", "note"} <= set(step)
        assert step["kind"] in {"configuration", "schema", "server", "observe"}


def test_a_blocker_is_exit_code_1() -> None:
    old = ("--persistence", "postgresql=9.6.24", "--visibility", "postgresql=9.6.24", "--plugin", "postgres")
    result = command("plan", "--from", "1.19.1", "--to", "1.31.2", *old)
    assert result.exit_code == 1
    assert "blocked at 1.23.1: persistence version (below_minimum)" in result.stdout


def test_a_plan_begins_at_the_release_and_schemas_of_the_cluster(tmp_path: Path) -> None:
    with frontend("1.30.4") as server:
        clusters = [cluster(tmp_path, name, server.address, schema="0.10") for name in ("a", "b")]
        path = write_config(tmp_path, clusters, **CALM)
        told = ("--config.file", str(path), "--to", "1.30.6")
        read = plan(*told, "--cluster", "a")
        assert (read["from"], [hop["release"] for hop in read["hops"]]) == ("1.30.4", ["1.30.6"])
        result = command("plan", *told)
        assert (result.exit_code, "a, b" in result.stderr) == (2, True)


def test_without_a_known_running_release_there_is_no_plan(tmp_path: Path) -> None:
    path = write_config(tmp_path, [cluster(tmp_path, "a", "127.0.0.1:1")], **CALM)
    result = command("plan", "--config.file", str(path), "--to", "1.31.2")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("the running release is unknown")
    with frontend("9.9.9") as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **CALM)
        assert command("plan", "--config.file", str(path), "--to", "1.31.2").exit_code == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "1.28.4", "--to", "1.99.0", *STORES),
        ("--from", "1.28.4", "--to", "0.29.0", *STORES),
        ("--from", "latest", "--to", "1.31.2", *STORES),
        ("--from", "1.28.4", *STORES),
        ("--to", "1.31.2"),
        ("--from", "1.28.4", "--to", "1.31.2", "--persistence", "oracle=23"),
        ("--from", "1.28.4", "--to", "1.31.2", "--config.file", "agent.yaml"),
    ],
)
def test_wrong_use_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    assert command("plan", *arguments).exit_code == 2


@pytest.mark.parametrize(
    ("form", "sign"),
    [("text", "Temporal 1.28.4"), ("markdown", "# Temporal"), ("shell", "#!/usr/bin/env bash")],
)
def test_each_format_begins_as_its_kind(form: str, sign: str) -> None:
    result = command("plan", "--from", "1.28.4", "--to", "1.29.7", *STORES, "--format", form)
    assert (result.exit_code, result.stdout.startswith(sign)) == (0, True)


def test_what_is_untested_or_unknown_is_named_once_and_fails_where_asked_for() -> None:
    stores = ("--persistence", "cockroachdb=24.1.2", "--visibility", "elasticsearch=8.17.0")
    plan = ("plan", "--from", "1.24.2", "--to", "1.25.2", *stores, "--plugin", "postgres12")
    code, read = document(*plan)
    assert code == 0
    (finding,) = read["findings"]
    assert (finding["release"], finding["role"], finding["verdict"]) == ("1.24.3", "persistence", "untested")
    assert [len(hop["findings"]) for hop in read["hops"]] == [1, 1]
    for form in ("text", "markdown", "shell"):
        printed = command(*plan, "--format", form).stdout
        assert printed.count("untested: persistence version (untested_flavor): CockroachDB") == 1, form
    codes = [command(*plan, "--fail-on", verdicts).exit_code for verdicts in ("untested", "unknown")]
    assert codes == [1, 0]
    old = ("--persistence", "mysql=5.7.10", "--visibility", "mysql=5.7.10", "--plugin", "mysql")
    unknown = ("plan", "--from", "1.18.4", "--to", "1.18.5", *old)
    assert command(*unknown).exit_code == 3
    assert command(*unknown, "--fail-on", "unknown").exit_code == 1
