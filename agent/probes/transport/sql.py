"""What probes of SQL servers share: one kept connection, its deadline, its end by the socket, its row.

The row is the one that the server itself reads, keyed by the database's own name
(temporalio/temporal@v1.31.2: common/persistence/sql/sqlplugin/mysql/admin.go:9, postgresql/admin.go:9).
`GRANT SELECT ON schema_version` is enough for it; the rest needs no grant.
"""

from __future__ import annotations

import logging
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Engine, Executable, create_engine, event
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.pool import QueuePool

from agent.model.observation import Facts, Failure, SchemaRow
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError
from agent.probes.parsing.schema_version_row import MAX_ROWS, schema_row
from agent.probes.transport.sockets import AbortHandle

# A damaged answer makes it log tracebacks that quote the server's texts; the probe reports what went wrong.
logging.getLogger("sqlalchemy").setLevel(logging.CRITICAL)

_REMEDY = "UPDATE db_name of its row in schema_version to this name, or give the database its old name back"

#: Rows of schema_version, those of this database first, in the words of all kinds of servers. Which they are
#: is for the server to say: to MySQL two names that differ in case alone are one.
ROWS = (
    "db_name, curr_version, db_name = :database FROM schema_version WHERE version_partition = 0"
    f" ORDER BY CASE WHEN db_name = :database THEN 0 ELSE 1 END LIMIT {MAX_ROWS}"
)


