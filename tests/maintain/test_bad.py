"""The error names the file that cannot be read, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.maintain import data_files as files
from agent.maintain.__main__ import main
from tests.maintain.layouts import BY_HAND, Files, commit, data, git, latest_age, repository

SQL = "common/persistence/sql/sqlplugin"


def lacking(path: str) -> Files:
    return {name: text for name, text in latest_age("1.31.3").items() if name != path}


def having(path: str, text: str) -> Files:
    return latest_age("1.31.3") | {path: text}


def failing(clone: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The command's error message, after checking that it wrote nothing."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(["releases", "--repository", str(clone), "--data", str(folder)]) == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    output = capsys.readouterr()
    assert output.out == ""
    return output.err


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository(tmp_path_factory.mktemp("clone") / "temporal")


@pytest.mark.parametrize(
    ("state", "complaint"),
    [
        (lacking("go.mod"), "v1.31.3: go.mod: file not found"),
        (having("go.mod", "module x\n"), "v1.31.3: go.mod: does not contain a Go version"),
        (
            lacking("common/headers/version_checker.go"),
            "v1.31.3: common/headers/version_checker.go: file not found",
        ),
        (
            having("common/headers/version_checker.go", "package headers\n"),
            "v1.31.3: common/headers/version_checker.go: does not contain a ServerVersion",
        ),
        (
            having("cmd/server/main.go", "package main\n"),
            "v1.31.3: cmd/server/main.go: does not import a SQL plugin",
        ),
        (
            lacking(f"{SQL}/mysql/plugin.go"),
            f"v1.31.3: {SQL}/mysql: does not register a plugin under a readable name",
        ),
        (
            having(f"{SQL}/mysql/plugin.go", "sql.RegisterPlugin(unknown, &plugin{})"),
            f"v1.31.3: {SQL}/mysql: does not register a plugin under a readable name",
        ),
        (
            having("schema/mysql/v8/version.go", "package v8\n"),
            "v1.31.3: schema/mysql/v8/version.go: has no Version",
        ),
        (
            having("schema/mysql/v8/version.go", "const Version = newest()\n"),
            "v1.31.3: schema/mysql/v8/version.go: has a Version that cannot be parsed as a version",
        ),
        (
            having("schema/mysql/v8/version.go", "const Version = v12.Version\n"),
            "v1.31.3: schema/mysql/v8/version.go: does not import v12",
        ),
        (
            having("develop/github/docker-compose.yml", "services: {}\n"),
            "v1.31.3: develop/github/docker-compose.yml: has no image",
        ),
    ],
)
def test_the_error_names_the_tag_and_the_unreadable_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], state: Files, complaint: str
) -> None:
    clone = tmp_path / "temporal"
    clone.mkdir()
    git(clone, "init", "-q")
    commit(clone, state, "2026-09-11T12:00:00+0000")
    git(clone, "tag", "v1.31.3")
    assert failing(clone, data(tmp_path / "data"), capsys) == f"{complaint}\n"


def test_a_file_that_is_not_text_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clone = repository(tmp_path / "temporal")
    (clone / "go.mod").write_bytes(b"go \xff\n")
    git(clone, "commit", "-qam", "bad")
    git(clone, "tag", "v1.31.3")
    assert failing(clone, data(tmp_path / "data"), capsys).startswith("v1.31.3: go.mod: 'utf-8' codec")


def test_a_tag_that_does_not_point_to_a_commit_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = repository(tmp_path / "temporal")
    git(clone, "tag", "v1.31.3", git(clone, "hash-object", "go.mod").strip())
    assert failing(clone, data(tmp_path / "data"), capsys) == "v1.31.3: does not point to a commit\n"


def test_the_error_names_tag_and_file_that_a_clone_has_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = repository(tmp_path / "temporal")
    lost = git(clone, "rev-parse", "v1.14.0:go.mod").strip()
    (clone / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    assert failing(clone, data(tmp_path / "data"), capsys).startswith("v1.14.0: go.mod: ")


def test_a_folder_that_is_not_a_repository_is_refused(
    clone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data(tmp_path / "data")
    assert "not a git repository" in failing(tmp_path, folder, capsys)
    # A folder inside of one is none either.
    assert "not a git repository" in failing(clone / "schema", folder, capsys)
    assert failing(tmp_path / "none", folder, capsys) == f"{tmp_path / 'none'} is not a folder\n"


def test_a_clone_without_release_tags_is_refused(
    clone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(clone, "clone", "-q", "--no-tags", ".", str(tmp_path / "bare"))
    assert "no tag of a stable release" in failing(tmp_path / "bare", data(tmp_path / "data"), capsys)


def test_a_clone_that_lacks_a_release_of_the_matrix_is_refused(
    clone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data(tmp_path / "data")
    assert main(["releases", "--repository", str(clone), "--data", str(folder)]) == 0
    capsys.readouterr()
    old = repository(tmp_path / "temporal", tags=("v1.0.0", "v1.31.2"))
    assert failing(old, folder, capsys) == (
        "releases.json has 1.14.0, 1.31.2.1, but neither the clone nor releases_by_hand.json: "
        "fetch all tags\n"
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "line 1 column 2"),
        ("[]", "list indices"),
        ('{"releases": []}', "'known_to_exist' is missing"),
        (
            json.dumps(BY_HAND | {"releases": [{"version": "1.32.0", "published": None, "schema": {}}]}),
            "release 1.32.0 has no reported, go, plugins, index, tested_with, announced_by, schema_versions",
        ),
    ],
)
def test_a_bad_file_of_manual_releases_is_an_error(
    clone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, complaint: str
) -> None:
    folder = data(tmp_path / "data")
    (folder / "releases_by_hand.json").write_text(text, encoding="utf-8")
    output = failing(clone, folder, capsys)
    assert output.startswith(f"{folder / 'releases_by_hand.json'}: ")
    assert complaint in output


def test_a_damaged_releases_file_is_an_error_and_not_overwritten(
    clone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data(tmp_path / "data")
    (folder / "releases.json").write_text('{"releases": [', encoding="utf-8")
    assert str(folder / "releases.json") in failing(clone, folder, capsys)


def test_all_files_are_replaced_or_none(tmp_path: Path) -> None:
    (tmp_path / "first").write_bytes(b"old")
    with pytest.raises(FileNotFoundError):
        files.replace(tmp_path, {"first": b"new", "no/such": b"new"})
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("first", b"old")]
