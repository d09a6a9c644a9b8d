"""libpq by psycopg: its parameters for TLS, a bound on what a server sends, and what its errors mean."""

from __future__ import annotations

import math
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from functools import cache
from typing import Any

import psycopg
from psycopg import errors, pq

from agent.config import Tls
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError
from agent.probes.transport.connection import diagnose
from agent.probes.transport.postgresql_protocol import RefusedError, request_tls
from agent.probes.transport.reasons import sqlstate_reason
from agent.probes.transport.sockets import AbortHandle, Address, connect
from agent.probes.transport.tls import check_private_key_mode, tls_context

#: Every error of the driver.
LibpqError = psycopg.Error

#: Reasons without an answer of PostgreSQL; a connection of our own finds out more.
_NO_ANSWER = (Reason.UNREACHABLE, Reason.TLS_FAILED, Reason.BAD_ANSWER)


def open_libpq(parameters: dict[str, Any], address: Address | None, tls: Tls | None, end: float) -> Any:
    """A new read-only connection of psycopg, made before the monotonic time `end`.

    `address`: None for a Unix socket.

    Raises:
        ProbeError: it cannot be made, for a reason that a connection of our own finds, too.
        psycopg.Error: for any other reason.
    """
    _connecting.end = end
    _forget_environment()
    own = parameters | (_tls_parameters(tls) if tls is not None else {})
    try:
        connection = _Connection.connect(**(_defaults() | own))
        connection.read_only = True
        return connection
    except psycopg.OperationalError as error:
        if "authentication method requirement" in str(error):
            raise ProbeError(Reason.AUTHENTICATION_FAILED, _WANTS_CLEAR_TEXT) from error
        if address is None or libpq_reason(error) not in _NO_ANSWER:
            raise
        raise _look(address, tls, end) or error from error


_WANTS_CLEAR_TEXT = (
    "the server wants the password in clear text, and nobody has verified the server: configure `tls`,"
    " or set allow_cleartext_password: true"
)

#: What libpq reads while it connects and no parameter overrides (libpq's manual, "Environment Variables").
_NO_PARAMETER = ("PGSERVICE", "PGDATESTYLE", "PGTZ", "PGGEQO")

#: libpq takes an empty path for its default in ~/.postgresql or ~/.pgpass. No file can be at this path.
_NO_FILE = f"{os.devnull}/none"
_FILES = ("passfile", "sslcert", "sslkey", "sslrootcert", "sslcrl")

#: What libpq refuses to have empty, with what it uses by default (18: fe-connect.c, pqConnectOptions2).
_NEEDED = {"min_protocol_version": "3.0", "max_protocol_version": "3.0"}


def _forget_environment() -> None:
    for name in _NO_PARAMETER:
        os.environ.pop(name, None)


@cache
def _defaults() -> dict[str, str]:
    """Every parameter that libpq would else take from the environment or from the user's files."""
    found = {
        (name := option.keyword.decode()): _NEEDED.get(name, (option.compiled or b"").decode())
        for option in psycopg.pq.Conninfo.get_defaults()
        if option.envvar is not None and option.keyword != b"service"
    }
    return found | dict.fromkeys(_FILES, _NO_FILE) | {"sslcertmode": "disable"}


class _TooLargeError(psycopg.OperationalError):
    """More bytes than any honest answer has."""


#: `end`: the monotonic time at which the connection that this thread makes must be made.
_connecting = threading.local()


class _Connection(psycopg.Connection[Any]):
    """Stops the server from sending more: libpq itself keeps every row."""

    #: Another descriptor of its socket. A new object for each look would cost more than the look.
    own: socket.socket | None = None

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return super().wait(_bounded(gen, self.own or self.fileno()), *arguments, **options)
        except _TooLargeError:
            # Else a rollback would wait for the end of the answer.
            self.pgconn.finish()
            raise

    @classmethod
    def _connect_gen(cls, conninfo: str = "", **options: Any) -> Any:
        # Not promised by psycopg. Should it be called no more, its own timeout of whole seconds counts. The
        # oldest allowed psycopg gives that timeout as an option.
        return _bounded(super()._connect_gen(conninfo, **options), end=_connecting.end)


def is_usable(connection: Any) -> bool:
    """Whether the connection can be used after an error. Its transaction is rolled back."""
    # While an answer is under way, a rollback would wait for its end.
    if connection.pgconn.transaction_status != pq.TransactionStatus.ACTIVE:
        with suppress(psycopg.Error):
            connection.rollback()
    return bool(connection.pgconn.transaction_status == pq.TransactionStatus.IDLE)


