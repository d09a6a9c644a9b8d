"""The container image: built by `make image` on Debian, run with a read-only root by an unknown user."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agent import __version__
from tests.delivery.building import ROOT
from tests.delivery.contained import Container
from tests.delivery.image import ANY_USER, environment_of, image_builder, inspected, root_of_image
from tests.integration.servers.commands import run, which
from tests.integration.servers.requirement import require

#: Bytes over the base; docs/install.md states it.
MAX_SIZE = 120_000_000
#: Every kind of target, so that every driver must be there. Nothing listens in the network of the container.
CONFIGURATION = """
clusters:
- name: one
  temporal: {frontend: "127.0.0.1:1"}
  persistence: {cassandra: {hosts: [127.0.0.1], port: 1, keyspace: temporal}}
  visibility: {mysql: {host: 127.0.0.1, port: 1, database: v, user: a, password: "${PASSWORD}"}}
- name: two
  temporal: {frontend: "127.0.0.1:1"}
  persistence: {postgresql: {host: 127.0.0.1, port: 1, database: t, user: a, password: "${PASSWORD}"}}
  visibility: {elasticsearch: {url: "http://127.0.0.1:1", index: v}}
  event_streaming: {kafka: {brokers: ["127.0.0.1:1"]}, zookeeper: {hosts: ["127.0.0.1:1"]}}
"""
SCRAPE = (
    "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:17233/metrics').read().decode())"
)


@pytest.fixture(name="storage", scope="module")
def _storage() -> Iterator[Path]:
    """A storage of buildah with the image, built by the command of the Makefile without a network."""
    with ExitStack() as stack:
        storage, variables = require(partial(stack.enter_context, image_builder()))
        run([require(lambda: which("make")), "image"], cwd=ROOT, env=variables)
        yield storage


@pytest.fixture(name="image", scope="module")
def _image(storage: Path) -> dict[str, Any]:
    return inspected(storage)


def test_it_is_small_and_says_what_it_is(image: dict[str, Any]) -> None:
    base, *own = json.loads(image["Manifest"])["layers"]
    assert base["size"] > MAX_SIZE
    assert sum(layer["size"] for layer in own) <= MAX_SIZE
    assert f"{MAX_SIZE // 1_000_000} MB" in (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    config = image["Docker"]["config"]
    assert config["User"] == "65532:65532"
    prefix = "org.opencontainers.image."
    labels = {name: value for name, value in config["Labels"].items() if name.startswith(prefix)}
    assert set(labels) == {
        f"{prefix}{name}" for name in ("title", "description", "licenses", "version", "revision")
    }
    assert labels[f"{prefix}version"] == __version__
    # Lists, and not one string for a shell.
    assert config["Entrypoint"] == ["temporal-compat-agent"]
    assert config["Healthcheck"]["Test"][0] == "CMD"


def test_any_user_runs_it_on_a_read_only_root_until_sigterm(
    storage: Path, image: dict[str, Any], tmp_path: Path
) -> None:
    config = image["Docker"]["config"]
    root = root_of_image(storage)
    # What a runtime mounts.
    folder = root / "etc" / "temporal-compat-agent"
    folder.mkdir(mode=0o755)
    (folder / "agent.yaml").write_text(CONFIGURATION)
    for shell in ("sh", "dash", "bash"):
        (root / "usr" / "bin" / shell).unlink()
    environment = environment_of(image) | {"PASSWORD": "x"}
    container = Container(root, environment, ANY_USER, read_only=True)
    health = config["Healthcheck"]["Test"][1:]

    assert container.run(health).returncode == 1, "no agent, so it is not healthy"
    assert container.run(["python3", "-c", "open('/tmp/x', 'w')"]).returncode == 1, (
        "the root is not read-only"
    )

    process = container.process(tmp_path, [*config["Entrypoint"], *config["Cmd"]])
    try:
        process.start(lambda: container.run(health, into=process.pid).returncode == 0)
        assert os.stat(f"/proc/{process.pid}").st_uid == ANY_USER
        scraped = container.run(["python3", "-c", SCRAPE], into=process.pid).stdout
        assert "temporal_compat_clusters 2" in scraped
        probed = container.run([*config["Entrypoint"], "config", "check", "--probe", config["Cmd"][-1]])
        assert (probed.returncode, probed.stdout.count("unreachable:")) == (3, 8), probed.stdout
        assert process.stop(timeout=10) == 0, process.log_text()
    finally:
        process.stop(kill=True)
