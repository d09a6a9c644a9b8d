"""What checks or builds what is handed out: Helm, Jsonnet, tools of a release and of the site, libraries."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from . import cache, toolchain
from .commands import run, which
from .temporal_build import FLAGS

HELM_VERSION = "3.18.6"

_HELM_MODULE = Path(__file__).parent.parent / "helm" / HELM_VERSION
_JSONNET_REQUIREMENT = Path(__file__).with_name("jsonnet.txt")
_INSTALLERS_REQUIREMENT = Path(__file__).with_name("installers.txt")
_REQUIREMENTS = Path(__file__).parents[3] / "requirements"
_EVALUATE = "import sys, _gojsonnet; print(_gojsonnet.evaluate_snippet('snippet', sys.argv[1]))"


def helm() -> Path:
    """The program `helm`, built if need be: one to two minutes, and Go's module proxy.

    go.mod and go.sum pin every dependency with its checksum.
    """
    inputs = [(_HELM_MODULE / name).read_bytes() for name in ("go.mod", "go.sum")]
    return cache.entry("helm", HELM_VERSION, [*inputs, *map(str.encode, FLAGS)], _build_helm) / "helm"


def evaluate_jsonnet(snippet: str) -> Any:
    """The value of a Jsonnet program, by the Go implementation, from a wheel in the cache."""
    folder = python_tools("jsonnet", _JSONNET_REQUIREMENT)
    return json.loads(run([sys.executable, "-c", _EVALUATE, snippet], env={"PYTHONPATH": str(folder)}))


def release_tools() -> Path:
    """A folder for `PYTHONPATH` with the tools of `make release`."""
    return python_tools("release-tools", _REQUIREMENTS / "release.txt")


def site_tools() -> Path:
    """A folder for `PYTHONPATH` with mkdocs and its theme."""
    return python_tools("site-tools", _REQUIREMENTS / "site.txt")


def installers() -> Path:
    """A folder for `PYTHONPATH` with pipx, pre-commit and uv; their programs are in its folder `bin`."""
    return python_tools("installers", _INSTALLERS_REQUIREMENT)


def wheels() -> Path:
    """A folder with the wheels of all locked libraries, for builds that must not depend on the network."""
    lock = _REQUIREMENTS / "run.txt"
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return cache.entry("wheels", python, [lock.read_bytes()], lambda folder: _download(lock, folder))


def python_tools(group: str, lock: Path) -> Path:
    """A folder for `PYTHONPATH` with the packages of a lock, from the cache."""
    return cache.entry(group, "pypi", [lock.read_bytes()], lambda folder: _install(lock, folder))


def _build_helm(target: Path) -> None:
    run(
        [which("nice"), toolchain.go(), "build", *FLAGS, "-o", f"{target}/", "helm.sh/helm/v3/cmd/helm"],
        cwd=_HELM_MODULE,
        env={"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"},
    )


def _install(lock: Path, folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "--no-deps", "--target", folder, "-r", lock])


def _download(lock: Path, folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--only-binary", ":all:", "--require-hashes", "--dest", folder, "-r", lock])
