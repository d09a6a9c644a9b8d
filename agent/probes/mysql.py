"""A MySQL database of Temporal: its version, flavour, schema version and settings."""

from __future__ import annotations

import math
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymysql import err
from pymysql.connections import Connection as Driver
from pymysql.constants import CLIENT
from sqlalchemy import Connection, TextClause, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from agent.components.registry import detect, texts_of
from agent.config import MySql
from agent.model.observation import Facts, Failure, Node, SchemaCatalog
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError
from agent.probes.catalog import mysql as catalogue
from agent.probes.catalog.normalize import unreadable
from agent.probes.transport.connection import diagnose, receive_first
from agent.probes.transport.reasons import MYSQL_ERRORS, causes, probe_error
from agent.probes.transport.secrets import read_secret
from agent.probes.transport.sockets import connect
from agent.probes.transport.sql import ROWS, SqlProbe
from agent.probes.transport.sql_engine import schema
from agent.probes.transport.tls import tls_context

# The time limit of a statement, in two comments: MariaDB (10.1) reads the first, MySQL (5.7.8) the second. It
# ends with the statement.
_TIME_LIMIT = (
    "/*M!100101 SET STATEMENT max_statement_time=:seconds FOR */"
    " SELECT /*+ MAX_EXECUTION_TIME(:milliseconds) */ "
)
_BEGIN = text("START TRANSACTION READ ONLY")
_VERSION = text(f"{_TIME_LIMIT} version(), @@version_comment")
_SCHEMA = text(f"{_TIME_LIMIT} {ROWS}")
_COLUMNS, _INDEXES, _RIGHTS = (
    text(f"{_TIME_LIMIT}{question}") for question in (catalogue.COLUMNS, catalogue.INDEXES, catalogue.RIGHTS)
)
_TABLES = text(f"{_TIME_LIMIT} {catalogue.TABLES}")
_SETTINGS = (
    *("sql_mode", "transaction_isolation", "tx_isolation"),
    *("read_only", "super_read_only", "innodb_read_only", "log_bin", "binlog_format"),
    *("time_zone", "system_time_zone", "tidb_enable_noop_functions"),
)
#: MySQL 5.7.8 and MariaDB 10.5.2 are the first with it.
_DEMANDS_TLS = "require_secure_transport"
#: Variables by which compatible products are recognized.
_MARKS = texts_of("mysql", "variable")
# Any other query fails if the server does not know one of the variables.
_VARIABLES = text(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN"
    f" ({', '.join(repr(name) for name in (*_SETTINGS, _DEMANDS_TLS, *_MARKS))})"
)


def open_probe(settings: MySql) -> MySqlProbe:
    """A probe of one database."""
    return MySqlProbe(settings)


