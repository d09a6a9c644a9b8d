"""The unit tests with the oldest libraries that pyproject.toml allows."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[1]
CONFIGURATION = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))

#: What no test of this job needs: checkers of the source, and their types. The locked Schemathesis does not
#: run with the oldest anyio, and older ones test something else.
NOT_NEEDED = {"mypy", "ruff", "schemathesis"}
WITHOUT_SCHEMATHESIS = "tests/web/test_openapi.py::test_schemathesis_finds_no_answer_that_is_not_reported"

#: Real servers and browsers do not depend on the versions of libraries.
IGNORED = ("integration", "pages", "dashboards", "benchmarks", "delivery", "evidence", "test_lower_bounds.py")


def tools() -> list[str]:
    """What the tests need besides the package."""
    group = CONFIGURATION["dependency-groups"]["dev"]
    return [name for name in group if name not in NOT_NEEDED and not name.startswith("types-")]


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        list(map(str, command)),
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    return done.stdout


def test_every_library_has_a_lower_bound() -> None:
    project = CONFIGURATION["project"]
    extras = [text for texts in project["optional-dependencies"].values() for text in texts]
    required = [Requirement(text) for text in (*project["dependencies"], *extras)]
    without = [
        item.name
        for item in required
        if item.name != project["name"] and not any(part.operator == ">=" for part in item.specifier)
    ]
    assert without == []


@pytest.mark.full
def test_the_unit_tests_pass_with_the_oldest_versions_that_are_allowed(tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    programs, oldest = tmp_path / "venv" / "bin", tmp_path / "oldest.txt"
    run(programs / "pip", "install", "--quiet", "uv")
    resolve = (
        "pip",
        "compile",
        "--quiet",
        "--resolution",
        "lowest-direct",
        "--extra",
        "all",
        "pyproject.toml",
    )
    run(programs / "uv", *resolve, "--output-file", oldest)
    install = ("pip", "install", "--quiet", "--requirements", oldest)
    environment = {"VIRTUAL_ENV": str(tmp_path / "venv")}
    run(programs / "uv", *install, *tools(), **environment)
    # Some tests run the installed program.
    run(programs / "uv", "pip", "install", "--quiet", "--no-deps", "--editable", ".", **environment)
    ignored = [f"--ignore=tests/{name}" for name in IGNORED]
    options = ("-q", "-m", "not full", "-p", "no:cacheprovider", "--deselect", WITHOUT_SCHEMATHESIS)
    # An old library may hang where a new one does not.
    ends = ("-o", "faulthandler_timeout=180", "-o", "faulthandler_exit_on_timeout=true")
    run(programs / "python", "-m", "pytest", *options, *ends, *ignored, "tests", PYTHONPATH=str(PROJECT))
