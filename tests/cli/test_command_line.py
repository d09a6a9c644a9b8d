"""The command line as people meet it: use, configurations, exit codes, and the process itself."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
import requests

from agent import __version__
from agent.cli import main
from agent.demo import Demo
from tests.fleets import eventually
from tests.reference import command_line, commands, generated_part


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """The program with these arguments, in this process."""
    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setenv("GRPC_VERBOSITY", os.environ.get("GRPC_VERBOSITY", "ERROR"))

    def call(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["temporal-compat-agent", *map(str, arguments)])
        capsys.readouterr()
        code: str | int | None = 0
        try:
            main()
        except SystemExit as leaving:
            code = leaving.code
        assert code is None or isinstance(code, int)
        captured = capsys.readouterr()
        return Done(code or 0, captured.out, captured.err)

    yield call
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture(scope="module")
def stage() -> Iterator[Path]:
    with Demo() as demo:
        yield demo.config_file


# Use


def test_the_version_is_printed(run: Run) -> None:
    done = run("--version")
    assert (done.code, done.out) == (0, f"temporal-compat-agent, version {__version__}\n")


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda value: str(value))
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_help_of_every_command_lists_its_flags(
    run: Run, name: str, command: click.Command, flag: str
) -> None:
    done = run(*name.split(), flag)
    assert done.code == 0
    assert (command.help or "").split("\n")[0].split(".")[0][:40] in re.sub(r"\s+", " ", done.out)
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help
            assert all(text in done.out for text in option.opts)


def test_the_help_of_the_program_lists_its_commands_and_exit_codes(run: Run) -> None:
    text = re.sub(r"\s+", " ", run("--help").out)
    assert all(f" {name} " in text for name in ("run", "check", "config", "demo"))
    assert all(f"{code} " in text for code in range(5))


def test_the_documentation_has_every_command_with_its_flags() -> None:
    assert generated_part("commands") == command_line(), "make docs writes it again"


def test_promised_flags_and_commands_are_there() -> None:
    known = {
        name: {text for option in command.params for text in option.opts} for name, command in commands()
    }
    assert known["run"] >= {
        "--config.file",
        "--no-schedule",
        "--web.listen-address",
        "--web.enable-lifecycle",
        "--log.level",
        "--log.format",
    }
    assert known["check"] >= {"--config.file", "--cluster", "--format"}
    assert {"config check", "demo"} <= known.keys()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["run"],
        ["run", "--frobnicate"],
        ["run", "--config.file"],
        ["check", "--format", "yaml", "--config.file", "x"],
        ["run", "--config.file", "x", "--log.level", "loud"],
        ["config"],
        ["config", "check"],
        ["demo", "--web.listen-address", "nonsense"],
        ["demo", "--web.listen-address", "127.0.0.1:http"],
        ["demo", "--web.listen-address", "127.0.0.1:99999"],
        ["demo", "extra"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_2_and_explained_on_standard_error(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert done.err.startswith(("Usage: temporal-compat-agent", "Error: "))
    assert "Traceback" not in done.err


def test_a_taken_port_is_2_and_named(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("demo", "--web.listen-address", address)
    assert done.code == 2
    assert f"cannot listen on {address}" in done.err


def test_on_windows_a_daemon_says_where_it_runs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr(signal, "SIGHUP")
    for done in (run("run", "--config.file", "x"), run("demo")):
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("Error: this command needs Linux or another POSIX system")


def test_an_older_python_is_refused_before_anything_else_is_imported() -> None:
    code = "import sys; sys.version_info = (3, 10, 13, 'final', 0); import agent.cli"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("temporal-compat-agent needs Python 3.11 or later. This is Python ")
    assert len(done.stderr.splitlines()) == 1


# Configurations


@pytest.mark.parametrize(
    "command", [["run", "--config.file"], ["check", "--config.file"], ["config", "check"]]
)
def test_a_configuration_that_is_not_there_is_2(run: Run, tmp_path: Path, command: list[str]) -> None:
    path = tmp_path / "none.yaml"
    done = run(*command, path)
    assert (done.code, done.out) == (2, "")
    assert done.err == (f"{path}: cannot be read: No such file or directory\n1 error in the configuration\n")


def test_every_error_of_a_configuration_is_printed_with_its_place(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text("interval: soon\nclusters:\n  - name: a\n    temporal: {}\n    x: 1\n")
    done = run("config", "check", path)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        f"{path}:1: interval: write a duration such as 30s, 5m or 1h30m",
        f"{path}:4: clusters[0].temporal: set at least one of frontend, http, metrics and prometheus",
        f"{path}:5: clusters[0].x: unknown key",
        "3 errors in the configuration",
    ]


@pytest.mark.parametrize(("count", "words"), [(0, "0 clusters"), (1, "1 cluster"), (2, "2 clusters")])
def test_a_valid_configuration_is_0(run: Run, tmp_path: Path, count: int, words: str) -> None:
    path = tmp_path / "agent.yaml"
    clusters = [{"name": f"c{number}", "temporal": {"frontend": "a:7233"}} for number in range(count)]
    path.write_text(json.dumps({"clusters": clusters}))
    done = run("config", "check", path)
    assert done.code == 0
    assert ("has no clusters" in done.err) == (count == 0)
    assert f"{path} is valid: {words}" in done.out


# check


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("orders-live", 0),
        ("orders-staging", 0),
        ("payments-live", 1),
        ("billing-live", 3),
        ("search-staging", 3),
    ],
)
def test_the_exit_code_depends_on_the_findings(run: Run, stage: Path, name: str, code: int) -> None:
    done = run("check", "--config.file", stage, "--cluster", name)
    assert done.code == code
    assert done.out.startswith(f"{name}: ")


def test_findings_weigh_more_than_what_could_not_be_determined(run: Run, stage: Path) -> None:
    done = run("check", "--config.file", stage)
    assert done.code == 1
    assert "payments-live: unsupported" in done.out
    assert "billing-live: unknown" in done.out


def test_json_is_one_object_with_the_promised_keys(run: Run, stage: Path) -> None:
    done = run("check", "--config.file", stage, "--cluster", "payments-live", "--format", "json")
    assert done.code == 1
    document = json.loads(done.out)
    assert (document["verdict"], document["would_start"]) == ("unsupported", True)
    (cluster,) = document["clusters"]
    assert (cluster["temporal_cluster"], cluster["verdict"], cluster["would_start"]) == (
        "payments-live",
        "unsupported",
        True,
    )
    schema = next(
        each for each in cluster["checks"] if (each["role"], each["check"]) == ("persistence", "schema")
    )
    assert {key: schema[key] for key in ("component", "verdict", "reason", "waived")} == {
        "component": "sqlite",
        "verdict": "unsupported",
        "reason": "schema_behind",
        "waived": False,
    }
    assert schema["source"]
    assert schema["message"] == "Temporal 1.31.2 needs schema 0.11, found 0.10"


def test_a_cluster_that_is_not_configured_is_2(run: Run, stage: Path) -> None:
    done = run("check", "--config.file", stage, "--cluster", "nobody")
    assert done.code == 2
    assert "has no cluster nobody" in done.err


def test_a_configuration_without_clusters_has_nothing_to_check(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text("")
    assert run("check", "--config.file", path).code == 2


def test_a_failure_of_the_program_itself_is_4(run: Run, stage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("agent.polling.cluster_poller.ClusterPoller.__init__", broken)
    done = run("check", "--config.file", stage)
    assert (done.code, done.out) == (4, "")
    assert done.err.splitlines()[-1] == (
        "temporal-compat-agent failed: out of order; report this with the traceback above"
    )
    assert "Traceback" in done.err


def test_an_interruption_is_4(run: Run, stage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("agent.polling.cluster_poller.ClusterPoller.__init__", interrupted)
    assert run("check", "--config.file", stage).code == 4


# The process itself


def test_the_demo_serves_until_a_signal_and_leaves_no_files(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "agent.cli", "demo", "--web.listen-address", "127.0.0.1:0"]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with (
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as process,
        ExitStack() as on_exit,
    ):
        on_exit.callback(process.kill)
        assert process.stdout
        notice, where = process.stdout.readline(), process.stdout.readline()
        assert "Temporal does not check the schema of SQLite at start" in notice
        address = re.search(r"http://127\.0\.0\.1:\d+", where)
        assert address
        assert list(tmp_path.iterdir())
        url = address[0]
        assert eventually(lambda: requests.get(f"{url}/-/ready", timeout=5).status_code == 200, 30)
        assert "SQLite" in requests.get(url, timeout=5).text
        metrics = requests.get(f"{url}/metrics", timeout=5).text
        for name in ("temporal_compat_cluster_verdict", "process_open_fds", "python_gc_collections_total"):
            assert f"\n{name}{{" in metrics or f"\n{name} " in metrics
        began = time.monotonic()
        process.terminate()
        assert process.wait(5) == 0
        assert time.monotonic() - began < 2
        errors = process.stderr.read() if process.stderr else ""
    assert list(tmp_path.iterdir()) == []
    assert "Traceback" not in errors
    assert "level=error" not in errors
