"""A Debian in a folder, as a machine for the package: its root file system, its account and its unit."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.deb.package import NAME
from tests.integration.servers.commands import run
from tests.integration.servers.debian import debian_root, require_namespaces
from tests.integration.servers.process import temporary_folder

#: Variables of its programs.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


@contextmanager
def debian(*python: int) -> Iterator[Path]:
    """The root file system of a Debian with this Python, that a test may change.

    Raises UnavailableError where such a machine is not possible.
    """
    require_namespaces()
    source = debian_root(*python)
    folder = temporary_folder("debian")
    try:
        run(["cp", "--archive", source, folder / "root"])
        yield folder / "root"
    finally:
        shutil.rmtree(folder)


def users(machine: Path) -> list[str]:
    """The lines of `/etc/passwd`."""
    return (machine / "etc" / "passwd").read_text().splitlines()


def account(machine: Path) -> tuple[int, int]:
    """User and group of the daemon."""
    (line,) = (each for each in users(machine) if each.startswith(f"{NAME}:"))
    user, group = line.split(":")[2:4]
    return int(user), int(group)


def unit_settings(machine: Path) -> dict[str, str]:
    """The settings of the installed unit; of a setting with several lines the last one."""
    unit = machine / "usr" / "lib" / "systemd" / "system" / f"{NAME}.service"
    return dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.MULTILINE))
