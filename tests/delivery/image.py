"""The container image of a checkout: where buildah builds it without a network, and what is in it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.integration.servers.commands import run
from tests.integration.servers.debian import BASE_IMAGE, buildah, image_storage, require_namespaces
from tests.integration.servers.delivery_tools import wheels
from tests.integration.servers.process import temporary_folder

IMAGE = "localhost/temporal-compat-agent"
#: As OpenShift gives them: no entry in /etc/passwd.
ANY_USER = 1_000_750_000


@contextmanager
def image_builder() -> Iterator[tuple[Path, Mapping[str, str]]]:
    """A storage of buildah, and the variables with which `make image` builds there.

    Raises UnavailableError where this machine cannot build an image.
    """
    require_namespaces()
    base, libraries = image_storage(), wheels()
    folder = temporary_folder("image")
    try:
        run(["cp", "--archive", base / "storage", folder])
        settings = folder / "storage.conf"
        settings.write_text(f'[storage]\ngraphroot = "{folder}/storage"\nrunroot = "{folder}/runroot"\n')
        pip = folder / "pip.conf"
        pip.write_text("[global]\nno-index = true\nfind-links = /libraries\n")
        yield (
            folder / "storage",
            {
                "BASE": BASE_IMAGE,
                "IMAGE_FLAGS": f"--volume {libraries}:/libraries:ro --volume {pip}:/etc/pip.conf:ro",
                # With a docker engine `make image` would use that.
                "DOCKER_HOST": f"unix://{folder}/none",
                "CONTAINERS_STORAGE_CONF": str(settings),
            },
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def inspected(storage: Path) -> dict[str, Any]:
    """What `buildah inspect` shows of the image; `docker inspect` shows its part `Docker`."""
    document: dict[str, Any] = json.loads(buildah(storage, "inspect", "--type", "image", IMAGE))
    return document


def environment_of(image: Mapping[str, Any]) -> dict[str, str]:
    """The variables that the image sets."""
    return dict(each.split("=", 1) for each in image["Docker"]["config"]["Env"])


def root_of_image(storage: Path) -> Path:
    """The files of the image where the storage keeps them; a container of buildah would be one more copy."""
    images = json.loads((storage / "vfs-images" / "images.json").read_text())
    (layer,) = (each["layer"] for each in images if f"{IMAGE}:latest" in each.get("names", ()))
    return storage / "vfs" / "dir" / str(layer)
