"""The doors of platforms that this machine lacks: their files, with processes in place of containers."""

from __future__ import annotations

import json
import re
import shlex
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from tests.delivery.building import ROOT
from tests.delivery.doors import pages
from tests.delivery.doors.cluster import RELEASE, for_cluster, running_cluster
from tests.delivery.doors.gates import IN_IMAGE, run_container
from tests.delivery.doors.journey import Journey
from tests.delivery.doors.steps import ALERT, PASSWORD, RULES, first_alert, grant_rights, prepare
from tests.integration.servers.delivery_tools import helm
from tests.integration.servers.process import free_port
from tests.integration.servers.prometheus import PrometheusServer, prometheus_binaries
from tests.integration.servers.temporal import TemporalServer

_UNIT = ROOT / "deploy" / "systemd" / "temporal-compat-agent.service"
_CHART = ROOT / "deploy" / "helm" / "temporal-compat-agent"
_COMPOSE = "deploy/compose/compose.yaml"
#: Where a container finds its configuration.
_CONFIGURATION = "/etc/temporal-compat-agent"


def kubernetes(journey: Journey) -> None:
    """The chart's manifests: pod, rules and gate, with a folder for the ConfigMap."""
    server = journey.enter(running_cluster())
    grant_rights(journey, server)
    secret, install, *_ = pages.block(pages.CHART, "sh", "helm upgrade").splitlines()
    journey.instead_of(secret, lambda: journey.environment.update(PG_PASSWORD=PASSWORD))
    values = for_cluster(pages.block(pages.CHART, "yaml", "image:"), server)
    (journey.folder / "values.yaml").write_text(values)
    address = f"127.0.0.1:{free_port()}"
    manifests = journey.instead_of(install, lambda: _install(journey, address))
    (rule,) = manifests["PrometheusRule"]
    rules = journey.folder / "rules.yaml"
    rules.write_text(yaml.safe_dump(rule["spec"]))
    (endpoint,) = manifests["ServiceMonitor"][0]["spec"]["endpoints"]
    job = {"honor_labels": endpoint["honorLabels"], "static_configs": [{"targets": [address]}]}
    journey.wait_for_alert(ALERT, PrometheusServer(prometheus_binaries(), {"agent": job}, [rules]))

    gate = f"gate: {{enabled: true, release: {RELEASE}}}\n"
    (journey.folder / "values.yaml").write_text(values + gate)
    journey.instead_of(install, lambda: _upgrade(journey))


def _install(journey: Journey, address: str) -> dict[str, list[Any]]:
    """What `helm upgrade --install` makes Kubernetes run."""
    manifests = _rendered(journey)
    (configuration,) = (each for each in manifests["ConfigMap"] if "agent.yaml" in each["data"])
    (journey.folder / "agent.yaml").write_text(configuration["data"]["agent.yaml"])
    (container,) = manifests["Deployment"][0]["spec"]["template"]["spec"]["containers"]
    _start_container(journey, container["args"], address)
    return manifests


def _upgrade(journey: Journey) -> None:
    """The hook that stops an upgrade."""
    (job,) = _rendered(journey)["Job"]
    (container,) = job["spec"]["template"]["spec"]["containers"]
    run_container(journey, container["args"], {_CONFIGURATION: journey.folder}, code=1)


def systemd(journey: Journey) -> None:
    """The commands of the page; in place of systemd, those of the unit."""
    *commands, reload, enable = pages.block(pages.INSTALL, "sh", "systemctl").splitlines()
    etc = journey.folder / "etc"
    (etc / "systemd" / "system").mkdir(parents=True)
    (journey.folder / "opt").mkdir()
    journey.places |= {
        "/opt/": f"{journey.folder}/opt/",
        "/etc/": f"{etc}/",
        "deploy/systemd/": f"{_UNIT.parent}/",
    }
    for command in commands:
        journey.run(command)
    prepare(journey, etc / "temporal-compat-agent" / "agent.yaml")
    journey.instead_of(reload, lambda: None)
    address = f"127.0.0.1:{free_port()}"
    journey.instead_of(enable, lambda: _enable(journey, etc / "systemd" / "system" / _UNIT.name, address))
    journey.add_path(journey.folder / "opt" / "temporal-compat-agent" / "bin")
    journey.run("temporal-compat-agent rules temporal-compat.rules.yaml")
    first_alert(journey, address)


