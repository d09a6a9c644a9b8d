"""Running programs that end by themselves, and that never outlive the test run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

# Debian's user and group for what should own nothing. Its servers refuse to run as root.
NOBODY = 65534


class UnavailableError(Exception):
    """A server that can't be had on this machine, with the reason."""


class CommandError(Exception):
    """A command that failed, with its last lines."""


def which(program: str) -> Path:
    """The program's path; raises UnavailableError where the machine does not have it."""
    found = shutil.which(program)
    if found is None:
        raise UnavailableError(f"{program} is not installed (.ci/install tells what is needed)")
    return Path(found)


def bound(command: Sequence[str | Path], *, on_death: str = "KILL", as_nobody: bool = False) -> list[str]:
    """The command such that the kernel signals it when the thread that starts it ends.

    That holds when the test run is killed, too. setpriv executes the command in its own place, so the
    process id stays the one that was started. Without root, `as_nobody` has nothing to give up.
    """
    prefix = [str(which("setpriv")), "--pdeathsig", on_death]
    if as_nobody and os.geteuid() == 0:
        prefix += [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return [*prefix, "--", *(str(part) for part in command)]


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    as_nobody: bool = False,
) -> str:
    """What the command wrote; raises CommandError with its last lines if it fails."""
    done = subprocess.run(
        bound(command, as_nobody=as_nobody),
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise CommandError(f"{Path(command[0]).name} ended with {done.returncode}:\n{tail(done.stdout)}")
    return done.stdout


def tail(text: str, lines: int = 40) -> str:
    """The last lines of a long text."""
    return "\n".join(text.splitlines()[-lines:])
