"""A PostgreSQL database of Temporal: its version, its flavour, its schema version, its extension."""

from __future__ import annotations

import math
import os
import re
import socket
import sys
from collections.abc import Generator, Mapping
from typing import Any

import psycopg
from psycopg import errors
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from agent.config import PostgreSql
from agent.model.observation import Facts, Failure, Node, Shape
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError
from agent.probes.catalog import postgresql as catalogue
from agent.probes.catalog import postgresql_start as catalogue_start
from agent.probes.catalog.normalize import unreadable
from agent.probes.transport.sql import ROWS, SqlProbe

# set_config(…, true) is SET LOCAL: it ends with the transaction, so it leaks to nobody behind a pooler.
_VERSION = text(
    "SELECT set_config('statement_timeout', :milliseconds, true),"
    " current_setting('server_version'), version(),"
    " EXISTS (SELECT 1 FROM pg_catalog.pg_proc WHERE proname = 'aurora_version')"
)
# The server cuts what no honest row has: a row of any length would otherwise be taken in whole.
_SCHEMA = text(
    f"SELECT left(db_name, 256), left(curr_version, 256), own FROM (SELECT {ROWS})"  # noqa: S608
    " AS rows (db_name, curr_version, own)"
)

#: Whether the visibility schema's extension is there, else whether whoever owns the schema may create it:
#: from 13 on by a right on the database, before that as a superuser alone.
_EXTENSION = text(
    "SELECT CASE WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'btree_gin') THEN 'installed'"
    " WHEN NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'btree_gin') THEN 'absent'"
    " WHEN EXISTS (SELECT FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
    " WHERE c.oid = to_regclass('schema_version') AND (r.rolsuper"
    " OR (current_setting('server_version_num')::int >= 130000"
    " AND has_database_privilege(r.oid, current_database(), 'CREATE')))) THEN 'creatable'"
    " ELSE 'not_creatable' END"
)

_CATALOGUE = text(catalogue.QUESTION)
_START = text(catalogue_start.QUESTION)

#: Words of version() by which relatives that speak the protocol give themselves away. Aurora's has none, but
#: a function of its own: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora_version.html
_FLAVORS = {"CockroachDB": "cockroachdb", "-YB-": "yugabytedb"}


def open_probe(settings: PostgreSql, *asks: str) -> PostgreSqlProbe:
    """A probe of one database, which may also be asked for its `extension`."""
    return PostgreSqlProbe(settings, asks_extension="extension" in asks)


class PostgreSqlProbe(SqlProbe):
    """Reads by psycopg."""

    def __init__(self, settings: PostgreSql, *, asks_extension: bool = False) -> None:
        self._settings = settings
        self._asks_extension = asks_extension
        super().__init__("postgresql+psycopg", settings.database, settings.user, use_native_hstore=False)

    def prepare(self, dialect: Any) -> None:
        # The dialect would parse version() to learn what SQL to write, and fails on relatives. No SQL
        # here depends on it.
        vars(dialect)["_get_server_version_info"] = lambda connection: (9, 6)

    def ask(self, connection: Connection) -> Facts:
        milliseconds = str(math.ceil(self.timeout * 1000))
        _, version, full, has_aurora = connection.execute(_VERSION, {"milliseconds": milliseconds}).one()
        if version is None or full is None:
            raise ProbeError(Reason.BAD_ANSWER, "the server tells no version")
        schema = self.schema(connection, _SCHEMA, {})
        asks = self._asks_extension and schema.version is not None
        settings, limits = _settings(connection) if asks else ({}, ())
        writes, tables = ({}, None) if limits or not schema.version else _start(connection)
        return Facts(
            component="postgresql",
            nodes=(Node(str(version)),),
            flavor=_flavor(full, has_aurora),
            schema=schema,
            shape=_shape(connection) if self._settings.inspect_schema and schema.version else None,
            tables=tables,
            settings={**settings, **writes},
            limits=limits,
        )

    def connect(self) -> Any:
        settings = self._settings
        timeout = self.timeout
        seconds = str(max(int(timeout), 1))
        parameters: dict[str, Any] = {
            "host": settings.host,
            "port": str(settings.port),
            "user": settings.user,
            "dbname": settings.database,
            "connect_timeout": seconds,
            # A peer that vanished is noticed by the kernel even while nothing is sent.
            "keepalives_idle": seconds,
            "keepalives_interval": seconds,
            "keepalives_count": "2",
            "tcp_user_timeout": str(int(timeout * 1000)),
            "application_name": "temporal-compat-agent",
            # A database in SQL_ASCII would otherwise answer in bytes.
            "client_encoding": "UTF8",
            # As the documentation says, whatever PGSSLMODE says to others.
            "sslmode": "prefer",
            # Behind a pooler a prepared statement may not be there the next time.
            "prepare_threshold": None,
        }
        if settings.secret is not None:
            parameters["password"] = settings.secret.read()
        if settings.tls is not None:
            parameters.update(_tls(settings))
        return _Connection.connect(**parameters)

    def socket_of(self, connection: Any) -> socket.socket:
        connection.read_only = True
        return socket.socket(fileno=os.dup(connection.fileno()))

    def reason(self, error: BaseException | None) -> Reason:
        return _reason(error)


