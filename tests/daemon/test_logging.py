"""Log lines: one an event, on standard error, in the two forms."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest

from agent.daemon import logging as logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    named = [logging.getLogger(name) for name in ("apscheduler", "uvicorn")]
    levels = [(logger, logger.level) for logger in (root, *named)]
    handlers = root.handlers[:]
    yield
    root.handlers[:] = handlers
    for logger, level in levels:
        logger.setLevel(level)


Capture = pytest.CaptureFixture[str]


def lines(capture: Capture) -> list[str]:
    for handler in logging.getLogger().handlers:
        handler.flush()
    captured = capture.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_logfmt_has_time_level_logger_and_message_first(capsys: Capture) -> None:
    logs.set_up("info", "logfmt")
    logging.getLogger("agent.x").info("round ended", extra={"cluster": "orders-live", "took": 0.5})
    (line,) = lines(capsys)
    assert re.fullmatch(
        r'timestamp=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z level=info logger=agent\.x msg="round ended" '
        r"cluster=orders-live took=0\.5",
        line,
    )


def test_json_is_one_object_a_line(capsys: Capture) -> None:
    logs.set_up("info", "json")
    logging.getLogger("agent.x").warning("round %s", "skipped", extra={"cluster": "a\nb"})
    (line,) = lines(capsys)
    event = json.loads(line)
    assert event.pop("timestamp").endswith("Z")
    assert event == {"level": "warning", "logger": "agent.x", "msg": "round skipped", "cluster": "a\nb"}


@pytest.mark.parametrize("form", ["logfmt", "json"])
@pytest.mark.parametrize("hostile", ['a\nlevel=error msg="forged"', 'quote " and \\', "a=b c", "", "é\x00"])
def test_an_event_is_one_line_whatever_it_says(capsys: Capture, form: logs.LogFormat, hostile: str) -> None:
    logs.set_up("info", form)
    logging.getLogger("agent.x").info(hostile, extra={"text": hostile})
    assert len(lines(capsys)) == 1


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_an_exception_is_logged_within_one_line(capsys: Capture, form: logs.LogFormat) -> None:
    logs.set_up("info", form)
    try:
        raise ValueError("oops")
    except ValueError:
        logging.getLogger("agent.x").exception("failed")
    (line,) = lines(capsys)
    assert "ValueError: oops" in line
    assert "Traceback" in line


@pytest.mark.parametrize(
    ("level", "logged"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_nothing_below_the_level_is_logged(capsys: Capture, level: str, logged: list[str]) -> None:
    logs.set_up(level, "json")
    for name in ("debug", "info", "warning", "error"):
        logging.getLogger("agent.x").log(logging.getLevelName(name.upper()), "x")
    assert [json.loads(line)["level"] for line in lines(capsys)] == logged


def test_the_libraries_own_chatter_is_left_out(capsys: Capture) -> None:
    logs.set_up("info", "logfmt")
    logging.getLogger("apscheduler.scheduler").warning("skipped")
    logging.getLogger("uvicorn.error").info("started")
    assert lines(capsys) == []
    logging.getLogger("apscheduler.scheduler").error("broken")
    logging.getLogger("uvicorn.error").warning("odd")
    assert len(lines(capsys)) == 2


def test_setting_up_again_replaces_what_was_before(capsys: Capture) -> None:
    logs.set_up("info", "logfmt")
    logs.set_up("info", "json")
    logging.getLogger("agent.x").info("once")
    (line,) = lines(capsys)
    assert json.loads(line)["msg"] == "once"


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_no_text_from_outside_makes_a_long_line(capsys: Capture, form: logs.LogFormat) -> None:
    logs.set_up("info", form)
    long = "x" * 1_000_000
    try:
        raise ValueError(long)
    except ValueError:
        logging.getLogger("agent.x").exception(long, extra={"detail": long, "error": long})
    (line,) = lines(capsys)
    assert "…" in line or "\\u2026" in line
    assert len(line) < 40_000
