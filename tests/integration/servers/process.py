"""A server as a child process: in its own temporary folder, on loopback, gone when the test run is."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .commands import NOBODY, bound, tail

_PREFIX = "temporal-compat-tests-"
# Servers are short-lived where there are many: a port is not given again before thousands of others.
_given_ports: deque[int] = deque(maxlen=4000)


class StartError(Exception):
    """A server that ended or did not answer in time, with the last lines of its log."""


class ExitError(StartError):
    """A server that ended by itself before it answered."""


def free_port(lowest: int = 20000, highest: int = 32000) -> int:
    """A TCP port on loopback that nothing uses, and that was not given lately.

    Outside the range that the kernel hands out to connections (32768 to 60999), so that a server that is
    stopped and started again finds its port free.
    """
    while True:
        port = random.randint(lowest, highest)
        if port in _given_ports:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given_ports.append(port)
        return port


def temporary_folder(name: str, *, for_nobody: bool = False) -> Path:
    """A new folder for one server. Folders of test runs that were killed are removed on the way.

    Not pytest's temporary folders: only their owner may enter those.
    """
    temp = Path(tempfile.gettempdir())
    for folder in temp.glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-{name}-", dir=temp))
    if for_nobody and os.geteuid() == 0:
        os.chown(made, NOBODY, NOBODY)
    return made


class Process:
    """A server's process, started and stopped by its own id; its output goes to `log` in its folder.

    Start it from a thread that lives as long as it should: it is killed when that thread ends.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        *,
        env: Mapping[str, str] | None = None,
        as_nobody: bool = False,
        stop_signal: signal.Signals = signal.SIGTERM,
        on_death: str = "KILL",
    ) -> None:
        self.name = name
        self._command = bound(command, on_death=on_death, as_nobody=as_nobody)
        self._folder = folder
        self._env = {**os.environ, **(env or {})}
        self._stop_signal = stop_signal
        self._child: subprocess.Popen[bytes] | None = None
        self.log = folder / "log"

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """The id of the process that runs."""
        assert self._child is not None
        return self._child.pid

    def log_text(self) -> str:
        """All that the process has written, over all its starts."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def start(self, ready: Callable[[], bool], *, timeout: float = 60) -> None:
        """Starts the process and waits until `ready` says so; stops it and raises StartError otherwise."""
        if self.running:
            raise StartError(f"{self.name} runs already")
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait(ready, timeout)
        except BaseException:
            self.stop(kill=True)
            raise

    def stop(self, *, timeout: float = 30, kill: bool = False) -> int | None:
        """Ends the process and waits until it is gone; fine if it has ended already.

        Returns its exit code, negative for a signal that ended it; None if it was not started.
        """
        if self._child is None:
            return None
        if kill:
            self._child.kill()
        else:
            self._child.send_signal(self._stop_signal)
        try:
            self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        code = self._child.returncode
        self._child = None
        return code

    def _wait(self, ready: Callable[[], bool], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not ready():
            if self._child is None or self._child.poll() is not None:
                status = self._child.returncode if self._child else None
                raise ExitError(f"{self.name} ended with {status}:\n{tail(self.log_text())}")
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} did not answer in {timeout} s:\n{tail(self.log_text())}")
            time.sleep(0.05)