def _enable(journey: Journey, unit: Path, address: str) -> None:
    """What systemd does with a unit when it starts it, without the sandbox."""
    settings = dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.MULTILINE))
    file = Path(journey.resolved(settings["EnvironmentFile"].removeprefix("-")))
    journey.environment |= dict(line.split("=", 1) for line in file.read_text().split())
    journey.shell(settings["ExecStartPre"])
    journey.launch(settings["ExecStart"], address, extra=f"--web.listen-address {address}")


def compose(journey: Journey) -> None:
    """The services of the compose file, and the page's way to an alert."""
    read = yaml.safe_load((ROOT / _COMPOSE).read_text(encoding="utf-8"))
    server = journey.enter(running_cluster(behind=False))
    address = f"127.0.0.1:{free_port()}"
    prometheus = _prometheus(read, server, address)
    journey.instead_of(
        f"docker compose -f {_COMPOSE} up --build", lambda: _up(journey, read, server, prometheus, address)
    )
    behind = pages.block(pages.INSTALL, "sh", "UPDATE schema_version").strip()
    (statement,) = re.findall(r'"(UPDATE .+)"', behind)
    stores = server.stores
    journey.instead_of(behind, partial(stores.postgres.sql, statement, database=stores.default))
    journey.wait_for_alert(ALERT, prometheus)


def _up(
    journey: Journey, read: dict[str, Any], server: TemporalServer, prometheus: PrometheusServer, address: str
) -> None:
    """The services `grants` and `agent`; the others run already."""
    postgres, services = server.stores.postgres, read["services"]
    journey.environment |= {
        **services["agent"]["environment"],
        "PGHOST": postgres.host,
        "PGPORT": str(postgres.port),
        "PGUSER": postgres.superuser,
        "PGPASSWORD": postgres.superuser_password,
    }
    (*shell, script) = services["grants"]["command"]
    journey.shell(shlex.join([*shell, script.replace("$$", "$")]))
    text = _content(read, "agent")
    for written, real in (
        ("http://temporal:8000/metrics", server.metrics_url),
        ("frontend: temporal:7233", f"frontend: {server.grpc_address}"),
        ("host: postgresql", f"host: {postgres.host}, port: {postgres.port}"),
        ("prometheus:9090", prometheus.address),
        ("grafana:3000", f"127.0.0.1:{free_port()}"),
    ):
        assert written in text
        text = text.replace(written, real)
    (journey.folder / "agent.yaml").write_text(text)
    (command,) = re.findall(r"^CMD (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    _start_container(journey, json.loads(command), address)


def _prometheus(read: dict[str, Any], server: TemporalServer, address: str) -> PrometheusServer:
    """The service `prometheus`."""
    jobs = {}
    for job in yaml.safe_load(_content(read, "prometheus"))["scrape_configs"]:
        ((target,),) = (each["targets"] for each in job["static_configs"])
        real = {"agent:17233": address, "temporal:8000": server.metrics_address}[target]
        jobs[job.pop("job_name")] = {**job, "static_configs": [{"targets": [real]}]}
    return PrometheusServer(prometheus_binaries(), jobs, [ROOT / "dashboards" / "rules" / RULES])


def _content(read: dict[str, Any], name: str) -> str:
    """A file that compose makes: `$$` is its way to write `$`."""
    return str(read["configs"][name]["content"]).replace("$$", "$")


def _start_container(journey: Journey, arguments: list[str], address: str) -> None:
    """The program with a container's arguments; the journey's folder holds its configuration."""
    journey.add_path(IN_IMAGE)
    journey.places |= {"=:17233": f"={address}", _CONFIGURATION: str(journey.folder)}
    listens = any(each.startswith("--web.listen-address") for each in arguments)
    journey.launch(
        f"temporal-compat-agent {' '.join(arguments)}",
        address,
        extra="" if listens else f"--web.listen-address {address}",
    )


def _rendered(journey: Journey) -> dict[str, list[Any]]:
    """The manifests by their kind. Helm that is built from its module takes Kubernetes to be 1.20."""
    command = f"{helm()} template temporal-compat {_CHART} --values values.yaml --kube-version 1.31.0"
    found: dict[str, list[Any]] = {}
    # Before the first manifest, Helm warns about the link to the dashboards.
    for manifest in yaml.safe_load_all(journey.shell(command).partition("\n---\n")[2]):
        if manifest:
            found.setdefault(manifest["kind"], []).append(manifest)
    return found
