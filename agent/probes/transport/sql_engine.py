"""Reads of a SQL server by SQLAlchemy, with a pool of one connection.

A module of its own, because SQLAlchemy takes 12 MB: where the driver alone answers, nothing imports it.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from sqlalchemy import Connection, Executable, create_engine, event
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.pool import QueuePool

from agent.model.observation import Facts, Failure, SchemaRow
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError
from agent.probes.transport.sql import SqlProbe

# A damaged answer makes it log tracebacks that quote the server's texts; the probe reports what went wrong.
logging.getLogger("sqlalchemy").setLevel(logging.CRITICAL)


class SqlEngine:
    """The engine of one probe. It takes over the connection that the probe keeps."""

    def __init__(self, probe: SqlProbe, dialect: str, options: dict[str, Any]) -> None:
        """`dialect` and `options` are SQLAlchemy's."""
        self._probe = probe
        self._engine = create_engine(
            f"{dialect}://",
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=0,
            pool_reset_on_return="rollback",
            **options,
        )
        event.listen(self._engine, "do_connect", self._connect)
        # Before the dialect's own first questions: `abort` must be able to end those too.
        event.listen(self._engine, "connect", self._connected, insert=True)
        probe.prepare(self._engine.dialect)

    def read(self) -> Facts:
        """What the probe's `ask` returns.

        Raises:
            ProbeError: the read failed.
        """
        try:
            try:
                return self._read()
            except DBAPIError as error:
                is_over = self._probe.handle.is_aborted or time.monotonic() > self._probe.end
                if is_over or not error.connection_invalidated:
                    raise
                # The kept connection has ended since the last read; a new one says more than that.
                return self._read()
        except InvalidRequestError as error:
            # Rows or columns that are missing, or too many.
            raise ProbeError(Reason.BAD_ANSWER, f"the answer has another shape: {error}") from error
        except DBAPIError as error:
            raise self._probe.failure(error.orig) from error

    def detached(self) -> Any:
        """The driver's connection, which the engine does not keep any more.

        Raises:
            ProbeError: there was none, and the driver could not connect.
        """
        try:
            pooled = self._engine.raw_connection()
        except DBAPIError as error:
            raise self._probe.failure(error.orig) from error
        driver = pooled.driver_connection
        pooled.detach()
        return driver

    def close(self) -> None:
        self._engine.dispose()

    def _read(self) -> Facts:
        with self._engine.connect() as connection:
            try:
                return self._probe.ask(connection)
            except DBAPIError:
                # No rollback on what failed already: it would fail too, or hang, and be logged.
                connection.invalidate()
                raise

    def _connect(self, _dialect: Any, _record: Any, _arguments: Any, _parameters: Any) -> Any:
        return self._probe.handed_over() or self._probe.connect()

    def _connected(self, connection: Any, _record: Any) -> None:
        self._probe.watch(self._probe.socket_of(connection))


def schema(
    probe: SqlProbe, connection: Connection, statement: Executable, values: dict[str, Any]
) -> SchemaRow:
    """The row of exactly the probe's database, or why there is none.

    Raises:
        DBAPIError: for a reason that does not concern the table of the schema version.
    """
    try:
        rows = connection.execute(statement, {"database": probe.database, **values}).all()
    except DBAPIError as error:
        # The version was read all the same; only what concerns the table is the schema's matter.
        reason = probe.reason(error.orig)
        if reason is Reason.SCHEMA_TABLE_MISSING:
            message = (
                f"database {probe.database} has no table schema_version: no schema was set up in it"
                " (the schema tool's setup-schema and update-schema do), or it is the wrong database"
            )
            return SchemaRow(None, Failure(reason, message))
        if reason is Reason.PERMISSION_DENIED:
            message = f"{probe.user} lacks SELECT on schema_version in database {probe.database}"
            return SchemaRow(None, Failure(reason, message))
        raise
    return probe.schema_row(map(tuple, rows))
