"""Each documented command `config init` runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.commands import command

ROOT = Path(__file__).parents[3]
FILES = ROOT / "tests" / "config" / "temporal_files" / "good"
PAGES = [ROOT / name for name in ("docs/configuration.md", "README.md")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the documentation names, in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "compose.yaml").write_text((FILES / "official.compose").read_text())
    return tmp_path


def test_each_documented_command_runs(folder: Path) -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    written = re.findall(r"temporal-compat-agent (config init [^`#\n]*)", text)
    assert len(written) >= 5
    broken = []
    for line in written:
        words = shlex.split(line.replace("FILE", "compose.yaml"))
        if ">" in words:
            del words[words.index(">") :]
        piped = (FILES / "helm_datastores.values").read_text() if "-" in words else None
        if command(*words, standard_input=piped).exit_code != 0:
            broken.append(line)
        (folder / "agent.yaml").unlink(missing_ok=True)
    assert not broken
