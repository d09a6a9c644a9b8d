"""The unit for systemd, as systemd's own tools see it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.delivery.building import ROOT
from tests.integration.servers.commands import which
from tests.integration.servers.requirement import require

UNIT = ROOT / "deploy" / "systemd" / "temporal-compat-agent.service"
PROGRAM = "/opt/temporal-compat-agent/bin/temporal-compat-agent"
#: Ten times the exposure that docs/install.md states; 100 is the worst.
EXPOSURE = 13


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [require(lambda: which("systemd-analyze")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace(PROGRAM, sys.executable))
    done = analyze("verify", "--man=no", unit)
    assert (done.returncode, done.stderr) == (0, "")
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystem=stricter"))
    assert "protect system" in analyze("verify", "--man=no", unit).stderr


def test_its_sandbox_is_as_tight_as_the_page_about_installing_says() -> None:
    assert analyze("security", "--offline=true", f"--threshold={EXPOSURE}", UNIT).returncode == 0
    assert analyze("security", "--offline=true", f"--threshold={EXPOSURE - 1}", UNIT).returncode != 0
    assert f"exposure level of {EXPOSURE / 10}" in (ROOT / "docs" / "install.md").read_text()