class _TooLargeError(psycopg.OperationalError):
    """More bytes than any honest answer has."""


class _Connection(psycopg.Connection[Any]):
    """Ends what the server goes on sending: libpq itself keeps all of it, to the last row."""

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return super().wait(_bounded(gen, self.fileno()), *arguments, **options)
        except _TooLargeError:
            # Else a rollback would wait for the end of the answer.
            self.pgconn.finish()
            raise

    @classmethod
    def _connect_gen(cls, conninfo: str = "") -> Any:
        # Not promised by psycopg. Should it be called no more, what the greeting brings counts no more.
        return _bounded(super()._connect_gen(conninfo))


def _bounded(steps: Generator[Any, Any, Any], descriptor: int | None = None) -> Generator[Any, Any, Any]:
    """The same steps, until more has come in than MAX_ANSWER.

    Without a descriptor each step names its own, as psycopg has it while connecting.
    """
    before = 0 if descriptor is None else _received(descriptor)
    try:
        wants = next(steps)
        while True:
            ready = yield wants
            _check(_received(wants[0] if descriptor is None else descriptor) - before)
            wants = steps.send(ready)
    except StopIteration as end:
        if descriptor is not None:
            _check(_received(descriptor) - before)
        return end.value


def _check(length: int) -> None:
    if length > MAX_ANSWER:
        raise _TooLargeError(f"the answer is larger than {MAX_ANSWER} bytes")


def _received(descriptor: int) -> int:
    """The bytes that have come in by this connection, or 0 where the kernel does not tell.

    Linux does, for TCP: `tcpi_bytes_received` in its struct tcp_info (include/uapi/linux/tcp.h).
    """
    connection = socket.socket(fileno=descriptor)
    try:
        information = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 136)
    except (AttributeError, OSError):
        return 0
    finally:
        connection.detach()
    return int.from_bytes(information[128:], sys.byteorder)


def _flavor(version: str, has_aurora: bool) -> str:
    if has_aurora:
        return "aurora-postgresql"
    return next((name for word, name in _FLAVORS.items() if word in version), "")


def _settings(connection: Connection) -> tuple[Mapping[str, str], tuple[Failure, ...]]:
    """Read last: where a relative has no such catalogue, the transaction is of no more use."""
    try:
        return {"btree_gin": str(connection.execute(_EXTENSION).scalar_one())}, ()
    except DBAPIError as error:
        if error.connection_invalidated or _reason(error.orig) in _BROKEN:
            raise
        return {}, (Failure(_reason(error.orig), f"btree_gin: {error.orig}"),)


def _start(connection: Connection) -> tuple[dict[str, str], frozenset[str] | None]:
    """Settings about writing, and the tables; neither where a relative cannot answer."""
    try:
        return catalogue_start.read(connection.execute(_START).one())
    except (InvalidRequestError, ValueError):
        return {}, None
    except DBAPIError as error:
        if error.connection_invalidated or _reason(error.orig) in _BROKEN:
            raise
        return {}, None


def _shape(connection: Connection) -> Shape:
    """The last of all, for the same reason."""
    try:
        return catalogue.read(connection.execute(_CATALOGUE).all())
    except DBAPIError as error:
        if error.connection_invalidated or _reason(error.orig) is Reason.TIMEOUT:
            raise
        return unreadable(Failure(_reason(error.orig), f"the catalogue: {error.orig}"))


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


#: After these the connection is of no more use.
_BROKEN = (Reason.TIMEOUT, Reason.ANSWER_TOO_LARGE)

_BY_STATE = {
    "28P01": Reason.AUTHENTICATION_FAILED,
    "28000": Reason.AUTHENTICATION_FAILED,
    "3D000": Reason.DATABASE_MISSING,
    "42501": Reason.PERMISSION_DENIED,
    "42P01": Reason.SCHEMA_TABLE_MISSING,
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
    ("received invalid", Reason.BAD_ANSWER),
    ("results from command", Reason.BAD_ANSWER),
    ("certificate", Reason.TLS_FAILED),
    ("ssl", Reason.TLS_FAILED),
    ("expected authentication request", Reason.BAD_ANSWER),
)


def _reason(error: BaseException | None) -> Reason:
    if isinstance(error, errors.ConnectionTimeout):
        return Reason.TIMEOUT
    if isinstance(error, _TooLargeError):
        return Reason.ANSWER_TOO_LARGE
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return _BY_STATE.get(state, Reason.BAD_ANSWER)
    if isinstance(error, psycopg.ProgrammingError):
        # The library's own word on an answer that is none.
        return Reason.BAD_ANSWER
    # Names of hosts, users and databases say nothing of what went wrong.
    words = re.sub(r'"[^"]*"', '""', str(error).lower())
    return next((reason for phrase, reason in _BY_TEXT if phrase in words), Reason.UNREACHABLE)
