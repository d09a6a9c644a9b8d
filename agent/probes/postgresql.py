"""A PostgreSQL database of Temporal: its version, its flavour and the row of its schema version.

The row is the one that the server itself reads, keyed by the database's own name
(temporalio/temporal@v1.31.2: common/persistence/sql/sqlplugin/postgresql/admin.go:9). `GRANT SELECT ON
schema_version` is enough for it; the rest needs no grant.
"""

from __future__ import annotations

import math
import os
import re
import socket
import time
from typing import Any

from psycopg import errors
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from agent.config import PostgreSql
from agent.config.secret import SecretUnreadableError
from agent.observation import Facts, Failure, Node, SchemaRow
from agent.probes.base import ProbeError
from agent.vocabulary import Reason

# set_config(…, true) is SET LOCAL: it ends with the transaction, so it leaks to nobody behind a pooler.
_VERSION = text(
    "SELECT set_config('statement_timeout', :milliseconds, true),"
    " current_setting('server_version'), version()"
)
_SCHEMA = text("SELECT curr_version FROM schema_version WHERE version_partition = 0 AND db_name = :database")

#: Words of version() by which relatives that speak the protocol give themselves away.
_FLAVORS = {"CockroachDB": "cockroachdb", "-YB-": "yugabytedb", "Aurora": "aurora"}


def open_probe(settings: PostgreSql) -> PostgreSqlProbe:
    """A probe of one database."""
    return PostgreSqlProbe(settings)


class PostgreSqlProbe:
    """Keeps one connection, read-only. The password is read anew whenever it connects."""

    def __init__(self, settings: PostgreSql) -> None:
        self._settings = settings
        self._socket: socket.socket | None = None
        self._timeout = 1.0
        self._aborted = False
        self._engine = create_engine(
            "postgresql+psycopg://",
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=0,
            pool_reset_on_return="rollback",
            use_native_hstore=False,
        )
        # The dialect would parse version() to learn what SQL to write, and fails on relatives. No SQL
        # here depends on it.
        vars(self._engine.dialect)["_get_server_version_info"] = lambda connection: (9, 6)
        event.listen(self._engine, "do_connect", self._parameters)
        # Before the dialect's own first questions: `abort` must be able to end those too.
        event.listen(self._engine, "connect", self._connected, insert=True)

    def read(self, timeout: float) -> Facts:
        """Version and schema row, in one short read-only transaction."""
        end = time.monotonic() + timeout
        self._aborted = False
        try:
            try:
                return self._read(end)
            except DBAPIError as error:
                if self._aborted or not error.connection_invalidated:
                    raise
                # The kept connection has ended since the last read; a new one says more than that.
                return self._read(end)
        except SecretUnreadableError as error:
            raise ProbeError(Reason.SECRET_UNREADABLE, str(error)) from error
        except UnicodeDecodeError as error:
            # A database in SQL_ASCII holds whatever bytes were written.
            raise ProbeError(Reason.BAD_ANSWER, f"the answer is no UTF-8: {error.reason}") from error
        except UnicodeError as error:
            raise ProbeError(Reason.NAME_NOT_RESOLVED, f"{self._settings.host}: {error}") from error
        except DBAPIError as error:
            self.close()
            reason = Reason.TIMEOUT if self._aborted else _reason(error.orig)
            raise ProbeError(reason, str(error.orig)) from error

    def _read(self, end: float) -> Facts:
        self._timeout = max(end - time.monotonic(), 0.001)
        with self._engine.connect() as connection:
            milliseconds = str(math.ceil(self._timeout * 1000))
            _, version, full = connection.execute(_VERSION, {"milliseconds": milliseconds}).one()
            return Facts(
                component="postgresql",
                nodes=(Node(str(version)),),
                flavor=next((name for word, name in _FLAVORS.items() if word in full), ""),
                schema=self._schema(connection),
            )

    def abort(self) -> None:
        """End the read that hangs: a socket that is shut down wakes whoever waits for it."""
        self._aborted = True
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    def close(self) -> None:
        self._engine.dispose()
        if self._socket is not None:
            self._socket.close()

    def _schema(self, connection: Connection) -> SchemaRow:
        database = self._settings.database
        try:
            row = connection.execute(_SCHEMA, {"database": database}).one_or_none()
        except DBAPIError as error:
            # The version was read all the same; only what concerns the table is the schema's matter.
            if isinstance(error.orig, errors.UndefinedTable):
                message = f"database {database} has no table schema_version"
                return SchemaRow(None, Failure(Reason.SCHEMA_TABLE_MISSING, message))
            if isinstance(error.orig, errors.InsufficientPrivilege):
                message = f"{self._settings.user} lacks SELECT on schema_version in database {database}"
                return SchemaRow(None, Failure(Reason.PERMISSION_DENIED, message))
            raise
        if row is None:
            message = f"table schema_version has no row for database {database}"
            return SchemaRow(None, Failure(Reason.SCHEMA_ROW_MISSING, message))
        return SchemaRow(str(row[0]))

    def _parameters(self, _dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
        settings = self._settings
        seconds = str(max(int(self._timeout), 1))
        parameters.update(
            host=settings.host,
            port=str(settings.port),
            user=settings.user,
            dbname=settings.database,
            connect_timeout=seconds,
            # A peer that vanished is noticed by the kernel even while nothing is sent.
            keepalives_idle=seconds,
            keepalives_interval=seconds,
            keepalives_count="2",
            tcp_user_timeout=str(int(self._timeout * 1000)),
            application_name="temporal-compat-agent",
            # A database in SQL_ASCII would otherwise answer in bytes.
            client_encoding="UTF8",
            # Behind a pooler a prepared statement may not be there the next time.
            prepare_threshold=None,
        )
        if settings.secret is not None:
            parameters["password"] = settings.secret.read()
        if settings.tls is not None:
            parameters.update(_tls(settings))

    def _connected(self, connection: Any, _record: Any) -> None:
        connection.read_only = True
        if self._socket is not None:
            self._socket.close()
        # A descriptor of our own: the driver may close its own at any time, and its number be reused.
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))
        if self._aborted:
            # The caller's patience ended while connecting.
            self.abort()


