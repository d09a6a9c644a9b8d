"""The clock for ages goes on during a suspend, and nobody can set it."""

from __future__ import annotations

import sys
import time

import pytest

from agent.polling import clock


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has CLOCK_BOOTTIME")
def test_ages_count_the_time_of_a_suspend(monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.clock_gettime
    suspended = 8 * 3600.0
    monkeypatch.setattr(
        time, "clock_gettime", lambda which: real(which) + suspended * (which == time.CLOCK_BOOTTIME)
    )
    before = real(time.CLOCK_BOOTTIME)
    assert clock.now().mono - before >= suspended


def test_setting_the_wall_clock_changes_no_age(monkeypatch: pytest.MonkeyPatch) -> None:
    before = clock.now()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    after = clock.now()
    assert after.wall == 0.0
    assert 0 <= after.mono - before.mono < 5
