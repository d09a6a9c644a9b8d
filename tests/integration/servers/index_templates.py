"""Temporal's own index templates, of the Go module that the server is built from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from . import cache, toolchain
from .commands import run

_MODULES = Path(__file__).parent.parent / "temporal"
_FOLDER = "schema/elasticsearch/visibility/versioned"


def index_templates(server: str) -> Path:
    """A folder with a folder for each template, of a version of Temporal that is built here."""
    module = _MODULES / server
    inputs = [(module / "go.mod").read_bytes(), (module / "go.sum").read_bytes()]
    return cache.entry("index-templates", server, inputs, lambda target: _copy(module, server, target))


def index_template(version: int, server: str = "1.31.2") -> Path:
    """The file of one template version."""
    return index_templates(server) / f"v{version}" / "index_template_v7.json"


def _copy(module: Path, server: str, target: Path) -> None:
    told = run(
        [toolchain.go(), "mod", "download", "-json", f"go.temporal.io/server@v{server}"],
        cwd=module,
        env={"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "-mod=readonly"},
    )
    shutil.copytree(Path(json.loads(told)["Dir"]) / _FOLDER, target, dirs_exist_ok=True)
    run(["chmod", "-R", "u+w", target])