def _bounded(
    steps: Generator[Any, Any, Any], place: socket.socket | int | None = None, end: float = math.inf
) -> Generator[Any, Any, Any]:
    """The same steps, until more has come in than MAX_ANSWER, or the monotonic time `end` has come.

    `place`: the socket or its descriptor. Without it each step names its own, as psycopg has it while
    connecting.
    """
    before = 0 if place is None else _received(place)
    try:
        wants = next(steps)
        while True:
            ready = yield wants
            if time.monotonic() > end:
                raise errors.ConnectionTimeout("no answer before the deadline")
            _check(_received(wants[0] if place is None else place) - before)
            wants = steps.send(ready)
    except StopIteration as end:
        if place is not None:
            _check(_received(place) - before)
        return end.value


def _check(length: int) -> None:
    if length > MAX_ANSWER:
        raise _TooLargeError(f"the answer is larger than {MAX_ANSWER} bytes")


def _received(place: socket.socket | int) -> int:
    """The bytes that have come in by this connection, or 0 where the kernel does not say.

    Linux does, for TCP: `tcpi_bytes_received` in its struct tcp_info (include/uapi/linux/tcp.h).
    """
    if isinstance(place, int):
        try:
            # With these three Python does not ask the kernel for them.
            connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=place)
        except OSError:
            # libpq has closed the connection: the server did so first.
            return 0
        try:
            return _received(connection)
        finally:
            connection.detach()
    try:
        # A Unix socket has no such information.
        information = place.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 136)
    except (AttributeError, OSError):
        return 0
    return int.from_bytes(information[128:], sys.byteorder)


def _tls_parameters(tls: Tls) -> dict[str, str]:
    # libpq takes a missing certificate for none, and a wrong authority for a problem of the database.
    tls_context(tls)
    check_private_key_mode(tls)
    parameters = {
        # With a file of authorities `require` still checks the certificate, as for the server.
        "sslmode": "verify-full" if tls.verifies else "require",
        "sslrootcert": tls.ca_file or ("system" if tls.verifies else None),
        "sslcert": tls.cert_file,
        "sslkey": tls.key_file,
        "sslcertmode": "allow" if tls.cert_file else None,
    }
    return {key: value for key, value in parameters.items() if value}


def _look(address: Address, tls: Tls | None, end: float) -> ProbeError | None:
    """Why there is no connection; None: libpq's own error says it.

    Without `tls`, an answer to the request for TLS is enough: from 17 on PostgreSQL also takes TLS from the
    first byte, so the port alone does not show whether TLS is missing.
    """
    if tls is None:
        try:
            with connect(address, min(end, time.monotonic() + 1.0), AbortHandle()) as opened:
                request_tls(opened)
            return None
        except RefusedError as error:
            return error
        except ProbeError as error:
            if error.failure.reason is Reason.TLS_FAILED:
                return None
        except OSError:
            pass
        return diagnose(address, None, end)
    return diagnose(address, tls, end, request_tls)


#: libpq gives no SQLSTATE for errors while connecting, so its texts decide.
_BY_TEXT = (
    ("password authentication failed", Reason.AUTHENTICATION_FAILED),
    ("no password supplied", Reason.AUTHENTICATION_FAILED),
    ("no pg_hba.conf entry", Reason.AUTHENTICATION_FAILED),
    ('role "" does not exist', Reason.AUTHENTICATION_FAILED),
    ("does not exist", Reason.DATABASE_MISSING),
    ("permission denied", Reason.PERMISSION_DENIED),
    ("timeout expired", Reason.TIMEOUT),
    ("received invalid", Reason.BAD_ANSWER),
    ("results from command", Reason.BAD_ANSWER),
    ("certificate", Reason.TLS_FAILED),
    ("ssl", Reason.TLS_FAILED),
    ("expected authentication request", Reason.BAD_ANSWER),
)


def libpq_reason(error: BaseException | None) -> Reason:
    if isinstance(error, errors.ConnectionTimeout):
        return Reason.TIMEOUT
    if isinstance(error, _TooLargeError):
        return Reason.ANSWER_TOO_LARGE
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return sqlstate_reason(state)
    if isinstance(error, psycopg.ProgrammingError):
        # The library's own word on an answer that is none.
        return Reason.BAD_ANSWER
    # Names of hosts, users and databases say nothing of what went wrong.
    words = re.sub(r'"[^"]*"', '""', str(error).lower())
    return next((reason for phrase, reason in _BY_TEXT if phrase in words), Reason.UNREACHABLE)
