"""Prepared faults, each mended by following only what the program shows, from red to green."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands import command

from .agents import cluster, store, write_config
from .factories import StoresFactory
from .mysql_clusters import mysql_store
from .rehearsing import lay_out
from .servers.mysql import MySqlServer
from .servers.mysql_stores import create_mysql_version_tables, update_mysql_schema
from .servers.stores import Stores
from .servers.temporal import TemporalServer
from .servers.temporal_build import TemporalBinaries

Temporal = Callable[[str], TemporalBinaries]
#: Seconds from the first look to green.
_LONGEST = 180
_EXCHANGE = re.compile(
    r"the database (\S+) has the tables of (\w+), .*Exchange it with (\S+), which is configured for (\w+)"
)


@pytest.fixture(autouse=True)
def _passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEMPORAL_STORE_PASSWORD", raising=False)


@contextmanager
def mended(config: Path, *, would_start: str = "no") -> Iterator[str]:
    """What `check` shows of a cluster that is red. At the end it is green, in at most five lines."""
    begun = time.monotonic()
    red = command("check", "--config.file", str(config))
    assert red.exit_code in (1, 3), red.output
    assert f"would start: {would_start}" in red.output, red.output
    yield red.output
    green = command("check", "--config.file", str(config))
    assert green.exit_code == 0, green.output
    assert "would start: yes" in green.output
    assert len(green.output.splitlines()) <= 5, green.output
    assert time.monotonic() - begun < _LONGEST


def run(line: str, tools: Path, **variables: str) -> str:
    """A command that the program has shown, as a person pastes it into a shell."""
    places = (tools, Path(sys.executable).parent, os.environ["PATH"])
    environment = {**os.environ, **variables, "PATH": os.pathsep.join(map(str, places))}
    done = subprocess.run(
        ["bash", "-euc", line], capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def commands(text: str, program: str) -> list[str]:
    """The lines with this program, each as it is shown."""
    return [line.strip() for line in text.splitlines() if re.match(rf"\s+(\w+=\S+ )?{program} ", line)]


def upgrade_as_shown(text: str, tools: Path, password: str, **variables: str) -> None:
    """Run the first command that is shown, which prints a plan, and then the commands of the plan."""
    plan = run(commands(text, "temporal-compat-agent")[0], tools, **variables)
    steps = commands(plan, "temporal-sql-tool")
    assert len(steps) == 2, plan
    secrets = {"PERSISTENCE_PASSWORD": password, "VISIBILITY_PASSWORD": password}
    for step in steps:
        run(step, tools, **secrets)


def edited(config: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """The configuration with a change to its one cluster."""
    document = yaml.safe_load(config.read_text())
    change(document["clusters"][0])
    config.write_text(yaml.safe_dump(document))


def exchange_as_shown(text: str, config: Path, component: str) -> None:
    """Exchange the two databases that the message names."""
    found = _EXCHANGE.search(text)
    assert found is not None, text
    here, _, there, other = found.groups()

    def exchange(described: dict[str, Any]) -> None:
        described["persistence"][component]["database"] = there
        described[other][component]["database"] = here

    edited(config, exchange)


def on_postgres(stores: Stores, server: TemporalServer, folder: Path, **settings: Any) -> Path:
    """A configuration with the password in a file."""
    secret = folder / "password"
    secret.write_text(stores.postgres.password)
    login = {"password": None, "password_file": str(secret), **settings}
    return write_config(
        folder,
        [
            {
                **cluster(stores, {"frontend": server.grpc_address}),
                "persistence": store(stores, stores.default, **login),
                "visibility": store(stores, stores.visibility, **login),
            }
        ],
    )


def test_a_schema_that_is_behind_on_postgresql(
    tmp_path: Path, make_stores: StoresFactory, temporal_server: TemporalServer, temporal: Temporal
) -> None:
    stores = make_stores(default_version="1.18", visibility_version="1.13")
    lay_out("temporal-sql-tool", temporal("1.31.2"), tmp_path)
    with mended(on_postgres(stores, temporal_server, tmp_path)) as text:
        upgrade_as_shown(text, tmp_path, stores.postgres.password)


def test_a_wrong_password(tmp_path: Path, temporal_server: TemporalServer) -> None:
    stores = temporal_server.stores
    config = on_postgres(stores, temporal_server, tmp_path)
    (tmp_path / "password").write_text("wrong")
    with mended(config, would_start="not known") as text:
        (place,) = set(re.findall(r"\(password from ([^\s)]+)\)", text))
        assert "Correct the user, or the password or token in its secret file." in text
        Path(place).write_text(stores.postgres.password)


def test_exchanged_databases_on_postgresql(tmp_path: Path, temporal_server: TemporalServer) -> None:
    stores = temporal_server.stores
    config = on_postgres(stores, temporal_server, tmp_path)
    edited(config, lambda described: _swap(described, "postgresql"))
    with mended(config) as text:
        assert "[wrong_database]" in text
        exchange_as_shown(text, config, "postgresql")


def test_a_plugin_that_is_gone(tmp_path: Path, temporal_server: TemporalServer) -> None:
    """The configured plugin was removed; metrics do not show which plugin the running server uses."""
    config = on_postgres(temporal_server.stores, temporal_server, tmp_path, plugin="postgres")
    edited(config, lambda described: described.update(temporal={"metrics": [temporal_server.metrics_url]}))
    with mended(config) as text:
        assert "[plugin_not_in_release]" in text
        assert "Set pluginName (for Elasticsearch: version) in Temporal's own file, and plugin in" in text
        (name,) = set(re.findall(r"set pluginName to (\w+)", text))
        edited(config, lambda described: _set_plugin(described, name))


@pytest.mark.full
def test_a_schema_that_is_behind_on_mysql_and_exchanged_databases(
    tmp_path: Path,
    mysql80: MySqlServer,
    temporal_server: TemporalServer,
    temporal: Temporal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    binaries, names = temporal("1.31.2"), ("mended", "mended_visibility")
    for database, schema, version in zip(names, ("temporal", "visibility"), ("1.18", "1.13"), strict=True):
        mysql80.create_database(database)
        create_mysql_version_tables(mysql80, binaries.sql_tool, database)
        update_mysql_schema(mysql80, binaries.sql_tool, database, schema, version)  # type: ignore[arg-type]
    monkeypatch.setenv("TEMPORAL_MYSQL_PASSWORD", mysql80.password)
    described = {
        "name": "orders-live",
        "temporal": {"metrics": [temporal_server.metrics_url]},
        "persistence": mysql_store(mysql80, names[0], plugin="mysql8"),
        "visibility": mysql_store(mysql80, names[1], plugin="mysql8"),
    }
    config = write_config(tmp_path, [described])
    lay_out("temporal-sql-tool", binaries, tmp_path)
    with mended(config) as text:
        upgrade_as_shown(text, tmp_path, mysql80.password)
    edited(config, lambda each: _swap(each, "mysql"))
    with mended(config) as text:
        exchange_as_shown(text, config, "mysql")


def _set_plugin(described: dict[str, Any], name: str) -> None:
    for role in ("persistence", "visibility"):
        described[role]["postgresql"]["plugin"] = name


def _swap(described: dict[str, Any], component: str) -> None:
    one, other = described["persistence"][component], described["visibility"][component]
    one["database"], other["database"] = other["database"], one["database"]
