"""The example for Alertmanager: amtool's word, and what silences what in a real one."""

import subprocess
from pathlib import Path

import pytest

from tests.integration.servers.alertmanager import (
    AlertmanagerBinaries,
    AlertmanagerServer,
    alertmanager_binaries,
    may_mount,
)
from tests.integration.servers.requirement import require

from .conftest import ROOT

EXAMPLE = ROOT / "dashboards" / "rules" / "alertmanager.example.yml"


@pytest.fixture(scope="module")
def alertmanager() -> AlertmanagerBinaries:
    """Its programs."""
    return require(alertmanager_binaries)


def _amtool(alertmanager: AlertmanagerBinaries, *arguments: str | Path) -> str:
    done = subprocess.run([alertmanager.amtool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_amtool_finds_no_fault_in_the_example(alertmanager: AlertmanagerBinaries) -> None:
    assert "4 inhibit rules" in _amtool(alertmanager, "check-config", EXAMPLE)


@pytest.mark.parametrize(
    ("severity", "receiver"), [("critical", "pager"), ("warning", "tickets"), ("info", "digest")]
)
def test_only_what_is_critical_pages(
    severity: str, receiver: str, alertmanager: AlertmanagerBinaries
) -> None:
    route = _amtool(
        alertmanager, "config", "routes", "test", f"--config.file={EXAMPLE}", f"severity={severity}"
    )
    assert route.strip() == receiver


@pytest.mark.skipif(
    not may_mount(), reason="Debian's Alertmanager needs a mount, which this user may not make"
)
def test_a_cause_silences_what_follows_from_it_and_nothing_else(
    alertmanager: AlertmanagerBinaries,
) -> None:
    def alert(name: str, cluster: str) -> dict[str, str]:
        return {"alertname": name, "temporal_cluster": cluster}

    follows = {
        ("TemporalUnsupported", "a"),
        ("TemporalWouldNotStart", "a"),
        ("TemporalUnsupported", "b"),
        ("TemporalCompatUnknown", "e"),
    }
    stays = {
        ("TemporalSchemaBehind", "a"),
        ("TemporalMixedVersions", "a"),
        ("TemporalWouldNotStart", "b"),
        ("TemporalUnsupported", "c"),
        ("TemporalCompatUnknown", "d"),
        ("TemporalCompatProbeFailing", "e"),
    }
    with AlertmanagerServer(alertmanager, EXAMPLE) as server:
        server.fire([alert(*each) for each in follows | stays])
        assert server.inhibited() == follows
        down = {"alertname": "TemporalCompatAgentDown"}
        server.fire([down | {"severity": "warning", "job": "compat", "instance": "x"}])
        assert server.inhibited() == follows, "another replica is left"
        server.fire([down | {"severity": "critical"}])
        assert server.inhibited() == follows | stays | {("TemporalCompatAgentDown", "")}
