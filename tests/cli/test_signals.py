"""Signals that come before the process is ready wait until it is."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from queue import Empty

import pytest

from agent.cli.signals import Signals
from tests.fleets import cluster, write_config

#: Runs the program, which sends itself a SIGHUP when it first imports a module: long before it listens.
SIGNALLED = """
import builtins, os, signal, sys
from agent.cli import main

module, real = sys.argv.pop(1), builtins.__import__

def signalling(name, *more, **named):
    if name == module:
        os.kill(os.getpid(), signal.SIGHUP)
    return real(name, *more, **named)

builtins.__import__ = signalling
main()
"""


@pytest.mark.parametrize("module", ["agent.cli.process", "agent.matrix", "agent.web.web_file"])
def test_a_hangup_while_the_process_begins_is_a_reload_once_it_runs(tmp_path: Path, module: str) -> None:
    config = write_config(tmp_path, [cluster(tmp_path, "a", "127.0.0.1:1")])
    command = [sys.executable, "-c", SIGNALLED, module, "run", "--config.file", str(config)]
    command += ["--web.listen-address", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any("configuration reloaded" in line for line in process.stderr)
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_signals_keep_their_order() -> None:
    numbers = (signal.SIGUSR1, signal.SIGUSR2)
    before = [signal.getsignal(number) for number in numbers]
    signals = Signals()
    signals.catch(*numbers)
    try:
        for number in (*numbers, numbers[0]):
            signal.raise_signal(number)
        assert [signals.get(1) for _ in range(3)] == [*numbers, numbers[0]]
        with pytest.raises(Empty):
            signals.get(0.01)
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
