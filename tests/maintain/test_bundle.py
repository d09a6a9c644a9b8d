"""The command `bundle`: the same files give the same bytes, and damaged files give no bundle."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from agent.maintain.__main__ import main
from agent.matrix_sources.bundle import read_file
from tests.building import FROZEN
from tests.frozen import DATA


def test_the_bundle_of_the_files_is_their_matrix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "matrix.json"
    assert main(["bundle", str(out), "--data", str(DATA)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{out}: published {FROZEN.published}, Temporal up to {FROZEN.releases.all[-1].name}"
    content = out.read_bytes()
    assert second == f"sha256: {hashlib.sha256(content).hexdigest()}"
    assert read_file(out).digest == FROZEN.digest
    assert main(["bundle", str(out), "--data", str(DATA)]) == 0
    assert out.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["matrix.json"]


def test_facts_that_are_newer_than_the_day_of_the_bundle_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "data", tmp_path / "matrix.json"
    shutil.copytree(DATA, data)
    (data / "published.json").write_text('{"published": "2026-07-06", "needs_agent": "0.1.0"}')
    assert main(["bundle", str(out), "--data", str(data)]) == 1
    assert "write today's date into published.json" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    "damage", ["gone", "later one gone", "no JSON", "no day", "no agent", "another agent", "wrong"]
)
def test_damaged_files_make_no_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    if damage == "gone":
        (data / "lifecycle.json").unlink()
    elif damage == "later one gone":
        (data / "schema_steps.json").unlink()
    elif damage == "no agent":
        (data / "published.json").write_text('{"published": "2026-11-25"}')
    elif damage == "another agent":
        (data / "published.json").write_text('{"published": "2026-11-25", "needs_agent": "99.0.0"}')
    elif damage == "no JSON":
        (data / "lifecycle.json").write_text("{")
    elif damage == "no day":
        (data / "published.json").write_text("{}")
    else:
        (data / "lifecycle.json").write_text("{}")
    out = tmp_path / "matrix.json"
    assert main(["bundle", str(out), "--data", str(data)]) == 1
    assert str(data) in capsys.readouterr().err
    assert not out.exists()
