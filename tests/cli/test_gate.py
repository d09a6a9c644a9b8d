"""`check` as a gate: a release that does not run yet, a schema that is not there yet, and waiting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands import answer, command, document
from tests.daemon.test_daemon import CALM
from tests.fleets import cluster, frontend, write_config
from tests.matrix_sources import bundles


@pytest.fixture
def config(tmp_path: Path) -> Any:
    """A configuration of one cluster on 1.30.4, with its own schemas."""
    with frontend("1.30.4") as server:
        yield write_config(tmp_path, [cluster(tmp_path, "a", server.address, schema="0.10")], **CALM)


def gate(config: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    return document("check", "--config.file", str(config), *arguments)


def test_a_release_that_does_not_run_yet_is_judged_on_the_existing_stores(config: Path) -> None:
    code, read = gate(config)
    assert (code, read["verdict"]) == (0, "supported")
    code, read = gate(config, "--assume-server", "1.31.2")
    found = answer(read, "persistence", "schema")
    assert found is not None
    assert (code, found["verdict"], found["reason"]) == (1, "unsupported", "schema_behind")
    version = answer(read, "server", "version")
    assert version is not None
    assert "1.31.2" in version["message"]


def test_a_later_release_is_judged_with_the_plugins_of_the_running_one(config: Path) -> None:
    _, read = gate(config, "--assume-server", "1.31.2")
    plugin = answer(read, "persistence", "plugin")
    assert plugin is not None
    assert (plugin["verdict"], plugin["message"]) == ("supported", "Temporal 1.31.2 has the plugin sqlite")


def test_a_schema_that_the_deploy_will_update_counts_as_updated_on_request(config: Path) -> None:
    code, read = gate(config, "--assume-server", "1.31.2", "--assume-schema-upgraded")
    found = answer(read, "persistence", "schema")
    assert found is not None
    assert (code, found["verdict"], found["reason"]) == (0, "supported", "schema_current")


def test_a_release_that_skips_minors_fails_unless_skips_are_allowed(tmp_path: Path) -> None:
    skip = ("--assume-server", "1.31.2", "--assume-schema-upgraded")
    with frontend("1.24.2") as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address, schema="0.10")], **CALM)
        code, read = gate(path, *skip)
        allowed, accepted = gate(path, *skip, "--allow-skip")
        printed = {
            form: command("check", "--config.file", str(path), *skip, "--format", form).stdout
            for form in ("text", "junit", "github")
        }
    found = answer(read, "server", "path")
    assert found is not None
    assert (code, found["verdict"], found["reason"], found["waived"]) == (
        1,
        "unsupported",
        "minor_skipped",
        False,
    )
    assert "First upgrade to 1.24.3." in found["message"]
    assert (allowed, (answer(accepted, "server", "path") or {})["waived"]) == (0, True)
    assumed = {"temporal_cluster": "a", "release": "1.31.2", "running": "1.24.2", "schema_upgraded": True}
    assert read["assumed"] == [assumed]
    assert "runs: 1.24.2; assumed: 1.31.2, with its schema steps done" in printed["text"]
    assert '<property name="running" value="1.24.2" />' in printed["junit"]
    assert "::notice title=a%3A what was judged::runs: 1.24.2; assumed: 1.31.2" in printed["github"]


def test_where_nothing_says_what_runs_the_path_is_unknown_or_absent(tmp_path: Path) -> None:
    path = write_config(tmp_path, [cluster(tmp_path, "a", "127.0.0.1:1", schema="0.11")], **CALM)
    code, read = gate(path, "--assume-server", "1.31.2")
    found = answer(read, "server", "path") or {}
    assert (code, found["verdict"], found["reason"]) == (3, "unknown", "server_unknown")
    assert gate(path, "--assume-server", "1.31.2", "--allow-skip")[0] == 0
    declared = ("check", "--server", "1.31.2", "--persistence", "sqlite=3.45.1")
    assert answer(document(*declared)[1], "server", "path") is None
    assert "what runs is not known and there is no path to judge" in command(*declared).stdout


def test_a_schema_that_no_step_makes_is_not_assumed(tmp_path: Path) -> None:
    with frontend("1.30.4") as server:
        one = cluster(tmp_path, "a", server.address, schema="0.10")
        one["persistence"]["sqlite"]["database"] = "restored"
        path = write_config(tmp_path, [one], **CALM)
        code, read = gate(path, "--assume-server", "1.31.2", "--assume-schema-upgraded")
    found = answer(read, "persistence", "schema")
    assert found is not None
    assert (code, found["reason"]) == (1, "schema_row_missing")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--assume-server", "9.9.9"), "'9.9.9' is newer than "),
        (("--assume-server", "latest"), "'latest' is not a Temporal version"),
        (("--assume-schema-upgraded",), "--assume-schema-upgraded needs --assume-server"),
        (("--allow-skip",), "--allow-skip needs --assume-server"),
        (("--fail-on", "unsupported"), "write one or several of untested, unknown, critical-advisory"),
        (("--wait", "soon"), "write a duration greater than zero, such as 90s, 10m or 1h30m"),
        (("--server", "1.31.2"), "write either --config.file FILE to probe"),
    ],
)
def test_wrong_use_says_what_would_be_right(
    config: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], error: str
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    result = command("check", "--config.file", str(config), *arguments)
    assert result.exit_code == 2
    assert error in result.stderr


def test_untested_and_unknown_are_findings_on_request(tmp_path: Path) -> None:
    with frontend("1.31.3") as server:
        bundle = bundles.write(tmp_path, bundles.with_known("1.31.3"))
        clusters = [cluster(tmp_path, "a", server.address)]
        path = write_config(tmp_path, clusters, **CALM, matrix={"file": str(bundle)})
        assert gate(path)[0] == 0
        assert gate(path, "--fail-on", "unknown")[0] == 0
        assert gate(path, "--fail-on", "untested,unknown")[0] == 1
    assert gate(path)[0] == 3
    assert gate(path, "--fail-on", "unknown")[0] == 1


class Pauses:
    """The clock of `--wait`: time passes in its pauses alone, and something may happen in them."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.happens: Callable[[], object] = lambda: None

    def monotonic(self) -> float:
        return sum(self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.happens()


def test_it_waits_until_nothing_is_found_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = Pauses()
    monkeypatch.setattr("agent.polling.one_shot.time", pauses)
    with frontend("1.30.4") as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address, schema="0.9")], **CALM)
        file = tmp_path / "a-temporal" / "temporal.db"
        good = cluster(tmp_path, "b", server.address, schema="0.10")
        later = Path(good["persistence"]["sqlite"]["path"])
        assert gate(path, "--wait", "1s")[0] == 1
        assert pauses.seconds == [1.0]
        pauses.happens = lambda: later.replace(file)
        assert gate(path, "--wait", "30s")[0] == 0
        assert pauses.seconds == [1.0, 2.0]


@pytest.mark.parametrize(
    ("form", "sign"),
    [("junit", "<testsuites"), ("github", "::error title="), ("prometheus", "# HELP temporal_compat_")],
)
def test_other_programs_formats_come_with_the_same_exit_code(config: Path, form: str, sign: str) -> None:
    arguments = ("--assume-server", "1.31.2", "--format", form)
    result = command("check", "--config.file", str(config), *arguments)
    assert result.exit_code == 1
    assert result.stdout.startswith(sign)
