"""`module`: a release that is only available as a Go module is read like its tag."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.maintain import release_facts as facts
from agent.maintain import schema_files
from agent.maintain.__main__ import main
from agent.maintain.repository import Repository
from agent.maintain.source_tree import Folder
from tests.maintain.layouts import AGES, data, latest_age, repository, write


def cached(tmp_path: Path, version: str, time: str | None) -> Path:
    """A module cache with this one module, in Go's layout."""
    folder = write(tmp_path / "go.temporal.io" / f"server@v{version}", latest_age(version, "1.12"))
    if time:
        about = {f"v{version}.info": json.dumps({"Version": f"v{version}", "Time": time})}
        write(tmp_path / "cache" / "download" / "go.temporal.io" / "server" / "@v", about)
    return folder


def test_a_folder_is_read_as_the_tag_of_the_same_files(tmp_path: Path) -> None:
    clone = Repository(repository(tmp_path / "temporal"))
    for tag in clone.tags():
        folder = Folder(write(tmp_path / tag.version, AGES[tag.version][0]))
        assert facts.read(folder) == facts.read(clone.tree(tag))
        assert schema_files.lists(folder) == schema_files.lists(clone.tree(tag))


def test_the_line_enters_the_matrix_through_the_manual_releases(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["module", str(cached(tmp_path, "1.33.0", "2026-12-01T04:00:00Z"))]) == 0
    line = json.loads(capsys.readouterr().out)
    kept = {"releases": [line], "known_to_exist": [], "known_to_exist_source": ""}
    folder = data(tmp_path / "data", kept)
    clone = repository(tmp_path / "temporal")
    assert main(["releases", "--repository", str(clone), "--data", str(folder)]) == 0
    document = json.loads((folder / "releases.json").read_bytes())
    assert document["sources"]["1.33.0"] == "go.temporal.io/server@v1.33.0 (Go module)"
    entry = document["releases"][-1]
    assert (entry["version"], entry["published"], entry["go"]) == ("1.33.0", "2026-12-01", "1.26.4")
    lists = json.loads((folder / "schema_versions.json").read_bytes())["lists"]
    assert lists["postgresql/v12/default"]["versions"][-1] == "1.12"


def test_the_date_is_null_if_the_module_cache_does_not_have_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["module", str(cached(tmp_path, "1.33.0", None))]) == 0
    assert json.loads(capsys.readouterr().out)["published"] is None


@pytest.mark.parametrize("name", ["temporal", "server@v1.33.0-rc.1", "server@v1.33", "sdk@v1.33.0"])
def test_a_folder_that_is_not_a_release_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["module", str(tmp_path / name)]) == 1
    assert "is not named server@vX.Y.Z" in capsys.readouterr().err


def test_a_missing_or_incomplete_module_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["module", str(tmp_path / "server@v1.33.0")]) == 1
    assert "is not a folder" in capsys.readouterr().err
    folder = cached(tmp_path, "1.33.0", None)
    (folder / "cmd" / "server" / "main.go").unlink()
    assert main(["module", str(folder)]) == 1
    assert capsys.readouterr().err == "server@v1.33.0: cmd/server/main.go: file not found\n"
