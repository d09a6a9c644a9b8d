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
FLEET = ROOT / "dashboards" / "grafana" / "temporal-compat-fleet.json"

Promtool = Callable[..., str]


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


@pytest.fixture(scope="session")
def fleet() -> dict[str, Any]:
    """The fleet dashboard as committed."""
    board: dict[str, Any] = json.loads(FLEET.read_text(encoding="utf-8"))
    return board


@pytest.fixture(scope="session")
def panels(fleet: dict[str, Any]) -> list[dict[str, Any]]:
    """Its panels that show something."""
    return [panel for panel in fleet["panels"] if panel["type"] != "row"]


def columns(panel: dict[str, Any]) -> dict[str, str]:
    """A table's columns: field to title."""
    (organize,) = (step for step in panel["transformations"] if step["id"] == "organize")
    titles: dict[str, str] = organize["options"]["renameByName"]
    return titles