class MySqlProbe(SqlProbe):
    """Reads with PyMySQL."""

    def __init__(self, settings: MySql) -> None:
        self._settings = settings
        super().__init__("mysql+pymysql", settings.database, settings.user)

    def prepare(self, dialect: Any) -> None:
        # The dialect would send five queries to learn what SQL to write. The probe's own SQL needs none of
        # them.
        vars(dialect)["initialize"] = lambda connection: None

    def ask(self, connection: Connection) -> Facts:
        try:
            return self._ask(connection)
        except (InvalidRequestError, ValueError, LookupError) as error:
            # The driver accepts any result, even an empty one; this one does not fit the query.
            connection.invalidate()
            raise ProbeError(
                Reason.BAD_ANSWER, f"unexpected rows or columns in the answer: {error}"
            ) from error

    def _ask(self, connection: Connection) -> Facts:
        bounds = {"seconds": self.timeout, "milliseconds": math.ceil(self.timeout * 1000)}
        driver: Any = connection.connection.dbapi_connection
        driver.begin_read(self.end)
        connection.execute(_BEGIN)
        version, comment = connection.execute(_VERSION, bounds).one()
        rows = [(row[0], row[1]) for row in connection.execute(_VARIABLES)]
        values = {str(name).lower(): str(value) for name, value in rows if None not in (name, value)}
        aurora = values.get("aurora_version", "")
        tables = _tables(connection, bounds)
        marks = {f"variable {name}": values.get(name, "") for name in _MARKS}
        found = detect("mysql", {"version": f"{version} {comment or ''}", **marks})
        return Facts(
            component=found.component,
            nodes=(
                Node(found.version or catalogue.without_revision(str(version or ""), str(comment or ""))),
            ),
            flavor=found.flavor,
            schema=schema(self, connection, _SCHEMA, bounds),
            tables=tables,
            shape=self._shape(connection, bounds) if self._settings.inspect_schema else None,
            details={"aurora_version": aurora} if aurora else {},
            settings={name: values[name] for name in _SETTINGS if name in values},
            demands_tls=catalogue.demands_tls(values.get(_DEMANDS_TLS, ""), is_encrypted=driver.is_encrypted),
        )

    def _shape(self, connection: Connection, bounds: dict[str, float]) -> SchemaCatalog:
        """Read last, because the connection is unusable if this answer is cut off."""

        def rows(question: TextClause) -> list[dict[str, Any]]:
            found = connection.execute(question, bounds).mappings()
            return [{str(key).lower(): value for key, value in row.items()} for row in found]

        try:
            rights = int(connection.execute(_RIGHTS, bounds).scalar_one())
            return catalogue.read(rows(_COLUMNS), rows(_INDEXES), rights, self._settings.user)
        except DBAPIError as error:
            reason = _reason(error.orig)
            if reason in (Reason.TIMEOUT, Reason.UNREACHABLE):
                raise
            connection.invalidate()
            return unreadable(Failure(reason, f"cannot read the catalogue: {error.orig}"))

    def connect(self) -> Any:
        settings = self._settings
        address = settings.host, settings.port
        password = read_secret(settings.secret)
        connection = _Connection(
            # Only for verification. The socket below is already connected.
            host=(settings.tls and settings.tls.server_name) or settings.host,
            user=settings.user,
            password=password,
            database=settings.database,
            charset="utf8mb4",
            program_name="temporal-compat-agent",
            ssl=tls_context(settings.tls) if settings.tls is not None else None,
            defer_connect=True,
        )
        connection.is_verified = settings.tls is not None and settings.tls.verifies
        connection.begin_read(self.end)
        own = connect(address, self.end, self.handle)
        # From here on the read can be aborted, also during the handshake.
        self.watch(own.dup())
        try:
            # The server speaks first.
            receive_first(own, 2, address, self.end, self.handle, socket.MSG_PEEK)
            with _translate_parser_errors():
                connection.connect(own)
        except OSError as error:
            own.close()
            raise probe_error(error) from error
        except err.Error as error:
            if settings.tls is not None and _reason(error) is Reason.TLS_FAILED:
                raise diagnose(address, settings.tls, self.end, _request_tls) or error from error
            raise
        except BaseException:
            own.close()
            raise
        return connection

    def socket_of(self, connection: Any) -> socket.socket:
        assert self._socket is not None
        return self._socket.dup()

    def reason(self, error: BaseException | None) -> Reason:
        return _reason(error)


def _tables(connection: Connection, bounds: dict[str, float]) -> frozenset[str] | None:
    """The tables of the database; None where a relative cannot answer, or the user may not see all."""
    try:
        return catalogue.read_tables(map(tuple, connection.execute(_TABLES, bounds).all()))
    except (InvalidRequestError, ValueError):
        return None
    except DBAPIError as error:
        if error.connection_invalidated or _reason(error.orig) in (Reason.TIMEOUT, Reason.ANSWER_TOO_LARGE):
            raise
        return None


class _TooLargeError(err.OperationalError):  # type: ignore[misc]
    """The answer is larger than any valid answer."""


class _TooLateError(err.OperationalError):  # type: ignore[misc]
    """The answer does not end before the deadline."""


#: Added to the size of each piece of an answer, in bytes: about the memory that the driver needs for an empty
#: row.
_BYTES_PER_PIECE = 250


#: Authentication plugins that send the password to the server in clear text.
_IN_CLEAR = (b"mysql_clear_password", b"dialog")


