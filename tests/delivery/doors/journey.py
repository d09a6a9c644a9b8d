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

    def run(self, command: str, *, code: int = 0, documented: bool = True) -> str:
        """Run a command of the documentation, and return what it printed.

        Raises CommandError if it ends with another exit code than `code`.
        """
        return self._measured(command, lambda: self._shell(command, code), documented=documented)

    def start(self, command: str, url: str, *, extra: str = "", documented: bool = True) -> None:
        """Start a command that goes on running, with `extra` arguments, until `url` answers."""

        def start() -> None:
            text = f"exec {self.resolved(command)} {extra}"
            process = Process(command.split()[0], ["bash", "-c", text], self.folder, env=self.environment)
            self._stack.callback(process.stop)
            process.start(lambda: _answers(url), timeout=_LONGEST_START)

        self._measured(command, start, documented=documented)

    def do(self, what: str, action: Callable[[], object]) -> None:
        """Something that is no command of a shell, such as a statement in a database."""
        self._measured(what, action, documented=False)

    def export(self, name: str, value: str) -> None:
        """A variable for all commands that follow."""
        command = f"export {name}={value}"
        self._measured(command, lambda: self.environment.update({name: value}))

    def add_path(self, folder: Path) -> None:
        """Programs of this folder come first."""
        self.environment["PATH"] = f"{folder}:{self.environment['PATH']}"

    def wait_for_alert(self, name: str, prometheus: PrometheusServer) -> None:
        """Start this Prometheus, which scrapes the agent, and wait until the alert fires."""

        def wait() -> None:
            server = self.enter(prometheus)
            if not eventually(lambda: name in {each["alertname"] for each in server.firing()}, _LONGEST_WAIT):
                raise CommandError(f"{name} does not fire; these alerts fire: {server.firing()}")

        self.do(f"Prometheus, until {name} fires", wait)

    def resolved(self, command: str) -> str:
        """The command with what this user has in the place of what the documentation leaves open."""
        for name, value in self.places.items():
            command = command.replace(name, value)
        return command

    def _shell(self, command: str, code: int) -> str:
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

    def _measured(self, command: str, action: Callable[[], T], *, documented: bool = True) -> T:
        if documented and not is_documented(command):
            raise CommandError(f"no page has the command: {command}")
        began = time.monotonic()
        result = action()
        seconds = round(time.monotonic() - began, 1)
        self.steps.append(Step(command, seconds))
        sys.stdout.write(f"  {seconds:6.1f} s  {command}\n")
        sys.stdout.flush()
        return result


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False
