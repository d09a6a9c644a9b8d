"""The command `bundle`: the same files give the same bytes, and damaged files give no bundle."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from agent.maintain.__main__ import DATA, main
from agent.matrix_sources.bundle import read_file
from tests.building import MATRIX


def test_the_bundle_of_the_built_in_files_is_the_built_in_matrix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "matrix.json"
    assert main(["bundle", str(out)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{out}: published {MATRIX.published}, Temporal up to {MATRIX.releases.all[-1].name}"
    content = out.read_bytes()
    assert second == f"sha256: {hashlib.sha256(content).hexdigest()}"
    assert read_file(out).digest == MATRIX.digest
    assert main(["bundle", str(out)]) == 0
    assert out.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["matrix.json"]


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