class SqlProbe(ABC):
    """Keeps one connection, read-only. The password is read again for every connection.

    A read ends at the monotonic time `end`.
    """

    def __init__(self, dialect: str, database: str, user: str, **options: Any) -> None:
        self._database = database
        self._user = user
        self._socket: socket.socket | None = None
        self.handle = AbortHandle()
        self.end = 0.0
        self._dialect = dialect
        self._options = options
        #: Made for the first read that needs it: it costs 3 ms and 30 kB.
        self._engine: Engine | None = None
        #: The kept connection, unless the engine has it.
        self._driver: Any = None

    @property
    def timeout(self) -> float:
        """The seconds that this read still has."""
        return max(self.end - time.monotonic(), 0.001)

    # What each kind of server has of its own

    @abstractmethod
    def prepare(self, dialect: Any) -> None:
        """Keep the dialect from questions that relatives of this server answer badly."""

    @abstractmethod
    def connect(self) -> Any:
        """A new connection of the driver, which keeps within `timeout`."""

    @abstractmethod
    def socket_of(self, connection: Any) -> socket.socket:
        """A descriptor of our own for a connection's socket: the driver may close its own at any time."""

    @abstractmethod
    def ask(self, connection: Connection) -> Facts:
        """What there is to learn, in one short read-only transaction."""

    def ask_driver(self) -> Facts | None:
        """The same as `ask`, quicker and without SQLAlchemy; None: `ask` has to read the target.

        Raises:
            ProbeError: the driver could not connect.
        """
        return None

    @abstractmethod
    def reason(self, error: BaseException | None) -> Reason:
        """Why the driver failed. For the table of the schema's version, as `schema` has it."""

    # The probe

    def read(self, timeout: float) -> Facts:
        """Version and schema row, in one short read-only transaction."""
        end = time.monotonic() + timeout
        self.handle.reset()
        try:
            try:
                return self._read(end)
            except DBAPIError as error:
                if self.handle.is_aborted or not error.connection_invalidated or time.monotonic() > end:
                    raise
                # The kept connection has ended since the last read; a new one says more than that.
                return self._read(end)
        except ProbeError:
            self.close()
            raise
        except UnicodeDecodeError as error:
            # A database may hold whatever bytes were written.
            raise ProbeError(Reason.BAD_ANSWER, f"the answer is not UTF-8: {error.reason}") from error
        except (InvalidRequestError, ValueError) as error:
            # Rows or columns that are missing, or too many.
            self.close()
            raise ProbeError(Reason.BAD_ANSWER, f"the answer has another shape: {error}") from error
        except DBAPIError as error:
            self.close()
            raise self.failure(error.orig) from error

    def abort(self) -> None:
        """End the read that hangs."""
        self.handle.abort()

    def close(self) -> None:
        self.drop_driver()
        if self._engine is not None:
            self._engine.dispose()
        if self._socket is not None:
            self._socket.close()

    def watch(self, own: socket.socket) -> None:
        """From now on `abort` ends this socket, a descriptor of our own."""
        if self._socket is not None:
            self._socket.close()
        self._socket = own
        self.handle.watch(own)

    def schema(self, connection: Connection, statement: Executable, values: dict[str, Any]) -> SchemaRow:
        """The row of exactly this database, or why there is none."""
        try:
            rows = connection.execute(statement, {"database": self._database, **values}).all()
        except DBAPIError as error:
            # The version was read all the same; only what concerns the table is the schema's matter.
            reason = self.reason(error.orig)
            if reason is Reason.SCHEMA_TABLE_MISSING:
                message = (
                    f"database {self._database} has no table schema_version: no schema was set up in it"
                    " (the schema tool's setup-schema and update-schema do), or it is the wrong database"
                )
                return SchemaRow(None, Failure(reason, message))
            if reason is Reason.PERMISSION_DENIED:
                message = f"{self._user} lacks SELECT on schema_version in database {self._database}"
                return SchemaRow(None, Failure(reason, message))
            raise
        return self.schema_row(map(tuple, rows))

    def schema_row(self, rows: Iterable[Any]) -> SchemaRow:
        """The row of exactly this database among these, or why there is none."""
        return schema_row("database", self._database, rows, _REMEDY)

    @property
    def keeps_driver(self) -> bool:
        """Whether the driver's own connection is kept, without the engine."""
        return self._driver is not None

    def driver(self) -> Any:
        """The driver's own connection: the kept one, else a new one.

        Raises the driver's errors where it cannot connect.
        """
        if self._driver is None:
            driver = self._detached() or self.connect()
            try:
                self.watch(self.socket_of(driver))
            except BaseException:
                # `abort` could not end its reads.
                driver.close()
                raise
            self._driver = driver
        return self._driver

    def drop_driver(self) -> None:
        """Close the driver's own connection; the next read makes a new one."""
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.close()

    def _detached(self) -> Any:
        """The connection of the engine, which does not have it any more; None: it has none."""
        if self._engine is None:
            return None
        pooled = self._engine.raw_connection()
        driver = pooled.driver_connection
        pooled.detach()
        return driver

    def failure(self, error: BaseException | None) -> ProbeError:
        """What this error of the driver means."""
        return ProbeError(Reason.TIMEOUT if self.handle.is_aborted else self.reason(error), str(error))

    def _read(self, end: float) -> Facts:
        self.end = end
        if (facts := self.ask_driver()) is not None:
            return facts
        with self._connections().connect() as connection:
            try:
                return self.ask(connection)
            except DBAPIError:
                # No rollback on what failed already: it would fail too, or hang, and be logged.
                connection.invalidate()
                raise

    def _connections(self) -> Engine:
        if self._engine is None:
            self._engine = create_engine(
                f"{self._dialect}://",
                poolclass=QueuePool,
                pool_size=1,
                max_overflow=0,
                pool_reset_on_return="rollback",
                **self._options,
            )
            event.listen(self._engine, "do_connect", self._do_connect)
            # Before the dialect's own first questions: `abort` must be able to end those too.
            event.listen(self._engine, "connect", self._connected, insert=True)
            self.prepare(self._engine.dialect)
        return self._engine

    def _do_connect(self, _dialect: Any, _record: Any, _arguments: Any, _parameters: Any) -> Any:
        driver, self._driver = self._driver, None
        return driver or self.connect()

    def _connected(self, connection: Any, _record: Any) -> None:
        self.watch(self.socket_of(connection))
