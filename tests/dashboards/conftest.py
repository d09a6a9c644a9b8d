"""What the tests of the mixin share."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.servers.prometheus import prometheus_binaries
from tests.integration.servers.requirement import require

ROOT = Path(__file__).parents[2]
RULES = ROOT / "dashboards" / "rules" / "temporal-compat.rules.yaml"
FILES = {file.stem: file for file in sorted((ROOT / "dashboards" / "grafana").glob("*.json"))}

Board = dict[str, Any]
Panel = dict[str, Any]
Promtool = Callable[..., str]

#: The dashboards as committed, by uid.
BOARDS: dict[str, Board] = {uid: json.loads(file.read_text(encoding="utf-8")) for uid, file in FILES.items()}


@pytest.fixture(scope="session")
def promtool() -> Promtool:
    """Runs promtool; a failure of it is a failure of the test, with what it wrote."""
    program = require(prometheus_binaries).promtool

    def run(*arguments: str | Path) -> str:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="session")
def alerts() -> list[dict[str, Any]]:
    """The alerting rules."""
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for rule in group["rules"] if "alert" in rule]


@pytest.fixture(params=BOARDS)
def board(request: pytest.FixtureRequest) -> Board:
    """Each dashboard in turn."""
    return BOARDS[request.param]


@pytest.fixture
def panels(board: Board) -> list[Panel]:
    """Its panels that show something."""
    return shown(board)


def shown(board: Board) -> list[Panel]:
    """A dashboard's panels without the headings between them."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def expressions(board: Board) -> list[str]:
    """Every query of a dashboard: of panels and of marks on the time axis."""
    marks = [mark["expr"] for mark in board["annotations"].get("list", []) if "expr" in mark]
    return [target["expr"] for panel in shown(board) for target in panel["targets"]] + marks


def columns(panel: Panel) -> dict[str, str]:
    """A table's columns: field to title."""
    (organize,) = (step for step in panel["transformations"] if step["id"] == "organize")
    titles: dict[str, str] = organize["options"]["renameByName"]
    return titles
