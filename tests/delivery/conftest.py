"""The built wheel, and an environment that has it and nothing of this checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.delivery.building import build


@pytest.fixture(scope="package")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The wheel and the sdist, built from this checkout."""
    return build(tmp_path_factory.mktemp("built"), "sdist", "wheel")


@pytest.fixture(scope="package")
def wheel(built: list[Path]) -> Path:
    """The wheel, built from this checkout."""
    return next(path for path in built if path.suffix == ".whl")


@pytest.fixture(scope="package")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel; its libraries are those that run this test."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "shared.pth").write_text(f"{Path(click.__file__).parents[1]}\n")
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        folder,
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    # Offline, and whatever the shared libraries have of the agent itself.
    options: list[str | Path] = ["--no-deps", "--no-index", "--no-compile", "--ignore-installed"]
    subprocess.run([*pip, *options, wheel], check=True, cwd=folder)
    return folder
