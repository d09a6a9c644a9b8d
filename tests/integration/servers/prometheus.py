"""A real Prometheus with promtool, of Debian's packages: this release's own, and sid's."""

from __future__ import annotations

import platform
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from . import cache
from .certificates import Authority
from .commands import CommandError, UnavailableError, run, which
from .process import Process, free_port, temporary_folder
from .running import Running

#: A password, and what bcrypt makes of it at its lowest cost.
PASSWORD = "correct horse"
_HASH = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"


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


def newest_prometheus_binaries() -> PrometheusBinaries:
    """Those of Debian sid's packages, 3.5 when this was written: sid keeps no older ones.

    Unpacked into the cache, and kept there. They run on older releases too.
    """
    folder = cache.entry("prometheus", "sid", [b"sid"], _unpack_newest_packages) / "usr" / "bin"
    return PrometheusBinaries(folder / "prometheus", folder / "promtool")


def _unpack_package(folder: Path) -> None:
    run([which("apt-get"), "download", "--quiet", "prometheus"], cwd=folder)
    _unpack(folder)


def _unpack_newest_packages(folder: Path) -> None:
    """From the mirror that this machine uses anyway, with lists of its own: nothing installed counts."""
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    form = "$(CREATED_BY) $(RELEASE) $(COMPONENT) $(SITE)"
    targets = [
        line.split() for line in run([which("apt-get"), "indextargets", "--format", form]).splitlines()
    ]
    sites = [target[3] for target in targets if target[:3] == ["Packages", release, "main"]]
    if not sites:
        raise CommandError("apt knows no mirror of Debian's main packages")
    state = folder / "apt"
    for part in ("lists/partial", "cache/archives/partial"):
        (state / part).mkdir(parents=True)
    (state / "status").touch()
    (state / "sources.list").write_text(f"deb {sites[0]} sid main\n")
    settings = {
        "Dir::Etc::SourceList": state / "sources.list",
        "Dir::Etc::SourceParts": "-",
        "Dir::State": state,
        "Dir::State::status": state / "status",
        "Dir::State::Lists": state / "lists",
        "Dir::Cache": state / "cache",
        "Acquire::Languages": "none",
    }
    apt: list[str | Path] = [which("apt-get"), "--quiet"]
    for name, value in settings.items():
        apt += ["-o", f"{name}={value}"]
    run([*apt, "update"])
    run([*apt, "download", "prometheus", "promtool"], cwd=folder)
    shutil.rmtree(state)
    _unpack(folder)


def _unpack(folder: Path) -> None:
    for package in folder.glob("*.deb"):
        run([which("dpkg"), "-x", package, folder])
        package.unlink()


@dataclass(frozen=True)
class Web:
    """How a Prometheus is reached: below a path, by the user's PASSWORD, with the authority's certificate."""

    path: str = ""
    user: str = ""
    authority: Authority | None = None

    def config(self) -> dict[str, Any]:
        """The file of `--web.config.file`."""
        config: dict[str, Any] = {}
        if self.user:
            config["basic_auth_users"] = {self.user: _HASH}
        if self.authority:
            certificate = self.authority.issue("prometheus")
            config["tls_server_config"] = {
                "cert_file": str(certificate.cert),
                "key_file": str(certificate.key),
            }
        return config


class PrometheusServer(Running):
    """Scrapes each job's targets (`host:port`) every second, and evaluates rules as often.

    A job is a scrape configuration without its name; `{"static_configs": [{"targets": […]}]}` at least.
    Starts when entered as a context.
    """

    def __init__(
        self,
        binaries: PrometheusBinaries,
        jobs: Mapping[str, Mapping[str, Any]],
        rule_files: Sequence[Path] = (),
        web: Web | None = None,
        alertmanager: str = "",
    ) -> None:
        self._port = free_port()
        self._web = web or Web()
        self._session = requests.Session()
        # The environment may name other authorities, which would count in place of ours.
        self._session.trust_env = False
        self._session.auth = (self._web.user, PASSWORD) if self._web.user else None
        self._session.verify = str(self._web.authority.ca) if self._web.authority else True
        self._folder = temporary_folder("prometheus")
        own = {"static_configs": [{"targets": [self.address]}]}
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "scrape_configs": [
                {"job_name": name, **job} for name, job in {"prometheus": own, **jobs}.items()
            ],
            "rule_files": [str(file.resolve()) for file in rule_files],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]}
            if alertmanager
            else {},
        }
        file = self._folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(config))
        web_file = self._folder / "web.yml"
        web_file.write_text(yaml.safe_dump(self._web.config()))
        self._process = Process(
            "Prometheus",
            [
                *(binaries.server, f"--config.file={file}", f"--storage.tsdb.path={self._folder / 'data'}"),
                *(f"--web.listen-address={self.address}", "--web.enable-lifecycle"),
                *(f"--web.config.file={web_file}", f"--web.external-url={self.url}/"),
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
        return f"{'https' if self._web.authority else 'http'}://{self.address}{self._web.path}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._process.start(self._ready)

    def restart(self) -> None:
        """Stop as an operator would, and start again with the same data."""
        self._process.stop()
        self.start()

    def close(self) -> None:
        """Stops, and removes the data."""
        self._process.stop(kill=True)
        self._session.close()
        shutil.rmtree(self._folder)

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """The labels and values that an instant query gives."""
        result = self._get("query", query=expression)["result"]
        return [(sample["metric"], float(sample["value"][1])) for sample in result]

    def query_range(self, expression: str, seconds: int) -> list[tuple[dict[str, str], list[float]]]:
        """The labels and values that a query gives for every second of the last ones."""
        end = time.time()
        result = self._get("query_range", query=expression, start=str(end - seconds), end=str(end), step="1")
        return [
            (series["metric"], [float(value) for _, value in series["values"]]) for series in result["result"]
        ]

    def label_values(self, label: str, selector: str) -> set[str]:
        """The values that a label has on the series of this selector."""
        return set(self._get(f"label/{label}/values", **{"match[]": selector}))

    def rule_errors(self) -> dict[str, str]:
        """Every rule that was evaluated, by name, with what went wrong; empty where nothing did."""
        rules = [rule for group in self._get("rules")["groups"] for rule in group["rules"]]
        return {rule["name"]: rule.get("lastError", "") for rule in rules if rule["health"] != "unknown"}

    def firing(self) -> list[dict[str, str]]:
        """The labels of the alerts that fire now."""
        return [alert["labels"] for alert in self._get("alerts")["alerts"] if alert["state"] == "firing"]

    def _get(self, path: str, **parameters: str) -> Any:
        answer = self._session.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=5)
        answer.raise_for_status()
        return answer.json()["data"]

    def _ready(self) -> bool:
        try:
            return self._session.get(f"{self.url}/-/ready", timeout=2).ok
        except requests.RequestException:
            return False
