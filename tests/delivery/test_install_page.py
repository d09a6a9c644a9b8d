"""docs/install.md: every extra is there, and every way to install works."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from agent.mixin import rules
from tests.delivery.building import ROOT
from tests.delivery.doors.doors import installer_programs
from tests.import_graph import ROOT as PACKAGE

PAGE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")


def test_the_page_lists_every_extra() -> None:
    extras = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert [name for name in extras if name != "embedded-postgres" and f"`{name}`" not in PAGE] == []


@pytest.mark.full
def test_every_way_to_install_from_a_checkout_gives_a_program_that_runs(tmp_path: Path) -> None:
    """Takes minutes: each way downloads every library."""
    rows = re.findall(r"^\| (?:try it, with uv|uv|pipx|pip) \| (.+?) \|", PAGE, re.MULTILINE)
    steps = [step for row in rows for step in re.findall(r"`([^`]+)`", row)]
    (locked,) = re.findall(r"^```sh\n(agent-env/bin/pip .+?)```", PAGE, re.DOTALL | re.MULTILINE)
    assert len(steps) == 5
    environment = {
        **{name: str(tmp_path / name.lower()) for name in ("UV_TOOL_DIR", "UV_TOOL_BIN_DIR", "PIPX_HOME")},
        **{name: str(tmp_path / name.lower()) for name in ("PIPX_BIN_DIR", "PIPX_MAN_DIR")},
        "PYTHONPATH": "",
        "PATH": f"{installer_programs(tmp_path)}:{os.environ['PATH']}",
    }
    script = "\n".join(step.replace("SOURCE", str(ROOT)) for step in steps)
    script = script.replace("temporal-compat-agent demo", "temporal-compat-agent --version")
    locked = locked.replace("requirements/", f"{ROOT}/requirements/").replace(
        "--no-deps .", f"--no-deps {ROOT}"
    )
    subprocess.run(
        ["bash", "-euxc", f"{script}\n{locked}"], cwd=tmp_path, env={**os.environ, **environment}, check=True
    )
    name = "temporal-compat-agent"
    for program in (
        tmp_path / "uv_tool_bin_dir" / name,
        tmp_path / "pipx_bin_dir" / name,
        tmp_path / "agent-env" / "bin" / name,
    ):
        done = subprocess.run([program, "rules"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, rules({})), done.stderr
    assert (tmp_path / "pipx_man_dir" / "man1" / f"{name}.1").is_file()
