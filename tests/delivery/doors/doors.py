"""The list of all doors, and how one of them is taken."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.delivery.building import build
from tests.delivery.doors import gates, installed, platforms, roots
from tests.delivery.doors.journey import Journey
from tests.delivery.doors.record import Passage
from tests.delivery.doors.steps import ALERT
from tests.integration.servers.delivery_tools import installers

FIRES = f"{ALERT} fires"


@dataclass(frozen=True)
class Door:
    """`take` makes the journey. `end`: where it ends on this machine."""

    name: str
    take: Callable[[Journey], None]
    end: str = FIRES


DOORS = (
    Door("pip, with a wheel", installed.pip),
    Door("pipx, with a wheel", installed.pipx),
    Door("uv, with a wheel", installed.uv),
    Door("uvx, the demo", installed.uvx),
    Door("source, `make run`", installed.source),
    Door(
        "Helm chart",
        platforms.kubernetes,
        f"{FIRES}, the gate ends with 1; no Kubernetes here: the rendered pod and Job run as processes",
    ),
    Door(
        "systemd unit",
        platforms.systemd,
        f"{FIRES}; no systemd here: the unit's commands run without its sandbox",
    ),
    Door(
        "compose file",
        platforms.compose,
        f"{FIRES}; no Docker here: its services run as processes, without Grafana",
    ),
    Door("GitHub Action", gates.github, "the step fails with exit code 1 and an annotation"),
    Door("GitLab job", gates.gitlab, "the job fails with exit code 1, with a JUnit report"),
    Door("Argo CD hook", gates.argo_cd, "the command of the Job ends with 1; no Kubernetes here"),
    Door(
        "container image",
        roots.container_image,
        f"{FIRES}; no engine here: buildah builds it on Debian from libraries on disk, "
        "a chroot runs it with a read-only root as any user",
    ),
    Door(
        "Debian package",
        roots.debian_package,
        f"{FIRES}; no systemd here: apt installs it in a chroot, the unit's commands run without systemctl",
    ),
)


def go(door: Door) -> Passage:
    """Take a door from an empty folder.

    Raises CommandError or StartError where it ends earlier than it should, UnavailableError without a server.
    """
    with TemporaryDirectory(prefix="temporal-compat-door-") as name, ExitStack() as stack:
        folder = Path(name)
        home = folder / "home"
        home.mkdir()
        (wheel,) = build(folder / "dist", "wheel")
        journey = Journey(home, [installer_programs(folder)], stack)
        journey.places["SOURCE"] = str(wheel)
        door.take(journey)
        return Passage(door.name, tuple(journey.steps), journey.waited, door.end)


def installer_programs(folder: Path) -> Path:
    """A folder with `uv`, `uvx` and `pipx`, without `PYTHONPATH` for what they install."""
    tools = installers()
    programs = folder / "programs"
    programs.mkdir()
    for name in ("uv", "uvx"):
        (programs / name).symlink_to(tools / "bin" / name)
    start = f"import sys; sys.path.insert(0, {str(tools)!r}); from pipx.main import cli; sys.exit(cli())"
    (programs / "pipx").write_text(f'#!/bin/sh\nexec {sys.executable} -c "{start}" "$@"\n')
    (programs / "pipx").chmod(0o755)
    return programs
