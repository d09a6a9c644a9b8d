"""A PostgreSQL database of Temporal: its version, flavour, schema version and extension."""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from agent.components.registry import Detected
from agent.config import PostgreSql
from agent.model.observation import Facts, Failure, Node, SchemaCatalog, SchemaRow
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError
from agent.probes.catalog import postgresql as catalogue
from agent.probes.catalog import postgresql_home as home
from agent.probes.catalog import postgresql_product as product
from agent.probes.catalog import postgresql_start as catalogue_start
from agent.probes.catalog import postgresql_store as store
from agent.probes.catalog.normalize import unreadable
from agent.probes.shared import Shared
from agent.probes.transport.libpq import LibpqError, is_usable, libpq_reason, open_libpq
from agent.probes.transport.postgresql_protocol import demands_tls
from agent.probes.transport.secrets import read_secret
from agent.probes.transport.sockets import connect, places
from agent.probes.transport.sql import SqlProbe

_PRODUCT, _NAME = text(product.QUESTION), text(product.NAME)
_LIMIT = text(f"SELECT {product.LIMIT}")
_HOMES, _SET_PATH = text(home.QUESTION), text(home.SET_PATH)
_SCHEMA, _EXTENSION = text(store.SCHEMA), text(store.EXTENSION)

#: Ways to log in that do not give away the password; `none` is also what follows a client certificate.
#: PostgreSQL before 10 has no SCRAM. Kerberos is not here: its tickets are of the agent's environment.
_LOGINS = "scram-sha-256,md5,none"

_START = text(catalogue_start.QUESTION)
_CATALOGUE = text(catalogue.QUERY)


@dataclass(frozen=True)
class _Read:
    """The answers of a store, and what they mean."""

    answers: store.Answers
    facts: Facts


#: The last reads of all stores.
_READS = Shared[_Read]()


def open_probe(settings: PostgreSql, *options: str) -> PostgreSqlProbe:
    """A probe of one database.

    With the option `extension` it also reads whether btree_gin is installed. With `tls_demand` each new
    connection also finds out whether the server refuses one without TLS.
    """
    return PostgreSqlProbe(
        settings, reads_extension="extension" in options, tries_plain="tls_demand" in options
    )