def _tls(settings: PostgreSql) -> dict[str, str]:
    tls = settings.tls
    assert tls is not None
    parameters = {
        "sslmode": "verify-full",
        "sslrootcert": tls.ca_file or "system",
        "sslcert": tls.cert_file,
        "sslkey": tls.key_file,
    }
    if tls.server_name:
        # libpq verifies `host`; where to connect to is then `hostaddr`.
        parameters |= {"host": tls.server_name, "hostaddr": _address(settings.host)}
    return {key: value for key, value in parameters.items() if value}


def _address(host: str) -> str:
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except socket.gaierror as error:
        raise ProbeError(Reason.NAME_NOT_RESOLVED, f"{host}: {error.strerror}") from error


_BY_STATE = {
    "28P01": Reason.AUTHENTICATION_FAILED,
    "28000": Reason.AUTHENTICATION_FAILED,
    "3D000": Reason.DATABASE_MISSING,
    "42501": Reason.PERMISSION_DENIED,
    "57014": Reason.TIMEOUT,
}

#: libpq names no SQLSTATE for what goes wrong while connecting; its words must do.
_BY_TEXT = (
    ("password authentication failed", Reason.AUTHENTICATION_FAILED),
    ("no password supplied", Reason.AUTHENTICATION_FAILED),
    ("no pg_hba.conf entry", Reason.AUTHENTICATION_FAILED),
    ('role "" does not exist', Reason.AUTHENTICATION_FAILED),
    ("does not exist", Reason.DATABASE_MISSING),
    ("permission denied", Reason.PERMISSION_DENIED),
    ("timeout expired", Reason.TIMEOUT),
    ("could not translate host name", Reason.NAME_NOT_RESOLVED),
    ("failed to resolve host", Reason.NAME_NOT_RESOLVED),
    ("name or service not known", Reason.NAME_NOT_RESOLVED),
    ("received invalid response", Reason.BAD_ANSWER),
    ("certificate", Reason.TLS_FAILED),
    ("ssl", Reason.TLS_FAILED),
    ("expected authentication request", Reason.BAD_ANSWER),
)


def _reason(error: BaseException | None) -> Reason:
    if isinstance(error, errors.ConnectionTimeout):
        return Reason.TIMEOUT
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return _BY_STATE.get(state, Reason.BAD_ANSWER)
    # Names of hosts, users and databases say nothing of what went wrong.
    words = re.sub(r'"[^"]*"', '""', str(error).lower())
    return next((reason for phrase, reason in _BY_TEXT if phrase in words), Reason.UNREACHABLE)
