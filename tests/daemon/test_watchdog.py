"""Whatever part of the program ends by itself, the process ends with 4 and says which one it was."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from agent.cli.process import listen, serve
from agent.daemon.daemon import Daemon
from agent.daemon.watchdog import Part
from agent.matrix import load
from agent.web.app import make_app
from agent.web.listener import Listener
from tests.fleets import cluster, eventually, frontend, write_config

#: Runs the program, and raises `SystemExit` in the thread of this name once it has begun.
MURDER = """
import ctypes, sys, threading, time
from agent.cli import main

def kill(name):
    while True:
        time.sleep(0.01)
        for thread in threading.enumerate():
            if thread.name == name and thread.is_alive():
                ident = ctypes.c_ulong(thread.ident)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(SystemExit))
                return

threading.Thread(target=kill, args=(sys.argv.pop(1),), daemon=True).start()
main()
"""


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    with frontend() as server:
        yield write_config(tmp_path, [cluster(tmp_path, "orders-live", server.address)])


@pytest.fixture
def _signals_as_before() -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def hang_up(process: subprocess.Popen[str]) -> int | None:
    """Ask for a reload; the exit code of a process that has ended."""
    if process.poll() is None:
        process.send_signal(signal.SIGHUP)
    return process.returncode


def broken(*_arguments: object) -> None:
    raise OSError("broken")


@pytest.mark.usefixtures("_signals_as_before")
@pytest.mark.parametrize(
    ("part", "owner", "method"),
    [
        ("web", Listener, "main_loop"),
        ("web", Listener, "_accept"),
        ("clock", Daemon, "watch_clock"),
        ("matrix", Daemon, "watch_matrix"),
        ("scheduler", Daemon, "_begin"),
    ],
)
def test_a_part_that_fails_ends_the_process_with_4(
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    part: str,
    owner: type,
    method: str,
) -> None:
    monkeypatch.setattr(owner, method, broken)
    daemon = Daemon(config, load())
    with listen("127.0.0.1:0") as sock:
        code = serve(daemon, make_app(daemon), sock)
    daemon.fleet.close()
    assert code == 4
    last = [record for record in caplog.records if record.name == "agent.cli.process"][-1]
    assert (last.levelname, last.__dict__["part"]) == ("CRITICAL", part)


@pytest.mark.parametrize(
    ("thread", "part"),
    [
        ("web", "web"),
        ("APScheduler", "scheduler"),
        ("rounds", "scheduler"),
        ("clock", "clock"),
        ("matrix", "matrix"),
        ("reload", "reload"),
    ],
)
def test_a_process_whose_part_is_killed_ends_with_4_and_names_it_last(
    config: Path, thread: str, part: str
) -> None:
    command = [sys.executable, "-c", MURDER, thread, "run", "--config.file", str(config)]
    command += ["--web.listen-address", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        if thread == "reload":
            # It waits for a signal, and only then can it be killed.
            assert any("msg=listening" in line for line in process.stderr)
            assert eventually(lambda: hang_up(process) is not None, 30)
        _, log = process.communicate(timeout=30)
    assert process.returncode == 4
    last = log.splitlines()[-1]
    assert "level=critical" in last
    assert f"part={part}" in last


def test_a_part_says_why_it_ended() -> None:
    part = Part("web", broken)
    part.start()
    part.join(5)
    assert (part.is_alive(), part.error) == (False, "OSError: broken")


class Unread:
    """The program with a log that is a pipe, of which only the beginning is read."""

    def __init__(self, config: Path) -> None:
        command = [sys.executable, "-m", "agent.cli", "run", "--config.file", str(config)]
        self.process = subprocess.Popen(
            [*command, "--web.listen-address", "127.0.0.1:0", "--web.enable-lifecycle"],
            stderr=subprocess.PIPE,
        )
        assert self.process.stderr is not None
        self.pipe = self.process.stderr.fileno()
        began = b""
        while not (port := re.search(rb"msg=listening port=(\d+)\n", began)):
            part = os.read(self.pipe, 4096)
            assert part, "it ended before it listened"
            began += part
        self.address = f"http://127.0.0.1:{port[1].decode()}"

    def rounds(self) -> float:
        text = requests.get(f"{self.address}/metrics", timeout=5).text
        found = re.search(r"^temporal_compat_rounds_total\S* (\S+)$", text, re.MULTILINE)
        assert found
        return float(found[1])

    def flood(self, config: Path, times: int) -> None:
        """Let it log almost two megabytes so many times: every error of a wrong configuration."""
        config.write_text("".join(f"wrong_{'x' * 900}_{number}: 1\n" for number in range(2000)))
        for _ in range(times):
            assert requests.post(f"{self.address}/-/reload", timeout=60).status_code == 500


@pytest.fixture
def unread(config: Path) -> Iterator[Unread]:
    program = Unread(config)
    yield program
    program.process.kill()
    program.process.communicate()


def test_a_log_that_nobody_reads_stops_neither_rounds_nor_the_end(config: Path, unread: Unread) -> None:
    unread.flood(config, 1)
    before = unread.rounds()
    assert eventually(lambda: unread.rounds() >= before + 3, 20)
    began = time.monotonic()
    unread.process.terminate()
    assert unread.process.wait(10) == 0
    assert time.monotonic() - began < 5


def test_lines_that_were_dropped_are_counted_once_somebody_reads_again(config: Path, unread: Unread) -> None:
    unread.flood(config, 4)
    text = b""
    while not (found := re.search(rb'msg="log lines were dropped[^"]*" dropped=(\d+)\n', text)):
        assert select.select([unread.pipe], [], [], 30)[0], "no such line came"
        text = text[-1000:] + os.read(unread.pipe, 65536)
    assert int(found[1]) > 100
