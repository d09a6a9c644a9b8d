"""A new patch release turns no test red; a new minor with a schema step only what a person must decide.

The laws of the matrix run in a copy of the project whose data have a made-up release. CONTRIBUTING.md, "Add a
release", has the run of all unit tests.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.frozen.__main__ import rendered

ROOT = Path(__file__).parents[1]

#: The tests that compare facts about releases with each other.
LAWS = (
    "test_data",
    "test_index",
    "test_pairs",
    "test_release",
    "test_schema",
    "test_shapes",
    "test_start_tables",
)

#: Red after a schema step, and what each of them says.
DECISIONS = {
    "tests/matrix/test_shapes.py::test_every_version_that_a_release_can_need_has_a_shape": (
        "run `python -m agent.maintain shapes postgresql` on a real store, and review what a new version"
    )
}


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A copy of the program and of the tests of the matrix."""
    shutil.copytree(ROOT / "agent", tmp_path / "agent", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests").mkdir()
    for path in (ROOT / "tests").glob("*.py"):
        shutil.copy(path, tmp_path / "tests")
    for folder in ("matrix", "frozen"):
        shutil.copytree(ROOT / "tests" / folder, tmp_path / "tests" / folder)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def change(scratch: Path, name: str, **changed: Any) -> None:
    path = scratch / "agent" / "matrix" / "data" / f"{name}.json"
    path.write_text(rendered(json.loads(path.read_bytes()) | changed), encoding="utf-8")


def data(name: str) -> Any:
    return json.loads((ROOT / "agent" / "matrix" / "data" / f"{name}.json").read_bytes())


def number(entry: dict[str, Any]) -> tuple[int, ...]:
    return tuple(map(int, entry["version"].split(".")))


def add(scratch: Path, version: str, schema: dict[str, dict[str, str | None]]) -> None:
    """A release like the newest one, but of this version and with these schemas."""
    releases = data("releases")["releases"]
    newest = releases[-1]
    made_up = {**newest, "version": version, "reported": version, "schema": {**newest["schema"], **schema}}
    change(scratch, "releases", releases=sorted([*releases, made_up], key=number))


def failures(scratch: Path) -> dict[str, str]:
    """The tests that are red, each with the whole output."""
    files = ["tests/test_frozen.py", *(f"tests/matrix/{name}.py" for name in LAWS)]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "passed" in done.stdout
    return dict.fromkeys(re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE), done.stdout)


def test_a_new_patch_release_turns_no_test_red(scratch: Path) -> None:
    major, minor, patch = number(data("releases")["releases"][-1])
    add(scratch, f"{major}.{minor}.{patch + 1}", {})
    assert failures(scratch) == {}


def test_a_new_minor_with_a_schema_step_turns_red_only_what_a_person_must_decide(scratch: Path) -> None:
    lists = data("schema_versions")["lists"]
    need = data("releases")["releases"][-1]["schema"]["postgresql/v12"]
    entry = lists["postgresql/v12/default"]
    following = f"1.{int(entry['versions'][-1].split('.')[1]) + 1}"
    longer = {**entry, "versions": [*entry["versions"], following]}
    change(scratch, "schema_versions", lists={**lists, "postgresql/v12/default": longer})
    major, minor, _ = number(data("releases")["releases"][-1])
    add(scratch, f"{major}.{minor + 1}.0", {"postgresql/v12": {**need, "default": following}})
    red = failures(scratch)
    assert red.keys() == DECISIONS.keys()
    for test, decision in DECISIONS.items():
        assert decision in red[test]
