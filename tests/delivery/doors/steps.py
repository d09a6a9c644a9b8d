"""The parts of docs/install.md that most doors share, from the first statement to the alert."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path

import yaml

from tests.delivery.building import ROOT
from tests.delivery.doors import pages
from tests.delivery.doors.cluster import for_cluster, running_cluster
from tests.delivery.doors.journey import Journey
from tests.integration.servers.process import free_port
from tests.integration.servers.prometheus import PrometheusServer, prometheus_binaries
from tests.integration.servers.temporal import TemporalServer

ALERT = "TemporalSchemaBehind"
#: The password of the page.
PASSWORD = "change-me"
RULES = "temporal-compat.rules.yaml"


def watch(journey: Journey) -> None:
    """From "Five minutes to your first cluster" on, with an installed program."""
    prepare(journey, journey.folder / "agent.yaml")
    journey.export("AGENT_PASSWORD", PASSWORD)
    journey.run("temporal-compat-agent config check agent.yaml --probe")
    journey.run("temporal-compat-agent check --config.file agent.yaml", code=1)
    address = f"127.0.0.1:{free_port()}"
    journey.start(
        "temporal-compat-agent run --config.file agent.yaml",
        address,
        extra=f"--web.listen-address {address}",
    )
    journey.run("temporal-compat-agent rules temporal-compat.rules.yaml")
    first_alert(journey, address)


def clone(journey: Journey) -> None:
    """A checkout of what is committed here, as the folder of the journey from now on."""
    checkout = journey.folder / "checkout"
    subprocess.run(["git", "clone", "--quiet", "--no-tags", ROOT, checkout], check=True)
    journey.folder = checkout


def prepare(journey: Journey, file: Path) -> None:
    """A cluster, the rights of the page, and its configuration in `file`."""
    server = journey.enter(running_cluster())
    grant_rights(journey, server)
    file.write_text(for_cluster(pages.block(pages.INSTALL, "yaml", "clusters:"), server))


def grant_rights(journey: Journey, server: TemporalServer) -> None:
    """The statements of the page."""
    postgres, stores = server.stores.postgres, server.stores
    create, grant = filter(None, map(str.strip, pages.blocks(pages.INSTALL, "sql")[0].split(";")))
    journey.do(create, partial(postgres.sql, create))
    for database in (stores.default, stores.visibility):
        journey.do(f"{grant} ({database})", partial(postgres.sql, grant, database=database))


def first_alert(journey: Journey, address: str) -> None:
    """The page's part about Prometheus, up to the alert."""
    settings = yaml.safe_load(pages.block(pages.INSTALL, "yaml", "scrape_configs:"))
    (job,) = settings["scrape_configs"]
    job = {**job, "static_configs": [{"targets": [address]}]}
    rules = [journey.folder / name for name in settings["rule_files"]]
    journey.wait_for_alert(ALERT, PrometheusServer(prometheus_binaries(), {job.pop("job_name"): job}, rules))
