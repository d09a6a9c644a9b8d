"""docs/install.md from the first statement to the first alert, block by block, on real servers."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import yaml

from tests.delivery.doors.pages import INSTALL, block, blocks
from tests.fleets import eventually

from .servers.postgres import PostgresServer
from .servers.process import Process, free_port
from .servers.prometheus import PrometheusBinaries, PrometheusServer
from .servers.temporal import TemporalServer


@pytest.fixture
def granted(temporal_server: TemporalServer, postgres15: PostgresServer) -> Iterator[None]:
    """The block of SQL, run as the page says."""
    (statements,) = blocks(INSTALL, "sql")
    create, grant = filter(None, map(str.strip, statements.split(";")))
    stores = temporal_server.stores
    databases = [stores.default, stores.visibility]
    postgres15.sql(create)
    try:
        for database in databases:
            postgres15.sql(grant, database=database)
        yield
    finally:
        for database in databases:
            postgres15.sql("DROP OWNED BY agent", database=database)
        postgres15.sql("DROP ROLE agent")


@pytest.mark.usefixtures("granted")
def test_the_page_leads_from_nothing_to_a_first_alert(
    tmp_path: Path, temporal_server: TemporalServer, prometheus: PrometheusBinaries
) -> None:
    stores, postgres = temporal_server.stores, temporal_server.stores.postgres
    configuration, prometheus_file = blocks(INSTALL, "yaml")
    for written, real in (
        ("temporal-frontend:7233", temporal_server.grpc_address),
        ("host: pg, port: 5432", f"host: {postgres.host}, port: {postgres.port}"),
        ("database: temporal,", f"database: {stores.default},"),
        ("database: temporal_visibility,", f"database: {stores.visibility},"),
    ):
        assert written in configuration
        configuration = configuration.replace(written, real)
    folder = tmp_path / "read-only"
    folder.mkdir()
    (folder / "agent.yaml").write_text(configuration)
    check, start = block(INSTALL, "sh", "config check"), block(INSTALL, "sh", "agent run")
    first_rules, default_rules = (each for each in blocks(INSTALL, "sh") if "agent rules temporal" in each)
    dashboards, early = block(INSTALL, "sh", "agent dashboards"), block(INSTALL, "sh", "matrix_days=0")
    alertmanager = block(INSTALL, "sh", "--format alertmanager")

    # Nobody can write into folders that do not exist, whatever rights the tests run with.
    nowhere = str(tmp_path / "missing")
    environment = {"AGENT_PASSWORD": "change-me", "HOME": nowhere, "TMPDIR": nowhere}
    _run(check, folder, environment)
    name, *arguments = shlex.split(start.replace("agent.yaml", str(folder / "agent.yaml")))
    address = f"127.0.0.1:{free_port()}"
    command: list[str | Path] = [
        Path(sys.executable).parent / name,
        *arguments,
        "--web.listen-address",
        address,
    ]
    agent = Process("agent", command, tmp_path, env=environment)
    agent.start(lambda: _ready(address), timeout=120)
    try:
        assert [path.name for path in folder.iterdir()] == ["agent.yaml"]
        _run(first_rules + dashboards + alertmanager, folder, environment)
        assert len(list((folder / "dashboards").iterdir())) == 3
        shipped = (folder / "temporal-compat.rules.yaml").read_text()
        _run(early, folder, environment)
        scraping = yaml.safe_load(prometheus_file.replace("temporal-compat-agent:17233", address))
        (job,) = scraping["scrape_configs"]
        files = [folder / file for file in scraping["rule_files"]]
        with PrometheusServer(prometheus, {job.pop("job_name"): job}, files) as server:
            assert eventually(
                lambda: "TemporalCompatMatrixOld" in {a["alertname"] for a in server.firing()}, 60
            )
        _run(default_rules, folder, environment)
        assert (folder / "temporal-compat.rules.yaml").read_text() == shipped
    finally:
        agent.stop()


def _run(block: str, folder: Path, environment: dict[str, str]) -> None:
    """Run a block of commands; each of them must succeed."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [shutil.which("bash") or "bash", "-c", "set -eu\n" + block],
        cwd=folder,
        env={**os.environ, **environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def _ready(address: str) -> bool:
    try:
        return requests.get(f"http://{address}/-/ready", timeout=5).ok
    except requests.RequestException:
        return False
