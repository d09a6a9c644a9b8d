"""Each documented line of `config init`, `server_compose` and `server_env` works as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from agent.config import load_config
from tests.commands import command

ROOT = Path(__file__).parents[3]
FILES = ROOT / "tests" / "config" / "temporal_files" / "good"
PAGES = [ROOT / name for name in ("docs/configuration.md", "README.md")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the documentation names, in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "compose.yaml").write_text((FILES / "official.compose").read_text())
    env = "DB=postgres12\nPOSTGRES_SEEDS=pg\nPOSTGRES_USER=u\nPOSTGRES_PWD=secret"
    (tmp_path / "temporal.env").write_text(env)
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


def test_each_documented_line_of_a_cluster_is_a_cluster(folder: Path) -> None:
    lines = re.findall(r"`(server_(?:compose|env): [^`…]*)`", PAGES[0].read_text(encoding="utf-8"))
    assert len(lines) >= 4
    for line in lines:
        (folder / "agent.yaml").write_text(f"clusters:\n- {line}\n")
        (cluster,) = load_config(folder / "agent.yaml").clusters
        assert cluster.persistence is not None
