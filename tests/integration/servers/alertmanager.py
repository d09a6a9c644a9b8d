"""A real Alertmanager with amtool, of Debian's package."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from . import cache
from .commands import CommandError, UnavailableError, run, which
from .process import Process, free_port, temporary_folder
from .running import Running

_MOUNTED = 'mount --bind "$0" /usr/share && exec "$@"'


@dataclass(frozen=True)
class AlertmanagerBinaries:
    """The programs of one Alertmanager."""

    server: Path
    amtool: Path


def alertmanager_binaries() -> AlertmanagerBinaries:
    """The installed programs, else those of Debian's package, unpacked into the cache.

    Installing the package would start a service.
    """
    try:
        return AlertmanagerBinaries(which("prometheus-alertmanager"), which("amtool"))
    except UnavailableError:
        release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
        folder = cache.entry("alertmanager", release, [release.encode()], _unpack_package) / "usr" / "bin"
    return AlertmanagerBinaries(folder / "prometheus-alertmanager", folder / "amtool")


def _unpack_package(folder: Path) -> None:
    run([which("apt-get"), "download", "--quiet", "prometheus-alertmanager"], cwd=folder)
    for package in folder.glob("*.deb"):
        run([which("dpkg"), "-x", package, folder])
        package.unlink()


def may_mount() -> bool:
    """Whether this user may have mounts of its own, without which the server does not run."""
    try:
        run(["unshare", "--mount", "true"])
    except (CommandError, UnavailableError):
        return False
    return True


class AlertmanagerServer(Running):
    """Alone, on a free port, with this configuration. Starts when entered as a context.

    Debian's build reads its templates from /usr/share, so the package's own folder is mounted there, for this
    process alone.
    """

    def __init__(self, binaries: AlertmanagerBinaries, config: Path) -> None:
        address = f"127.0.0.1:{free_port()}"
        self.address = address
        self._url = f"http://{address}"
        self._folder = temporary_folder("alertmanager")
        share = binaries.server.parent.parent / "share"
        mounted: list[str | Path] = ["unshare", "--mount", "sh", "-c", _MOUNTED, share]
        self._process = Process(
            "Alertmanager",
            [
                *mounted,
                *(binaries.server, f"--config.file={config}", f"--storage.path={self._folder / 'data'}"),
                *(f"--web.listen-address={address}", "--cluster.listen-address="),
            ],
            self._folder,
        )

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._process.start(self._ready)

    def close(self) -> None:
        """Stops, and removes the data."""
        self._process.stop(kill=True)
        shutil.rmtree(self._folder)

    def fire(self, alerts: Sequence[Mapping[str, str]]) -> None:
        """Take these labels as alerts that fire now."""
        body = [{"labels": labels} for labels in alerts]
        requests.post(f"{self._url}/api/v2/alerts", json=body, timeout=5).raise_for_status()

    def inhibited(self) -> set[tuple[str, str]]:
        """The name and the cluster of each alert that another one silences."""
        answer = requests.get(f"{self._url}/api/v2/alerts", timeout=5)
        answer.raise_for_status()
        alerts: list[dict[str, Any]] = answer.json()
        return {
            (alert["labels"]["alertname"], alert["labels"].get("temporal_cluster", ""))
            for alert in alerts
            if alert["status"]["inhibitedBy"]
        }

    def _ready(self) -> bool:
        try:
            return requests.get(f"{self._url}/-/ready", timeout=2).ok
        except requests.RequestException:
            return False
