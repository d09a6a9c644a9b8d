"""`releases`: its output from a clone is complete, repeatable, and written all or nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.maintain.__main__ import main
from tests.maintain.layouts import AGES, BY_HAND, TAGS, commit, data, git, latest_age, repository

FILES = ("releases.json", "schema_versions.json")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository(tmp_path_factory.mktemp("clone") / "temporal")


def run(clone: Path, folder: Path) -> int:
    return main(["releases", "--repository", str(clone), "--data", str(folder)])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_bytes())


@pytest.fixture
def written(clone: Path, tmp_path: Path) -> Path:
    folder = data(tmp_path / "data")
    assert run(clone, folder) == 0
    return folder


def test_exactly_the_stable_releases_are_listed_in_order(written: Path) -> None:
    versions = [entry["version"] for entry in read(written, "releases.json")["releases"]]
    assert versions == [*AGES, "1.32.0"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (
            "1.0.0",
            {
                "published": "2020-09-29",
                "reported": "1.0.0",
                "go": "1.14",
                "plugins": ["mysql", "postgres"],
                "schema": {
                    "cassandra": {"default": "1.0", "visibility": "1.0"},
                    "mysql": {"default": "1.1", "visibility": "1.0"},
                    "postgresql": {"default": "1.1", "visibility": "1.0"},
                },
                "index": None,
                "tested_with": ["mysql:5.7", "postgres:12"],
            },
        ),
        (
            "1.14.0",
            {
                "published": "2021-12-20",
                "reported": "1.14.0",
                "go": "1.17",
                "plugins": ["mysql", "postgres", "sqlite"],
                "schema": {
                    "cassandra": {"default": "1.1", "visibility": "1.0"},
                    "mysql": {"default": "1.2", "visibility": "1.1"},
                    "postgresql": {"default": "1.2", "visibility": "1.1"},
                    "sqlite": {"default": "0.1", "visibility": "0.1"},
                },
                "index": 1,
                "tested_with": ["elasticsearch:6.8.13", "mysql:8.0.19"],
            },
        ),
        (
            "1.31.2.1",
            {
                "published": "2026-07-09",
                "reported": "1.31.2",
                "go": "1.26.4",
                "plugins": ["mysql8", "postgres12", "postgres12_pgx", "sqlite"],
                "schema": {
                    "cassandra": {"default": "1.2", "visibility": None},
                    "mysql/v8": {"default": "1.11", "visibility": "1.2"},
                    "postgresql/v12": {"default": "1.11", "visibility": "1.2"},
                    "sqlite": {"default": "0.2", "visibility": "0.1"},
                },
                "index": 14,
                "tested_with": ["cassandra:5.0", "postgres:13.5"],
            },
        ),
    ],
)
def test_a_release_of_every_age_is_read(written: Path, version: str, expected: dict[str, Any]) -> None:
    entries = {entry["version"]: entry for entry in read(written, "releases.json")["releases"]}
    assert entries[version] == {"version": version} | expected
    assert list(entries[version]) == ["version", *expected]


def test_manual_releases_are_merged_with_their_source(written: Path) -> None:
    document = read(written, "releases.json")
    line = BY_HAND["releases"][0]
    assert document["releases"][-1] == {
        key: line[key] for key in line if key not in ("schema_versions", "source")
    }
    assert document["sources"]["1.32.0"] == line["source"]
    assert document["known_to_exist"] == BY_HAND["known_to_exist"]
    assert document["known_to_exist_source"] == BY_HAND["known_to_exist_source"]


def test_a_schema_list_comes_from_the_newest_release_with_the_folder(written: Path) -> None:
    lists = read(written, "schema_versions.json")["lists"]
    assert {store: entry["versions"][-1] for store, entry in lists.items()} == {
        "cassandra/default": "1.2",
        "cassandra/visibility": "1.0",
        "mysql/v57/default": "1.2",
        "mysql/v57/visibility": "1.1",
        "mysql/v8/default": "1.12",
        "mysql/v8/visibility": "1.2",
        "postgresql/v12/default": "1.11",
        "postgresql/v12/visibility": "1.2",
        "postgresql/v96/default": "1.2",
        "postgresql/v96/visibility": "1.1",
        "sqlite/default": "0.2",
        "sqlite/visibility": "0.1",
    }
    assert lists["postgresql/v12/default"] == {
        "versions": [f"1.{n}" for n in range(12)],
        "source": "temporalio/temporal@v1.31.2.1: schema/postgresql/v12/temporal/versioned",
    }
    assert lists["mysql/v8/default"]["source"].startswith(
        "go.temporal.io/server@v1.32.0 (Go module): schema/"
    )


def test_a_needed_version_without_a_folder_is_listed_with_a_note(written: Path) -> None:
    assert read(written, "schema_versions.json")["lists"]["sqlite/default"] == {
        "versions": ["0.1", "0.2"],
        "source": "temporalio/temporal@v1.31.2.1: schema/sqlite/v3/temporal/versioned; "
        "0.1, which has no folder: temporalio/temporal@v1.14.0: schema/sqlite/version.go",
    }


def test_each_line_has_one_release_or_list(written: Path) -> None:
    for name, key in (("releases.json", '{"version": '), ("schema_versions.json", '{"versions": ')):
        lines = (written / name).read_text(encoding="utf-8").splitlines()
        assert all(line.count(key) <= 1 for line in lines)


def test_a_second_run_changes_no_byte(clone: Path, written: Path) -> None:
    before = contents(written)
    assert run(clone, written) == 0
    assert contents(written) == before


def test_the_order_and_kind_of_tags_do_not_matter(written: Path, tmp_path: Path) -> None:
    other = repository(tmp_path / "other", tags=TAGS[::-1])
    git(other, "pack-refs", "--all")
    git(other, "clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    folder = data(tmp_path / "again")
    assert run(tmp_path / "bare", folder) == 0
    assert contents(folder) == contents(written)


def test_neither_time_zone_nor_git_variables_of_the_caller_matter(
    clone: Path, written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    folder = data(tmp_path / "again")
    assert run(clone, folder) == 0
    assert contents(folder) == contents(written)


def test_a_new_tag_needs_only_the_command_and_replaces_the_manual_release(
    written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = repository(tmp_path / "temporal")
    for version in ("1.31.9", "1.32.0"):
        commit(clone, latest_age(version, "1.13"), "2026-09-11T12:00:00+0000")
        git(clone, "tag", f"v{version}")
    capsys.readouterr()
    assert run(clone, written) == 0
    output = capsys.readouterr().out
    assert "1.31.9: new\n" in output
    assert '1.32.0: published was null, is "2026-09-11"\n' in output
    assert "the clone has 1.31.9, 1.32.0: no longer needed in releases_by_hand.json\n" in output
    document = read(written, "releases.json")
    assert [entry["version"] for entry in document["releases"]][-2:] == ["1.31.9", "1.32.0"]
    assert document["known_to_exist"] == ["1.31.10"]
    assert list(document["sources"]) == ["default"]
    lists = read(written, "schema_versions.json")["lists"]
    assert lists["mysql/v8/default"]["versions"][-1] == "1.13"
    assert lists["mysql/v8/default"]["source"].startswith("temporalio/temporal@v1.32.0: ")


def test_as_a_program_it_prints_what_it_did(clone: Path, tmp_path: Path) -> None:
    folder = data(tmp_path / "data")
    program = [sys.executable, "-m", "agent.maintain", "releases"]
    arguments = ["--repository", str(clone), "--data", str(folder)]
    done = subprocess.run([*program, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "5 releases, 1.0.0 to 1.32.0"
    assert set(contents(folder)) == {*FILES, "releases_by_hand.json"}