class PostgreSqlProbe(SqlProbe):
    """Reads with psycopg."""

    def __init__(
        self, settings: PostgreSql, *, reads_extension: bool = False, tries_plain: bool = False
    ) -> None:
        self._settings = settings
        self._tries_plain = tries_plain
        #: Whether the server refuses connections without TLS, found out with the connection that is kept.
        self._demands_tls: bool | None = None
        self._reads_extension = reads_extension
        self._questions = store.Questions(
            settings.database, settings.user, settings.search_path or "", reads_extension
        )
        #: Whether `ask_driver` can read the target: the last read had an answer to every question.
        self._answers_all = not settings.inspect_schema
        #: What `ask_driver` read last.
        self._known: _Read | None = None
        super().__init__("postgresql+psycopg", settings.database, settings.user, use_native_hstore=False)

    def prepare(self, dialect: Any) -> None:
        # The dialect would parse version() to learn what SQL to write, and fails on compatible databases. The
        # probe's own SQL does not need it.
        vars(dialect)["_get_server_version_info"] = lambda connection: (9, 6)

    def ask(self, connection: Connection) -> Facts:
        found, version, is_relative = self._identify(connection)
        problem = self._enter_schema(connection)
        schema = SchemaRow(None, problem) if problem else self.schema(connection, _SCHEMA, {})
        reads_extension = self._reads_extension and schema.version is not None
        settings, gaps = _settings(connection) if reads_extension else ({}, ())
        shape = _shape(connection) if self._settings.inspect_schema and schema.version else None
        # The last: a compatible database may lack these catalogues, and the error ends the transaction.
        writes, tables = ({}, None) if gaps or not schema.version else _start(connection)
        self._answers_all = shape is None and tables is not None and not is_relative
        return Facts(
            component=found.component,
            nodes=(Node(version),),
            flavor=found.flavor,
            schema=schema,
            shape=shape,
            tables=tables,
            settings={**settings, **writes},
            demands_tls=self._demands_tls,
            gaps=gaps,
        )

    def ask_driver(self) -> Facts | None:
        """The same questions in two or three messages, or in one after a read that had an answer to each.

        With `inspect_schema`, and for products that cannot answer every question, it is not done.
        """
        if not self._answers_all:
            self._known = None
            return None
        is_kept = self.keeps_driver
        facts = self._ask_driver()
        if facts is None and is_kept and not self.keeps_driver:
            # The kept connection has ended since the last read.
            facts = self._ask_driver()
        self._answers_all = facts is not None
        return facts

    def _ask_driver(self) -> Facts | None:
        known, self._known = self._known, None
        try:
            driver = self.driver()
        except LibpqError as error:
            raise self.failure(error) from error
        try:
            answers = self._questions.ask(driver, self._limit()["milliseconds"], known and known.answers)
        except (LibpqError, LookupError, TypeError, ValueError) as error:
            if not is_usable(driver):
                self.drop_driver()
            if self.handle.is_aborted:
                raise self.failure(error) from error
            return None
        if known and answers is known.answers:
            self._known = known
            return known.facts
        facts = self._facts(answers)
        self._known = _READS.of(_Read(answers, facts)) if facts else None
        return self._known and self._known.facts

    def _facts(self, read: store.Answers) -> Facts | None:
        schema = self.schema_row(read.rows)
        if schema.version is None or read.tables is None:
            return None
        return Facts(
            component=read.found.component,
            nodes=(Node(read.version),),
            flavor=read.found.flavor,
            schema=schema,
            tables=read.tables,
            settings=read.settings,
            demands_tls=self._demands_tls,
        )

    def _identify(self, connection: Connection) -> tuple[Detected, str, bool]:
        """The product, its version, and whether it lacks the catalogues of PostgreSQL."""
        try:
            _, version, full, names = connection.execute(_PRODUCT, self._limit()).one()
        except DBAPIError as error:
            if error.connection_invalidated or libpq_reason(error.orig) in _CONNECTION_LOST:
                raise
            connection.rollback()
            connection.execute(_LIMIT, self._limit())
            return *product.read_name(str(connection.execute(_NAME).scalar_one())), True
        if version is None or full is None:
            raise ProbeError(Reason.BAD_ANSWER, "the server reports no version")
        return *product.read(str(version), str(full), str(names)), False

    def _enter_schema(self, connection: Connection) -> Failure | None:
        """Make the server's `search_path` that of this transaction; or why it is not known."""
        if self._settings.search_path:
            connection.execute(_SET_PATH, {"path": self._settings.search_path})
            return None
        try:
            homes = home.read(connection.execute(_HOMES, {"table": home.TABLE}).all())
            found = home.path_to(homes, self._database, self._user)
        except (InvalidRequestError, TypeError):
            return None
        except DBAPIError as error:
            if error.connection_invalidated or libpq_reason(error.orig) in _CONNECTION_LOST:
                raise
            # A compatible product without this catalogue: its own path decides.
            connection.rollback()
            connection.execute(_LIMIT, self._limit())
            return None
        if isinstance(found, str):
            connection.execute(_SET_PATH, {"path": found})
        return found if isinstance(found, Failure) else None

    def _limit(self) -> dict[str, str]:
        return {"milliseconds": str(math.ceil(self.timeout * 1000))}

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
            # The kernel notices a vanished peer even while nothing is sent.
            "keepalives_idle": seconds,
            "keepalives_interval": seconds,
            "keepalives_count": "2",
            "tcp_user_timeout": str(int(timeout * 1000)),
            "application_name": "temporal-compat-agent",
            # Otherwise a database in SQL_ASCII returns bytes.
            "client_encoding": "UTF8",
            "sslmode": "prefer",
            # Behind a pooler, the next query may reach a server without the prepared statement.
            "prepare_threshold": None,
        }
        if settings.secret is not None:
            parameters["password"] = read_secret(settings.secret)
        is_verified = settings.tls is not None and settings.tls.verifies
        may_send = is_verified or settings.allow_cleartext_password
        parameters["require_auth"] = f"{_LOGINS},password" if may_send else _LOGINS
        if settings.host.startswith(("/", "@")):
            # A directory of Unix sockets.
            return open_libpq(parameters, None, settings.tls, self.end)
        if settings.tls is not None and settings.tls.server_name:
            # libpq verifies this name, and connects to `hostaddr`.
            parameters["host"] = settings.tls.server_name
        parameters["hostaddr"] = self._address()
        connection = open_libpq(parameters, (settings.host, settings.port), settings.tls, self.end)
        self._demands_tls = self._try_plain(connection, parameters["hostaddr"])
        return connection

    def _try_plain(self, connection: Any, host: str) -> bool | None:
        if not self._tries_plain:
            return None
        if not connection.pgconn.ssl_in_use:
            return False
        return demands_tls((host, self._settings.port), self._user, self._database, self.end, self.handle)

    def _address(self) -> str:
        """The address for libpq to connect to: among several, one that accepts a connection."""
        address = self._settings.host, self._settings.port
        found = {str(place[4][0]) for place in places(*address, self.end)}
        if len(found) == 1:
            return found.pop()
        with connect(address, self.end, self.handle) as opened:
            return str(opened.getpeername()[0])

    def socket_of(self, connection: Any) -> socket.socket:
        return socket.socket(fileno=os.dup(connection.fileno()))

    def reason(self, error: BaseException | None) -> Reason:
        return libpq_reason(error)


def _settings(connection: Connection) -> tuple[Mapping[str, str], tuple[Failure, ...]]:
    """Read late: a compatible database may lack this catalogue, and the error ends the transaction."""
    try:
        return {"btree_gin": str(connection.execute(_EXTENSION).scalar_one())}, ()
    except DBAPIError as error:
        if error.connection_invalidated or libpq_reason(error.orig) in _CONNECTION_LOST:
            raise
        return {}, (
            Failure(libpq_reason(error.orig), f"cannot read whether btree_gin is installed: {error.orig}"),
        )


def _start(connection: Connection) -> tuple[dict[str, str], frozenset[str] | None]:
    """Settings about writing, and the tables; neither where a relative cannot answer."""
    try:
        return catalogue_start.read(connection.execute(_START).one())
    except (InvalidRequestError, ValueError):
        return {}, None
    except DBAPIError as error:
        if error.connection_invalidated or libpq_reason(error.orig) in _CONNECTION_LOST:
            raise
        return {}, None


def _shape(connection: Connection) -> SchemaCatalog:
    """Read last, for the same reason."""
    try:
        return catalogue.read(connection.execute(_CATALOGUE).all())
    except DBAPIError as error:
        if error.connection_invalidated or libpq_reason(error.orig) is Reason.TIMEOUT:
            raise
        return unreadable(Failure(libpq_reason(error.orig), f"cannot read the catalogue: {error.orig}"))


#: After these the connection cannot be used any more.
_CONNECTION_LOST = (Reason.TIMEOUT, Reason.ANSWER_TOO_LARGE)
