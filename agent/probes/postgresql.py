"""A PostgreSQL database of Temporal: its version, its flavour, its schema version, its extension."""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from agent.components.registry import detect
from agent.config import PostgreSql
from agent.model.observation import Facts, Failure, Node, SchemaCatalog
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError
from agent.probes.catalog import postgresql as catalogue
from agent.probes.catalog import postgresql_start as catalogue_start
from agent.probes.catalog.normalize import unreadable
from agent.probes.transport.libpq import libpq_reason, open_libpq
from agent.probes.transport.secrets import read_secret
from agent.probes.transport.sockets import connect, places
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
        settings, gaps = _settings(connection) if asks else ({}, ())
        writes, tables = ({}, None) if gaps or not schema.version else _start(connection)
        found = detect("postgresql", {"version": full, "has_aurora_version": "true" if has_aurora else ""})
        return Facts(
            component=found.component,
            nodes=(Node(found.version or str(version)),),
            flavor=found.flavor,
            schema=schema,
            shape=_shape(connection) if self._settings.inspect_schema and schema.version else None,
            tables=tables,
            settings={**settings, **writes},
            gaps=gaps,
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
            parameters["password"] = read_secret(settings.secret)
        if settings.host.startswith(("/", "@")):
            # A folder of Unix sockets.
            return open_libpq(parameters, None, settings.tls, self.end)
        if settings.tls is not None and settings.tls.server_name:
            # What libpq verifies; where it connects to is `hostaddr`.
            parameters["host"] = settings.tls.server_name
        parameters["hostaddr"] = self._address()
        return open_libpq(parameters, (settings.host, settings.port), settings.tls, self.end)

    def _address(self) -> str:
        """The address that libpq is to connect to: of several, one that accepts a connection."""
        address = self._settings.host, self._settings.port
        found = {str(place[4][0]) for place in places(*address)}
        if len(found) == 1:
            return found.pop()
        with connect(address, self.end, self.handle) as opened:
            return str(opened.getpeername()[0])

    def socket_of(self, connection: Any) -> socket.socket:
        connection.read_only = True
        return socket.socket(fileno=os.dup(connection.fileno()))

    def reason(self, error: BaseException | None) -> Reason:
        return libpq_reason(error)


def _settings(connection: Connection) -> tuple[Mapping[str, str], tuple[Failure, ...]]:
    """Read last: where a relative has no such catalogue, the transaction is of no more use."""
    try:
        return {"btree_gin": str(connection.execute(_EXTENSION).scalar_one())}, ()
    except DBAPIError as error:
        if error.connection_invalidated or libpq_reason(error.orig) in _BROKEN:
            raise
        return {}, (Failure(libpq_reason(error.orig), f"btree_gin: {error.orig}"),)


def _start(connection: Connection) -> tuple[dict[str, str], frozenset[str] | None]:
    """Settings about writing, and the tables; neither where a relative cannot answer."""
    try:
        return catalogue_start.read(connection.execute(_START).one())
    except (InvalidRequestError, ValueError):
        return {}, None
    except DBAPIError as error:
        if error.connection_invalidated or libpq_reason(error.orig) in _BROKEN:
            raise
        return {}, None


def _shape(connection: Connection) -> SchemaCatalog:
    """The last of all, for the same reason."""
    try:
        return catalogue.read(connection.execute(_CATALOGUE).all())
    except DBAPIError as error:
        if error.connection_invalidated or libpq_reason(error.orig) is Reason.TIMEOUT:
            raise
        return unreadable(Failure(libpq_reason(error.orig), f"the catalogue: {error.orig}"))


#: After these the connection is of no more use.
_BROKEN = (Reason.TIMEOUT, Reason.ANSWER_TOO_LARGE)
