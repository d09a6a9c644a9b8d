"""Which steps differ between releases under one number, and the ways through them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.maintain.repository import Repository
from agent.maintain.schema_steps import ReleaseSteps, read_steps, walks
from agent.maintain.source_tree import MaintainError
from tests.maintain.layouts import commit, git

_V12 = "schema/postgresql/v12/visibility/versioned"


def step(version: str, text: str, folder: str = _V12) -> dict[str, str]:
    return {f"{folder}/v{version}/manifest.json": "{}", f"{folder}/v{version}/step.sql": text}


def clone(path: Path, releases: dict[str, dict[str, str]]) -> Repository:
    path.mkdir()
    git(path, "init", "--quiet")
    for number, (release, files) in enumerate(releases.items(), 1):
        commit(path, files, f"2024-01-{number:02}T12:00:00+00:00")
        git(path, "tag", f"v{release}")
    return Repository(path)


def ways(found: list[tuple[str, str, ReleaseSteps]]) -> list[list[tuple[str, str]]]:
    return [
        [(version, release.release) for version, release in way]
        for way in walks([release for _, _, release in found])
    ]


@pytest.fixture
def releases() -> dict[str, dict[str, str]]:
    return {
        "1.20.0": {**step("1.0", "a"), **step("1.1", "old")},
        "1.21.0": {**step("1.0", "a"), **step("1.1", "new"), **step("1.2", "b")},
        "1.22.0": {**step("1.0", "a"), **step("1.1", "new"), **step("1.2", "b"), **step("1.10", "c")},
    }


def test_the_first_way_is_the_newest_and_each_other_begins_with_steps_of_a_release_s_own(
    tmp_path: Path, releases: dict[str, dict[str, str]]
) -> None:
    found = read_steps(clone(tmp_path / "clone", releases), [])
    assert {entry[:2] for entry in found} == {("postgresql", "visibility")}
    newest = [(version, "1.22.0") for version in ("1.0", "1.1", "1.2", "1.10")]
    assert ways(found) == [newest, [("1.0", "1.20.0"), ("1.1", "1.20.0"), *newest[2:]]]


def test_a_step_that_a_newer_tool_leaves_empty_is_another_step(
    tmp_path: Path, releases: dict[str, dict[str, str]]
) -> None:
    """Its files are the same, and its manifest no longer names them."""
    emptied = {**releases["1.22.0"], f"{_V12}/v1.10/manifest.json": '{"AllowNoCqlFiles": true}'}
    found = read_steps(clone(tmp_path / "clone", {**releases, "1.22.1": emptied}), [])
    assert [way[-1] for way in ways(found)] == [("1.10", "1.22.1"), ("1.10", "1.22.0"), ("1.10", "1.22.1")]


def test_folders_of_several_database_versions_are_one_line(tmp_path: Path) -> None:
    old = "schema/postgres/temporal/versioned"
    v96, v12 = (f"schema/postgresql/{line}/temporal/versioned" for line in ("v96", "v12"))
    found = read_steps(
        clone(
            tmp_path / "clone",
            {
                "1.0.0": step("1.0", "z", old),
                "1.20.0": {**step("1.0", "a", v96), **step("1.0", "b", v12)},
                "1.24.0": {**step("1.0", "b", v12), **step("1.1", "c", v12)},
            },
        ),
        [],
    )
    assert {entry[:2] for entry in found} == {("postgresql", "default")}
    assert ways(found) == [
        [("1.0", "1.24.0"), ("1.1", "1.24.0")],
        [("1.0", "1.20.0"), ("1.1", "1.24.0")],
        [("1.0", "1.0.0"), ("1.1", "1.24.0")],
    ]


def test_a_module_s_files_have_the_names_that_git_gives_them(
    tmp_path: Path, releases: dict[str, dict[str, str]]
) -> None:
    module = tmp_path / "server@v1.23.0"
    for path, text in releases["1.22.0"].items():
        (module / path).parent.mkdir(parents=True, exist_ok=True)
        (module / path).write_text(text)
    found = read_steps(clone(tmp_path / "clone", releases), [module])
    assert found[0][2].release == "1.23.0"
    assert found[0][2].steps == found[1][2].steps
    with pytest.raises(MaintainError):
        read_steps(Repository(tmp_path / "clone"), [tmp_path / "none"])


def test_releases_whose_step_was_broken_have_none(tmp_path: Path) -> None:
    folder = "schema/mysql/v8/visibility/versioned"
    broken, repaired = step("1.3", "broken", folder), step("1.3", "repaired", folder)
    found = read_steps(clone(tmp_path / "clone", {"1.21.1": broken, "1.21.2": repaired}), [])
    assert ways(found) == [[("1.3", "1.21.2")]]
