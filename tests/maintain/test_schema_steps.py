"""The steps that differ between releases under one version, and the upgrade paths through them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.maintain.repository import Repository
from agent.maintain.schema_steps import ReleaseSteps, read_steps, upgrade_paths
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


def paths(all_steps: list[tuple[str, str, ReleaseSteps]]) -> list[list[tuple[str, str]]]:
    return [
        [(version, release.release) for version, release in path]
        for path in upgrade_paths([release for _, _, release in all_steps])
    ]


@pytest.fixture
def releases() -> dict[str, dict[str, str]]:
    return {
        "1.20.0": {**step("1.0", "a"), **step("1.1", "old")},
        "1.21.0": {**step("1.0", "a"), **step("1.1", "new"), **step("1.2", "b")},
        "1.22.0": {**step("1.0", "a"), **step("1.1", "new"), **step("1.2", "b"), **step("1.10", "c")},
    }


def test_the_first_path_is_the_newest_and_others_start_with_a_release_s_own_steps(
    tmp_path: Path, releases: dict[str, dict[str, str]]
) -> None:
    all_steps = read_steps(clone(tmp_path / "clone", releases), [])
    assert {entry[:2] for entry in all_steps} == {("postgresql", "visibility")}
    newest = [(version, "1.22.0") for version in ("1.0", "1.1", "1.2", "1.10")]
    assert paths(all_steps) == [newest, [("1.0", "1.20.0"), ("1.1", "1.20.0"), *newest[2:]]]


def test_a_step_that_a_newer_release_empties_counts_as_another_step(
    tmp_path: Path, releases: dict[str, dict[str, str]]
) -> None:
    """The files are the same, but the manifest no longer names them."""
    emptied = {**releases["1.22.0"], f"{_V12}/v1.10/manifest.json": '{"AllowNoCqlFiles": true}'}
    all_steps = read_steps(clone(tmp_path / "clone", {**releases, "1.22.1": emptied}), [])
    assert [path[-1] for path in paths(all_steps)] == [
        ("1.10", "1.22.1"),
        ("1.10", "1.22.0"),
        ("1.10", "1.22.1"),
    ]


def test_folders_of_several_database_versions_are_one_line(tmp_path: Path) -> None:
    old = "schema/postgres/temporal/versioned"
    v96, v12 = (f"schema/postgresql/{line}/temporal/versioned" for line in ("v96", "v12"))
    all_steps = read_steps(
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
    assert {entry[:2] for entry in all_steps} == {("postgresql", "default")}
    assert paths(all_steps) == [
        [("1.0", "1.24.0"), ("1.1", "1.24.0")],
        [("1.0", "1.20.0"), ("1.1", "1.24.0")],
        [("1.0", "1.0.0"), ("1.1", "1.24.0")],
    ]


def test_a_module_s_files_have_git_s_hashes(tmp_path: Path, releases: dict[str, dict[str, str]]) -> None:
    module = tmp_path / "server@v1.23.0"
    for path, text in releases["1.22.0"].items():
        (module / path).parent.mkdir(parents=True, exist_ok=True)
        (module / path).write_text(text)
    all_steps = read_steps(clone(tmp_path / "clone", releases), [module])
    assert all_steps[0][2].release == "1.23.0"
    assert all_steps[0][2].steps == all_steps[1][2].steps
    with pytest.raises(MaintainError):
        read_steps(Repository(tmp_path / "clone"), [tmp_path / "none"])


def test_releases_with_a_broken_step_are_left_out(tmp_path: Path) -> None:
    folder = "schema/mysql/v8/visibility/versioned"
    broken, repaired = step("1.3", "broken", folder), step("1.3", "repaired", folder)
    all_steps = read_steps(clone(tmp_path / "clone", {"1.21.1": broken, "1.21.2": repaired}), [])
    assert paths(all_steps) == [[("1.3", "1.21.2")]]