class _Connection(Driver):  # type: ignore[misc]
    """Reads up to a deadline and a size limit, whatever size the server announces.

    `is_verified`: TLS has verified the server, so a password in clear text may be sent.
    """

    is_verified = False
    _end = 0.0
    _left = 0

    @property
    def is_encrypted(self) -> bool:
        return isinstance(self._sock, ssl.SSLSocket)

    def begin_read(self, end: float) -> None:
        """Start a new read with the deadline `end`, in monotonic time."""
        self._end = end
        self._left = MAX_ANSWER

    def _read_bytes(self, num_bytes: int) -> bytes:
        self._left -= num_bytes + _BYTES_PER_PIECE
        if self._left < 0:
            raise _TooLargeError(0, f"the answer is larger than {MAX_ANSWER} bytes")
        left = self._end - time.monotonic()
        if left <= 0:
            raise _TooLateError(0, "the answer does not end before the deadline")
        # PyMySQL 1.2.0 sets its own timeout before each read, by default none.
        self._read_timeout = left
        self._sock.settimeout(left)
        data: bytes = super()._read_bytes(num_bytes)
        return data

    def _process_auth(self, plugin_name: bytes, auth_packet: Any, handler: Any = None) -> Any:
        if plugin_name in _IN_CLEAR and not self.is_verified:
            # MySQL's own client refuses it, too (CR_AUTH_PLUGIN_CANNOT_LOAD); the driver would send the
            # password.
            raise err.OperationalError(2059, "the server wants the password in clear text: configure tls")
        return super()._process_auth(plugin_name, auth_packet, handler)

    def _read_ok_packet(self) -> Any:
        """Also called outside of queries: by the pool, for a rollback."""
        with _translate_parser_errors():
            return super()._read_ok_packet()

    def _read_query_result(self, unbuffered: bool = False) -> Any:
        with _translate_parser_errors():
            return super()._read_query_result(unbuffered)


@contextmanager
def _translate_parser_errors() -> Iterator[None]:
    """The driver parses whatever it receives; an exception of its parser means an invalid answer."""
    try:
        yield
    except (err.Error, OSError, ProbeError):
        raise
    # Any other: on a damaged greeting PyMySQL even uses a variable that it has not set (UnboundLocalError).
    except Exception as error:
        raise err.InternalError(0, f"the answer does not follow MySQL's protocol: {error}") from error


def _request_tls(opened: socket.socket) -> None:
    """Read the greeting and request TLS (MySQL's protocol, Protocol::HandshakeV10 and SSLRequest)."""
    head = _exactly(opened, 4)
    greeting = _exactly(opened, int.from_bytes(head[:3], "little"))
    # After the version: thread id, 8 bytes of salt, a filler, then the lower half of the capabilities.
    end = greeting.find(b"\0") + 1
    capabilities = int.from_bytes(greeting[end + 13 : end + 15], "little")
    if not capabilities & CLIENT.SSL:
        raise ProbeError(Reason.TLS_FAILED, "the server offers no TLS, but `tls` is configured")
    wanted = CLIENT.SSL | CLIENT.PROTOCOL_41 | CLIENT.SECURE_CONNECTION
    opened.sendall(b"\x20\0\0\x01" + struct.pack("<IIB23x", wanted, MAX_ANSWER, 45))


def _exactly(opened: socket.socket, size: int) -> bytes:
    received = opened.recv(min(size, 65536), socket.MSG_WAITALL)
    if len(received) < size:
        raise ConnectionResetError("the server closed the connection")
    return received


def _reason(error: BaseException | None) -> Reason:
    if isinstance(error, _TooLargeError):
        return Reason.ANSWER_TOO_LARGE
    if isinstance(error, _TooLateError):
        return Reason.TIMEOUT
    for cause in causes(error) if error is not None else ():
        if isinstance(cause, ssl.SSLError):
            return Reason.TLS_FAILED
        if isinstance(cause, TimeoutError):
            return Reason.TIMEOUT
    number = error.args[0] if error is not None and error.args else None
    return MYSQL_ERRORS.get(number, Reason.BAD_ANSWER) if isinstance(number, int) else Reason.BAD_ANSWER
