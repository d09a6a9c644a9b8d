"""A PostgreSQL database of Temporal: its version, flavour, schema version and extension."""

from __future__ import annotations

import math
import os
import socket
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from agent.config import PostgreSql
from agent.model.observation import Facts, Node
from agent.model.vocabulary import Reason
from agent.probes.catalog import postgresql_store as store
from agent.probes.parsing.shared import Shared
from agent.probes.transport.libpq import LibpqError, is_usable, libpq_reason, open_libpq
from agent.probes.transport.postgresql_protocol import demands_tls
from agent.probes.transport.secrets import read_secret
from agent.probes.transport.sockets import connect, places
from agent.probes.transport.sql import SqlProbe

#: Ways to log in that do not give away the password; `none` is also what follows a client certificate.
#: PostgreSQL before 10 has no SCRAM. Kerberos is not here: its tickets are of the agent's environment.
_LOGINS = "scram-sha-256,md5,none"


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

    def ask(self, connection: Any) -> Facts:
        # Imports SQLAlchemy, which most stores never need.
        module = import_module("agent.probes.catalog.postgresql_engine")
        reading = module.Reading(self, connection, self._settings, self._limit, self._reads_extension)
        facts: Facts
        facts, self._answers_all = reading.facts()
        return replace(facts, demands_tls=self._demands_tls)

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
            known_answers = known.answers if known else None
            answers = self._questions.ask(driver, self._limit()["milliseconds"], known_answers)
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
        if facts is None:
            return None
        self._known = _READS.of(_Read(answers, facts))
        return self._known.facts

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
        return demands_tls((host, self._settings.port), self.user, self.database, self.end, self.handle)

    def _address(self) -> str:
        """The address for libpq to connect to: among several, one that accepts a connection."""
        address = self._settings.host, self._settings.port
        found = {str(place[4][0]) for place in places(*address, self.end)}
        if len(found) == 1:
            return found.pop()
        with connect(address, self.end, self.handle) as opened:
            return str(opened.getpeername()[0])

    def socket_of(self, connection: Any) -> socket.socket:
        connection.own = socket.socket(fileno=os.dup(connection.fileno()))
        return connection.own  # type: ignore[no-any-return]

    def reason(self, error: BaseException | None) -> Reason:
        return libpq_reason(error)
