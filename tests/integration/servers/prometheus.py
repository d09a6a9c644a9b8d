"""A real Prometheus with promtool, of Debian's package."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import requests
import yaml

from . import cache
from .commands import UnavailableError, run, which
from .process import Process, free_port, temporary_folder


@dataclass(frozen=True)
class PrometheusBinaries:
    """The programs of one Prometheus."""

    server: Path
    promtool: Path


def prometheus_binaries() -> PrometheusBinaries:
    """The installed programs, else those of Debian's package, unpacked into the cache.

    Installing the package would start a service.
    """
    try:
        return PrometheusBinaries(which("prometheus"), which("promtool"))
    except UnavailableError:
        release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
        folder = cache.entry("prometheus", release, [release.encode()], _unpack_package) / "usr" / "bin"
    return PrometheusBinaries(folder / "prometheus", folder / "promtool")


def _unpack_package(folder: Path) -> None:
    run([which("apt-get"), "download", "--quiet", "prometheus"], cwd=folder)
    (package,) = folder.glob("*.deb")
    run([which("dpkg"), "-x", package, folder])
    package.unlink()


class PrometheusServer:
    """Scrapes each job's targets (`host:port`) every second, and evaluates rules as often.

    A job is a scrape configuration without its name; `{"static_configs": [{"targets": […]}]}` at least.
    Starts when entered as a context.
    """

    def __init__(
        self,
        binaries: PrometheusBinaries,
        jobs: Mapping[str, Mapping[str, Any]],
        rule_files: Sequence[Path] = (),
    ) -> None:
        self._port = free_port()
        self._folder = temporary_folder("prometheus")
        own = {"static_configs": [{"targets": [self.address]}]}
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "scrape_configs": [
                {"job_name": name, **job} for name, job in {"prometheus": own, **jobs}.items()
            ],
            "rule_files": [str(file.resolve()) for file in rule_files],
        }
        file = self._folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(config))
        self._process = Process(
            "Prometheus",
            [
                *(binaries.server, f"--config.file={file}", f"--storage.tsdb.path={self._folder / 'data'}"),
                *(f"--web.listen-address={self.address}", "--web.enable-lifecycle"),
            ],
            self._folder,
        )

    @property
    def address(self) -> str:
        """The server's `host:port`."""
        return f"127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """The server's base URL."""
        return f"http://{self.address}"

    def __enter__(self) -> Self:
        try:
            self._process.start(self._ready)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stops, and removes the data."""
        self._process.stop(kill=True)
        shutil.rmtree(self._folder)

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """The labels and values that an instant query gives."""
        result = self._get("query", query=expression)["result"]
        return [(sample["metric"], float(sample["value"][1])) for sample in result]

    def firing(self) -> list[dict[str, str]]:
        """The labels of the alerts that fire now."""
        return [alert["labels"] for alert in self._get("alerts")["alerts"] if alert["state"] == "firing"]

    def _get(self, path: str, **parameters: str) -> Any:
        answer = requests.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=5)
        answer.raise_for_status()
        return answer.json()["data"]

    def _ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/-/ready", timeout=2).ok
        except requests.RequestException:
            return False
