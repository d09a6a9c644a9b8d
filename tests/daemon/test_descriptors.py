"""The limit of descriptors is raised at the start; a fleet too large for it is an error in the log."""

from __future__ import annotations

import logging
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from agent.daemon import descriptors
from agent.daemon.daemon import Daemon
from agent.matrix import load
from agent.web.connection import Limits
from tests.fleets import cluster, write_config

RAISE = "import resource; from agent.daemon.descriptors import raise_limit; raise_limit(); "
RAISE += "print(*resource.getrlimit(resource.RLIMIT_NOFILE))"


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    shell = f"ulimit -Sn 1024; ulimit -Hn 2000; exec {sys.executable} -c '{RAISE}'"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2000", "2000"]


def test_a_limit_that_the_system_does_not_let_raise_stays(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Linux refuses a limit above fs.nr_open, and macOS an infinite one.
    def refuse(*_arguments: object) -> None:
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _which: (1024, 2048))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert descriptors.raise_limit() == 1024
    assert "was not raised" in caplog.text


@pytest.mark.parametrize(
    ("limit", "is_too_low"), [(1024, True), (1800, False), (resource.RLIM_INFINITY, False)]
)
def test_a_limit_that_is_too_low_for_the_targets_is_an_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, limit: int, is_too_low: bool
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (limit, limit))
    descriptors.check_limit(400)
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * is_too_low
    if is_too_low:
        assert (caplog.records[0].__dict__["limit"], caplog.records[0].__dict__["needed"]) == (1024, 1800)


def test_the_fleet_is_checked_at_start_and_at_reload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    limit = descriptors.needed(3)
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (limit, limit))
    clusters = [cluster(tmp_path, name, "127.0.0.1:1") for name in ("a", "b")]
    daemon = Daemon(write_config(tmp_path, clusters[:1]), load())
    assert "too few file descriptors" not in caplog.text
    write_config(tmp_path, clusters)
    assert daemon.reload() == ()
    assert "too few file descriptors" in caplog.text


def test_the_reserve_covers_all_http_connections() -> None:
    assert Limits().connections < descriptors.OTHERS
