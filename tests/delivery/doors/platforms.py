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

_UNIT = ROOT / "deploy" / "systemd" / "temporal-compat-agent.service"
_CHART = "deploy/helm/temporal-compat-agent"
_COMPOSE = "deploy/compose/compose.yaml"
#: Where a container finds its configuration.
CONFIGURATION = "/etc/temporal-compat-agent"


def kubernetes(journey: Journey) -> None:
    """The chart's manifests: pod, rules and gate, with folders for its ConfigMap."""
    server = journey.enter(running_cluster())
    grant_rights(journey, server)
    values = for_cluster(pages.block(pages.CHART, "yaml", "image:"), server)
    (journey.folder / "values.yaml").write_text(values)
    # Helm that is built from its module takes Kubernetes to be 1.20.
    journey.places |= {
        "helm template": f"{helm()} template --kube-version 1.31.0",
        _CHART: str(ROOT / _CHART),
    }
    template = f"helm template temporal-compat {_CHART} --values values.yaml"
    manifests = _manifests(journey.run(template))
    (configuration,) = (each for each in manifests["ConfigMap"] if "agent.yaml" in each["data"])
    (journey.folder / "agent.yaml").write_text(configuration["data"]["agent.yaml"])
    (rule,) = manifests["PrometheusRule"]
    rules = journey.folder / "rules.yaml"
    rules.write_text(yaml.safe_dump(rule["spec"]))
    (endpoint,) = manifests["ServiceMonitor"][0]["spec"]["endpoints"]

    journey.environment["PG_PASSWORD"] = PASSWORD  # the Secret of the page
    address = f"127.0.0.1:{free_port()}"
    (container,) = manifests["Deployment"][0]["spec"]["template"]["spec"]["containers"]
    mounts = {CONFIGURATION: journey.folder}
    start_container(journey, container["args"], mounts, address)
    job = {"honor_labels": endpoint["honorLabels"], "static_configs": [{"targets": [address]}]}
    journey.wait_for_alert(ALERT, PrometheusServer(prometheus_binaries(), {"agent": job}, [rules]))

    gate = f"gate: {{enabled: true, release: {RELEASE}}}\n"
    (journey.folder / "values.yaml").write_text(values + gate)
    (job,) = _manifests(journey.run(template))["Job"]
    (container,) = job["spec"]["template"]["spec"]["containers"]
    run_container(journey, container["args"], mounts, code=1)


def systemd(journey: Journey) -> None:
    """The commands of the page, then those of the unit."""
    commands = pages.block(pages.INSTALL, "sh", "systemctl").splitlines()
    for place in ("/opt/temporal-compat-agent", "/etc/temporal-compat-agent", "/etc/systemd/system"):
        journey.places[place] = str(journey.folder / place[1:])
    journey.places["deploy/systemd/"] = f"{_UNIT.parent}/"
    (journey.folder / "etc" / "systemd" / "system").mkdir(parents=True)
    (journey.folder / "opt").mkdir()
    folder = journey.folder / "etc" / "temporal-compat-agent"
    for command in commands:
        if not command.startswith("systemctl"):
            journey.run(command)
    prepare(journey, folder / "agent.yaml")
    unit = (journey.folder / "etc" / "systemd" / "system" / _UNIT.name).read_text()
    settings = dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE))
    # systemd reads these variables for the service.
    file = Path(journey.resolved(settings["EnvironmentFile"].removeprefix("-")))
    journey.environment |= dict(line.split("=", 1) for line in file.read_text().split())
    journey.run(settings["ExecStartPre"], documented=False)
    address = f"127.0.0.1:{free_port()}"
    journey.start(
        settings["ExecStart"],
        f"http://{address}/-/ready",
        extra=f"--web.listen-address {address}",
        documented=False,
    )
    journey.add_path(journey.folder / "opt" / "temporal-compat-agent" / "bin")
    journey.run("temporal-compat-agent rules temporal-compat.rules.yaml")
    first_alert(journey, address)


def compose(journey: Journey) -> None:
    """The services of the compose file one after the other, and the page's way to an alert."""
    read = yaml.safe_load((ROOT / _COMPOSE).read_text(encoding="utf-8"))
    services, configs = read["services"], read["configs"]
    server = journey.enter(running_cluster(behind=False))
    postgres, stores = server.stores.postgres, server.stores
    journey.environment |= {
        **services["agent"]["environment"],
        "PGHOST": postgres.host,
        "PGPORT": str(postgres.port),
        "PGUSER": postgres.superuser,
        "PGPASSWORD": postgres.superuser_password,
    }
    (*shell, script) = services["grants"]["command"]
    journey.run(shlex.join([*shell, script.replace("$$", "$")]), documented=False)
    agent = f"127.0.0.1:{free_port()}"
    jobs = yaml.safe_load(_content(configs, "prometheus"))["scrape_configs"]
    targets = {"agent:17233": agent, "temporal:8000": server.metrics_address}
    scraped = {
        job.pop("job_name"): {**job, "static_configs": [{"targets": [targets[_target(job)]]}]} for job in jobs
    }
    prometheus = PrometheusServer(prometheus_binaries(), scraped, [ROOT / "dashboards" / "rules" / RULES])
    text = _content(configs, "agent")
    for written, real in (
        ("http://temporal:8000/metrics", server.metrics_url),
        ("frontend: temporal:7233", f"frontend: {server.grpc_address}"),
        ("host: postgresql", f"host: {postgres.host}, port: {postgres.port}"),
        ("prometheus:9090", prometheus.address),
        ("grafana:3000", f"127.0.0.1:{free_port()}"),
    ):
        text = text.replace(written, real)
    (journey.folder / "agent.yaml").write_text(text)
    (command,) = re.findall(r"^CMD (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    start_container(journey, json.loads(command), {CONFIGURATION: journey.folder}, agent)

    behind = pages.block(pages.INSTALL, "sh", "UPDATE schema_version").strip()
    (statement,) = re.findall(r'"(UPDATE .+)"', behind)
    journey.do(behind, partial(postgres.sql, statement, database=stores.default))
    journey.wait_for_alert(ALERT, prometheus)


def start_container(journey: Journey, arguments: list[str], mounts: dict[str, Path], address: str) -> None:
    """The program with a container's arguments, which listens on `address`; see `run_container`."""
    journey.add_path(IN_IMAGE)
    journey.places |= {
        "=:17233": f"={address}",
        **{inside: str(outside) for inside, outside in mounts.items()},
    }
    listens = any(each.startswith("--web.listen-address") for each in arguments)
    journey.start(
        f"temporal-compat-agent {' '.join(arguments)}",
        f"http://{address}/-/ready",
        extra="" if listens else f"--web.listen-address {address}",
        documented=False,
    )


def _manifests(text: str) -> dict[str, list[Any]]:
    """What Helm printed, by kind. It warns on the same stream about the link to the dashboards."""
    found: dict[str, list[Any]] = {}
    for manifest in yaml.safe_load_all(text.partition("\n---\n")[2]):
        if manifest:
            found.setdefault(manifest["kind"], []).append(manifest)
    return found


def _content(configs: dict[str, Any], name: str) -> str:
    """A file that compose makes: `$$` is its way to write `$`."""
    return str(configs[name]["content"]).replace("$$", "$")


def _target(job: dict[str, Any]) -> str:
    ((target,),) = (each["targets"] for each in job["static_configs"])
    return str(target)
