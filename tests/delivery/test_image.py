"""The container image: built by `make image` on Debian, run with a read-only root by an unknown user."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent import __version__
from tests.delivery.building import ROOT
from tests.delivery.contained import Container
from tests.integration.servers.commands import run, which
from tests.integration.servers.debian import BASE_IMAGE, buildah, image_storage, require_namespaces
from tests.integration.servers.delivery_tools import wheels
from tests.integration.servers.process import temporary_folder
from tests.integration.servers.requirement import require

IMAGE = "localhost/temporal-compat-agent"
#: Bytes over the base; docs/install.md states it.
MAX_SIZE = 120_000_000
#: As OpenShift gives them: no entry in /etc/passwd.
USER = 1_000_750_000
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
    require(require_namespaces)
    base, libraries = require(image_storage), require(wheels)
    folder = temporary_folder("image")
    run(["cp", "--archive", base / "storage", folder])
    settings = folder / "storage.conf"
    settings.write_text(f'[storage]\ngraphroot = "{folder}/storage"\nrunroot = "{folder}/runroot"\n')
    pip = folder / "pip.conf"
    pip.write_text("[global]\nno-index = true\nfind-links = /libraries\n")
    flags = f"--volume {libraries}:/libraries:ro --volume {pip}:/etc/pip.conf:ro"
    # The first setting: with a docker engine `make image` would use that.
    environment = {"DOCKER_HOST": f"unix://{folder}/none", "CONTAINERS_STORAGE_CONF": str(settings)}
    try:
        make: list[str | Path] = [
            require(lambda: which("make")),
            "image",
            f"BASE={BASE_IMAGE}",
            f"IMAGE_FLAGS={flags}",
        ]
        run(make, cwd=ROOT, env=environment)
        yield folder / "storage"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(name="image", scope="module")
def _image(storage: Path) -> dict[str, Any]:
    """What `docker inspect` shows of the image."""
    document: dict[str, Any] = json.loads(buildah(storage, "inspect", "--type", "image", IMAGE))
    return document


def root_of_image(storage: Path) -> Path:
    """The files of the image where the storage keeps them; a container of buildah would be one more copy."""
    images = json.loads((storage / "vfs-images" / "images.json").read_text())
    (layer,) = (each["layer"] for each in images if f"{IMAGE}:latest" in each.get("names", ()))
    return storage / "vfs" / "dir" / str(layer)


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
    environment = {**dict(each.split("=", 1) for each in config["Env"]), "PASSWORD": "x"}
    container = Container(root, environment, USER, read_only=True)
    health = config["Healthcheck"]["Test"][1:]

    assert container.run(health).returncode == 1, "no agent, so it is not healthy"
    assert container.run(["python3", "-c", "open('/tmp/x', 'w')"]).returncode == 1, (
        "the root is not read-only"
    )

    process = container.process(tmp_path, [*config["Entrypoint"], *config["Cmd"]])
    try:
        process.start(lambda: container.run(health, into=process.pid).returncode == 0)
        assert os.stat(f"/proc/{process.pid}").st_uid == USER
        scraped = container.run(["python3", "-c", SCRAPE], into=process.pid).stdout
        assert "temporal_compat_clusters 2" in scraped
        probed = container.run([*config["Entrypoint"], "config", "check", "--probe", config["Cmd"][-1]])
        assert (probed.returncode, probed.stdout.count("unreachable:")) == (3, 8), probed.stdout
        assert process.stop(timeout=10) == 0, process.log_text()
    finally:
        process.stop(kill=True)
