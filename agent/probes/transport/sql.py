"""What probes of SQL servers share: one kept connection, its deadline, its end by the socket, its row.

The row is the one that the server itself reads, keyed by the database's own name
(temporalio/temporal@v1.31.2: common/persistence/sql/sqlplugin/mysql/admin.go:9, postgresql/admin.go:9).
`GRANT SELECT ON schema_version` is enough for it; the rest needs no grant.
"""

from __future__ import annotations

import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from agent.model.observation import Facts, SchemaRow
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError
from agent.probes.parsing.schema_version_row import MAX_ROWS, schema_row
from agent.probes.transport.sockets import AbortHandle

if find_spec("sqlalchemy") is None:
    # It is imported when a read needs it. The first use of the probe says that it is missing.
    raise ModuleNotFoundError("No module named 'sqlalchemy'", name="sqlalchemy")

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
        self.database = database
        self.user = user
        self._socket: socket.socket | None = None
        self.handle = AbortHandle()
        self.end = 0.0
        self._dialect = dialect
        self._options = options
        #: The SqlEngine, made for the first read that needs it: it costs 3 ms and 30 kB.
        self._engine: Any = None
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
    def ask(self, connection: Any) -> Facts:
        """What there is to learn, in one short read-only transaction. `connection` is SQLAlchemy's."""

    def ask_driver(self) -> Facts | None:
        """The same as `ask`, quicker and without SQLAlchemy; None: `ask` has to read the target.

        Raises:
            ProbeError: the driver could not connect.
        """
        return None

    @abstractmethod
    def reason(self, error: BaseException | None) -> Reason:
        """Why the driver failed. For the table of the schema version, as `sql_engine.schema` has it."""

    # The probe

    def read(self, timeout: float) -> Facts:
        """Version and schema row, in one short read-only transaction."""
        self.end = time.monotonic() + timeout
        self.handle.reset()
        try:
            facts = self.ask_driver()
            return facts if facts is not None else self._opened_engine().read()
        except ProbeError:
            self.close()
            raise
        except UnicodeDecodeError as error:
            # A database may hold whatever bytes were written.
            raise ProbeError(Reason.BAD_ANSWER, f"the answer is not UTF-8: {error.reason}") from error
        except ValueError as error:
            self.close()
            raise ProbeError(Reason.BAD_ANSWER, f"the answer has another shape: {error}") from error

    def abort(self) -> None:
        """End the read that hangs."""
        self.handle.abort()

    def close(self) -> None:
        self.drop_driver()
        if self._engine is not None:
            self._engine.close()
        if self._socket is not None:
            self._socket.close()

    def watch(self, own: socket.socket) -> None:
        """From now on `abort` ends this socket, a descriptor of our own."""
        if self._socket is not None:
            self._socket.close()
        self._socket = own
        self.handle.watch(own)

    def schema_row(self, rows: Iterable[Any]) -> SchemaRow:
        """The row of exactly this database among these, or why there is none."""
        return schema_row("database", self.database, rows, _REMEDY)

    @property
    def keeps_driver(self) -> bool:
        """Whether the driver's own connection is kept, without the engine."""
        return self._driver is not None

    def driver(self) -> Any:
        """The driver's own connection: the kept one, else a new one.

        Raises the driver's errors where it cannot connect.
        """
        if self._driver is None:
            driver = self._engine.detached() if self._engine is not None else self.connect()
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
        driver = self.handed_over()
        if driver is not None:
            driver.close()

    def handed_over(self) -> Any:
        """The driver's own connection, which the probe does not keep any more; None: it keeps none."""
        driver, self._driver = self._driver, None
        return driver

    def failure(self, error: BaseException | None) -> ProbeError:
        """What this error of the driver means."""
        return ProbeError(Reason.TIMEOUT if self.handle.is_aborted else self.reason(error), str(error))

    def _opened_engine(self) -> Any:
        if self._engine is None:
            module = import_module("agent.probes.transport.sql_engine")
            self._engine = module.SqlEngine(self, self._dialect, self._options)
        return self._engine
