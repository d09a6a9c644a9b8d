"""docs/questions.md and docs/comparison.md: every command runs, and `check` judges products as they say."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.demo import Demo
from tests.commands import command
from tests.delivery.building import ROOT
from tests.laws import law

PAGES = {
    name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("questions.md", "comparison.md")
}
BLOCKS = [
    line
    for page in PAGES.values()
    for block in re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]
SPANS = [span for page in PAGES.values() for span in re.findall(r"`(temporal-compat-agent [^`]+)`", page)]


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clusters of the demo as `agent.yaml` of the current folder."""
    with Demo(postgres=False) as stage:
        (tmp_path / "agent.yaml").write_text(stage.config_file.read_text())
        monkeypatch.chdir(tmp_path)
        yield


@pytest.mark.usefixtures("demo")
def test_every_command_of_the_pages_runs() -> None:
    codes = {}
    for line in (*BLOCKS, *SPANS):
        program, *arguments = shlex.split(line)
        assert program == "temporal-compat-agent"
        codes[line] = command(*arguments).exit_code
    # The demo has findings; 2 would be wrong usage, and 4 a fault of the program.
    assert {line: code for line, code in codes.items() if code not in (0, 1, 3)} == {}
    assert len(codes) > 5


@law(
    [
        ("keyspaces=3.11.2", "does not have"),
        ("aurora-mysql=8.0.32", "no source lists it as supported"),
        ("tidb=8.5.0", "no source lists it as supported"),
    ]
)
def test_a_product_is_judged_as_the_page_says(product: str, message: str) -> None:
    assert message in command("check", "--server", "1.31.2", "--persistence", product, "-v").stdout
