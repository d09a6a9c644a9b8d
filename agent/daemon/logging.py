"""Logging: one line per event on standard error, as logfmt or JSON."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog

from agent.config.redaction import IN_PROCESS
from agent.daemon.log_writer import LogWriter
from agent.model.text import shorten

LogFormat = Literal["logfmt", "json"]


#: Seconds that an ending process waits for its last lines to be written.
_FLUSH_SECONDS = 1.0
#: In characters: whatever a target reports, a line gets no longer.
_MAX_FIELD = 4000
_MAX_TRACEBACK = 20_000


class _Handler(logging.Handler):
    """Renders records in the thread that logs them; another thread writes them."""

    def __init__(self) -> None:
        super().__init__()
        self._writer = LogWriter(sys.stderr, self._dropped_line)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._writer.put(self.format(record))
        except Exception:
            self._writer.put(self.format(_record("a log line could not be written", logger=record.name)))

    def flush(self) -> None:
        """Wait for the lines that are logged so far, but not for a reader that does not read."""
        self._writer.flush(_FLUSH_SECONDS)

    @property
    def dropped_lines(self) -> int:
        """Lines that were dropped since the start."""
        return self._writer.dropped_lines

    def _dropped_line(self, count: int) -> str:
        return self.format(_record("log lines were dropped: nobody read them", dropped=count))


def dropped_lines() -> int:
    """Log lines that were dropped since `set_up`."""
    handlers = logging.getLogger().handlers
    return sum(handler.dropped_lines for handler in handlers if isinstance(handler, _Handler))


def _record(message: str, **fields: object) -> logging.LogRecord:
    record = logging.makeLogRecord({"name": __name__, "levelno": logging.WARNING, "levelname": "WARNING"})
    record.msg = message
    record.__dict__.update(fields)
    return record


def _shorten_fields(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {
        key: shorten(value, _MAX_TRACEBACK if key == "exception" else _MAX_FIELD)
        if isinstance(value, str)
        else value
        for key, value in event.items()
    }


def _mask(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Without secrets, from any logger: drivers quote headers and addresses at debug level."""
    return {key: _masked(value) for key, value in event.items()}


def _masked(value: object) -> object:
    if isinstance(value, bool | int | float | None):
        return value
    if isinstance(value, list | tuple):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    return IN_PROCESS.mask(str(value))


def set_up(level: str, form: LogFormat) -> None:
    """Send every logger's records, with their extra fields, to standard error; logging never blocks."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("msg"),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "logger", "msg"])
    )
    handler = _Handler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _mask,
                _shorten_fields,
                renderer,
            ],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # The scheduler logs every job at info, and warns about skipped rounds, which the agent counts itself.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    # The agent already logs the start and stop of the HTTP server.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
