"""Runs a program as a container does: an own root file system, mounts and network, any user, no shell.

`python -m tests.delivery.contained OPTIONS ROOT PROGRAM ARGUMENT…` runs inside `unshare` or `nsenter`.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.delivery.building import ROOT
from tests.integration.servers.commands import which
from tests.integration.servers.process import Process

#: netdevice(7) and prctl(2).
_SIOCSIFFLAGS, _IFF_UP, _PR_SET_PDEATHSIG = 0x8914, 1, 1


class Container:
    """One root file system, with the environment and the user of its programs. Needs root and namespaces.

    `host_network`: the programs use the network of this machine, and not one of their own.
    """

    def __init__(
        self,
        root: Path,
        environment: Mapping[str, str],
        user: int,
        group: int = 0,
        *,
        read_only: bool = False,
        host_network: bool = False,
    ) -> None:
        self._options = [
            f"--user={user}",
            f"--group={group}",
            *(f"--env={name}={value}" for name, value in environment.items()),
        ]
        self._options += ["--read-only"] if read_only else []
        self._options += ["--host-network"] if host_network else []
        self._namespaces = ["--mount"] if host_network else ["--mount", "--net"]
        self._root = root

    def process(self, folder: Path, program: Sequence[str]) -> Process:
        """The program as a process that is not started yet; its log is in `folder`."""
        command = self._command(None, program)
        return Process("container", command, folder, env={"PYTHONPATH": str(ROOT)})

    def run(self, program: Sequence[str], *, into: int | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, in the namespaces of the process `into` (its ID), or in new ones."""
        command = self._command(into, program)
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, capture_output=True, text=True, env=env, check=False, timeout=600)

    def _command(self, into: int | None, program: Sequence[str]) -> list[str | Path]:
        enter = [which("unshare")] if into is None else [which("nsenter"), f"--target={into}"]
        mode = "--prepare" if into is None else "--join"
        python = [sys.executable, "-m", __name__, mode, *self._options]
        return [*enter, *self._namespaces, *python, self._root, *program]


def main() -> None:
    """Prepare the namespaces of this process if they are new, and replace the process by the program."""
    parser = argparse.ArgumentParser()
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--prepare", action="store_true")
    mode.add_argument("--join", action="store_true")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--host-network", action="store_true")
    parser.add_argument("--user", type=int, required=True)
    parser.add_argument("--group", type=int, required=True)
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("root")
    parser.add_argument("program", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if options.prepare:
        _mount(options.root, read_only=options.read_only)
        if not options.host_network:
            _raise_loopback()
    library = ctypes.CDLL(None)
    os.chroot(options.root)
    os.chdir("/")
    os.setgroups([])
    os.setgid(options.group)
    os.setuid(options.user)
    # After a change of the user, which resets it.
    library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    environment = dict(each.split("=", 1) for each in options.env)
    os.execvpe(options.program[0], options.program, environment)


def _mount(root: str, *, read_only: bool) -> None:
    commands: list[list[str]] = [
        ["--bind", root, root],
        ["-t", "proc", "proc", f"{root}/proc"],
        ["--rbind", "/dev", f"{root}/dev"],
    ]
    if read_only:
        commands.append(["-o", "remount,bind,ro", root])
    for arguments in commands:
        subprocess.run(["mount", *arguments], check=True)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh", b"lo", _IFF_UP))


if __name__ == "__main__":
    main()
