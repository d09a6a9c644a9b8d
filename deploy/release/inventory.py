"""What a complete installation contains: the SBOM in CycloneDX, and a list of licences."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.release.commands import ReleaseError, run

#: Packages without a licence in their metadata; each from the LICENSE file in its wheel.
NOT_DECLARED = {"protobuf": "BSD-3-Clause"}

_PREFIX = "License :: OSI Approved :: "


def sbom(wheel: Path, root: Path, tools: Path, version: str) -> str:
    """The SBOM of the wheel with all extras and the libraries of the lock, as CycloneDX 1.6 in JSON.

    `tools`: a Python that has cyclonedx-bom. Installs from the package index into a temporary environment.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "environment"
        install(wheel, root / "requirements" / "run.txt", environment, Path(folder) / "wheels")
        options: list[str | Path] = ["--mc-type", "application", "--output-reproducible"]
        command = [tools, "-m", "cyclonedx_py", "environment", *options]
        # PYTHONPATH would add what it has to the environment.
        text = run(
            [*command, "--pyproject", root / "pyproject.toml", environment], environment={"PYTHONPATH": ""}
        )
    document = json.loads(text)
    # pyproject.toml has no version: it is in agent/__init__.py.
    document["metadata"]["component"]["version"] = version
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def install(wheel: Path, lock: Path, environment: Path, wheels: Path) -> None:
    """Install the wheel with all extras and the libraries of the lock into a new virtual environment.

    Uses the package index, and keeps what it downloads in the folder `wheels`.
    """
    run([sys.executable, "-m", "venv", "--without-pip", environment])
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    # As in the Dockerfile: everything locked is checked by its hash, and only from there it is installed. The
    # lock also has the build backend, which an installation does not need.
    run([*pip, "wheel", "--quiet", "--require-hashes", "--wheel-dir", wheels, "-r", lock])
    offline: list[str | Path] = ["--quiet", "--no-index", "--no-compile", "--find-links", wheels]
    run([*pip, "--python", environment, "install", *offline, f"{wheel}[all]"])


def licences(document: Mapping[str, Any]) -> str:
    """A table in Markdown of the components of an SBOM.

    Raises `ReleaseError` for components without a licence: a person must look for it.
    """
    rows = {each["name"]: (each["version"], _licence(each)) for each in document["components"]}
    if missing := sorted(name for name, (_, licence) in rows.items() if not licence):
        raise ReleaseError(
            f"no licence is declared for {', '.join(missing)}: read it in the package and add it here"
        )
    table = [f"| {name} | {version} | {licence} |" for name, (version, licence) in sorted(rows.items())]
    return "\n".join(["# Licences", "", "| package | version | licence |", "| --- | --- | --- |", *table, ""])


def _licence(component: Mapping[str, Any]) -> str:
    found = []
    for each in component.get("licenses", ()):
        known = each.get("license", {})
        found.append(each.get("expression") or known.get("id") or known["name"].removeprefix(_PREFIX))
    return str(found[0]) if found else NOT_DECLARED.get(component["name"], "")
