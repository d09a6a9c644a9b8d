"""One new user: an empty folder as home, a shell, and a clock."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TypeVar

import requests

from tests.delivery.doors.pages import is_documented
from tests.delivery.doors.record import Step
from tests.fleets import eventually
from tests.integration.servers.commands import CommandError, bound, tail
from tests.integration.servers.process import Process
from tests.integration.servers.prometheus import PrometheusServer

T = TypeVar("T")

#: Variables that lead to tools and caches of this machine's developer.
_OF_THE_DEVELOPER = ("PYTHONPATH", "VIRTUAL_ENV", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
#: Seconds. A slow machine needs minutes for an installation; an alert waits for one minute by its rule.
_LONGEST_START = 900
_LONGEST_WAIT = 180


class Journey:
    """Runs commands in `folder` as a user with nothing but the documentation, and measures each.

    `places`: what the documentation leaves open, such as SOURCE, and what this user has there. `tools`:
    folders with programs that the user has installed.
    """

    def __init__(self, folder: Path, tools: list[Path], stack: ExitStack) -> None:
        self.folder = folder
        self.steps: list[Step] = []
        self.waited = 0.0
        self.places: dict[str, str] = {}
        self._stack = stack
        path = [*tools, folder / ".local" / "bin", Path(sys.base_prefix) / "bin"]
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in _OF_THE_DEVELOPER},
            "HOME": str(folder),
            "PATH": ":".join([*map(str, path), os.environ["PATH"]]),
        }

    def enter(self, context: AbstractContextManager[T]) -> T:
        """What runs until the journey ends."""
        return self._stack.enter_context(context)

    def run(self, command: str, *, code: int = 0) -> None:
        """Run a command of the documentation.

        Raises CommandError if it ends with another exit code than `code`.
        """
        self.instead_of(command, lambda: self.shell(command, code))

    def start(self, command: str, address: str, *, extra: str = "") -> None:
        """Start a command of the documentation that goes on running; see `launch`."""
        self.instead_of(command, lambda: self.launch(command, address, extra=extra))

    def instead_of(self, command: str, action: Callable[[], T]) -> T:
        """A command of the documentation, by an action that does its work here."""
        if not is_documented(command):
            raise CommandError(f"no page has the command: {command}")
        return self.do(command, action)

    def do(self, what: str, action: Callable[[], T]) -> T:
        """What the user does in another program, such as a statement in a database."""
        result, seconds = _timed(action)
        self.steps.append(Step(what, seconds))
        _print(seconds, what)
        return result

    def launch(self, command: str, address: str, *, extra: str = "") -> None:
        """Start a command with `extra` arguments, and wait until the agent at this `host:port` is ready."""
        text = f"exec {self.resolved(command)} {extra}"
        self.follow(
            Process(command.split()[0], ["bash", "-c", text], self.folder, env=self.environment), address
        )

    def follow(self, process: Process, address: str) -> None:
        """Start a process, and wait until the agent at this `host:port` is ready."""
        self._stack.callback(process.stop)
        process.start(lambda: _is_ready(address), timeout=_LONGEST_START)

    def export(self, name: str, value: str) -> None:
        """A variable for all commands that follow."""
        self.instead_of(f"export {name}={value}", lambda: self.environment.update({name: value}))

    def add_path(self, folder: Path) -> None:
        """Programs of this folder come first."""
        self.environment["PATH"] = f"{folder}:{self.environment['PATH']}"

    def wait_for_alert(self, name: str, prometheus: PrometheusServer) -> None:
        """Start this Prometheus, which scrapes the agent, and wait until the alert fires."""

        def wait() -> None:
            server = self.enter(prometheus)
            if not eventually(lambda: name in {each["alertname"] for each in server.firing()}, _LONGEST_WAIT):
                raise CommandError(f"{name} does not fire; these alerts fire: {server.firing()}")

        _, self.waited = _timed(wait)
        _print(self.waited, f"until {name} fires")

    def resolved(self, command: str) -> str:
        """The command with what this user has in the place of what the documentation leaves open."""
        for name, value in self.places.items():
            command = command.replace(name, value)
        return command

    def shell(self, command: str, code: int = 0) -> str:
        """What a command prints, on both streams.

        Raises CommandError if it ends with another exit code than `code`.
        """
        done = subprocess.run(
            bound(["bash", "-c", self.resolved(command)]),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != code:
            raise CommandError(f"{command} ended with {done.returncode}, not {code}:\n{tail(done.stdout)}")
        return done.stdout


def _timed(action: Callable[[], T]) -> tuple[T, float]:
    began = time.monotonic()
    return action(), round(time.monotonic() - began, 1)


def _print(seconds: float, what: str) -> None:
    sys.stdout.write(f"  {seconds:6.1f} s  {what}\n")
    sys.stdout.flush()


def _is_ready(address: str) -> bool:
    try:
        return requests.get(f"http://{address}/-/ready", timeout=5).ok
    except requests.RequestException:
        return False
