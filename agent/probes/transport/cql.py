"""One connection to a Cassandra node: the driver's protocol over a plain socket, in the thread that reads.

The driver's own sessions keep pools, threads and events for every store, and know no deadline for all that
they do. Here nothing goes on between two reads.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable
from typing import Any

from cassandra import AuthenticationFailed, ConsistencyLevel, ProtocolVersion
from cassandra.auth import PlainTextAuthenticator
from cassandra.connection import DRIVER_NAME, DRIVER_VERSION
from cassandra.connection import Connection as DriverConnection
from cassandra.protocol import ErrorMessage, ProtocolException, QueryMessage, StartupMessage

from agent.config import Cassandra
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError
from agent.probes.transport.connection import open_connection, receive_first
from agent.probes.transport.cql_decoder import decode
from agent.probes.transport.reasons import cql_reason, probe_error
from agent.probes.transport.secrets import read_secret
from agent.probes.transport.sockets import AbortHandle, Address, seconds_left

Row = dict[str, Any]

#: Cassandra 2.2 and later and its relatives speak V4; a server may be configured for its newest version only.
_PROTOCOLS = (ProtocolVersion.V4, ProtocolVersion.V5)

#: Errors of the protocol's version and of a login (native protocol v4, 9).
_HANDLED_BY_DRIVER = (0x000A, 0x0100)

# Its tracebacks quote whole answers; the probe reports what went wrong.
logging.getLogger("cassandra").setLevel(logging.CRITICAL)


class RefusedError(Exception):
    """The server understood the question and answers with an error of its own."""

    def __init__(self, answer: ErrorMessage) -> None:
        super().__init__(str(answer.message))
        self.code: int = answer.code

    @property
    def is_invalid(self) -> bool:
        """What the question names is not there."""
        return self.code == 0x2200

    @property
    def reason(self) -> Reason:
        return cql_reason(self.code)


class _Session(DriverConnection):  # type: ignore[misc] # the driver has no types
    """The driver's protocol, which only lacks a way to move bytes."""

    def __init__(
        self, connected: socket.socket, address: Address, version: int, login: Any, handle: AbortHandle
    ) -> None:
        super().__init__(*address, login, compression=False, protocol_version=version)
        self._socket = connected
        self._address = address
        self._handle = handle
        #: Whether nothing has come yet on a connection without TLS.
        self._may_want_tls = not isinstance(connected, ssl.SSLSocket)

    def greet(self, end: float) -> None:
        """Begin the session, and log in where the server asks for it."""
        self._until(self.connected_event.is_set, end, self._send_options_message)

    def ask(self, message: QueryMessage, end: float) -> Any:
        """What answers the message."""
        answers: list[Any] = []
        self._until(
            lambda: bool(answers), end, lambda: self.send_msg(message, self.get_request_id(), answers.append)
        )
        return answers[0]

    def send_msg(self, msg: Any, request_id: int, cb: Callable[[Any], object], **_how: Any) -> Any:
        """Whatever is sent, its answer is decoded with care."""
        return super().send_msg(msg, request_id, self._by_code(cb), decoder=decode)

    def _by_code(self, callback: Callable[[Any], object]) -> Callable[[Any], object]:
        """The driver keeps only the text of an error that answers its greeting, so its code is kept here."""

        def handle(answer: Any) -> None:
            is_error = isinstance(answer, ErrorMessage) and answer.code not in _HANDLED_BY_DRIVER
            if is_error and not self.connected_event.is_set():
                self.defunct(RefusedError(answer))
            else:
                callback(answer)

        return handle

    def process_msg(self, header: Any, body: bytes) -> None:
        """Only what answers something: for events, which have other streams, nobody asked."""
        if header.stream >= 0:
            super().process_msg(header, body)

    def _send_startup_message(self, compression: None = None, no_compact: bool = False) -> None:
        """Also says who asks: `nodetool clientstats` and system_views.clients show it."""
        options = {
            "APPLICATION_NAME": "temporal-compat-agent",
            "DRIVER_NAME": DRIVER_NAME,
            "DRIVER_VERSION": DRIVER_VERSION,
        }
        message = StartupMessage(cqlversion=self.cql_version, options=options)
        self.send_msg(message, self.get_request_id(), cb=self._handle_startup_response)

    def push(self, data: bytes) -> None:
        self._socket.sendall(data)

    def close(self) -> None:
        self.is_closed = True
        self._socket.close()

    def _until(self, done: Callable[[], bool], end: float, begin: Callable[[], object]) -> None:
        self._socket.settimeout(seconds_left(end))
        begin()
        size = 0
        while not done() and self.last_error is None:
            received = self._receive(end)
            if not received:
                raise ConnectionResetError("the server closed the connection")
            size += len(received)
            if size > MAX_ANSWER:
                raise ProbeError(Reason.ANSWER_TOO_LARGE, f"an answer of more than {MAX_ANSWER} bytes")
            self._iobuf.write(received)
            self.process_io_buffer()
        if self.last_error is not None:
            raise self.last_error

    def _receive(self, end: float) -> bytes:
        if self._may_want_tls:
            received = receive_first(self._socket, 65536, self._address, end, self._handle)
            self._may_want_tls = False
            return received
        self._socket.settimeout(seconds_left(end))
        return self._socket.recv(65536)


class CqlConnection:
    """A connection that can be ended from another thread, also while it is being made."""

    def __init__(self, settings: Cassandra, host: str) -> None:
        self._settings = settings
        self.host = host
        self._socket: socket.socket | None = None
        self._session: _Session | None = None
        self._handle = AbortHandle()

    def open(self, end: float) -> None:
        """Connect and log in, with the password as it is now."""
        for version in _PROTOCOLS:
            login, address = self._login(), (self.host, self._settings.port)
            self._socket = open_connection(address, self._settings.tls, end, self._handle)
            self._session = _Session(self._socket, address, version, login, self._handle)
            try:
                self._session.greet(end)
                return
            except ProtocolException:
                self.close()
                if version == _PROTOCOLS[-1]:
                    raise

    def ask(self, end: float, question: str, consistency: int = ConsistencyLevel.ONE) -> list[Row]:
        """The rows that answer one question.

        Raises:
            RefusedError: the server answers with an error.
        """
        assert self._session is not None
        answer = self._session.ask(QueryMessage(question, consistency), end)
        if isinstance(answer, ErrorMessage):
            raise RefusedError(answer)
        if isinstance(answer, Exception):
            raise answer
        return [dict(zip(answer.column_names or (), row, strict=True)) for row in answer.parsed_rows or ()]

    def ask_as_the_server(self, end: float, question: str) -> list[Row]:
        """With the consistency that Temporal uses by default."""
        return self.ask(end, question, ConsistencyLevel.LOCAL_QUORUM)

    def end(self) -> None:
        """Wake the thread that waits for the connection."""
        self._handle.abort()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _login(self) -> PlainTextAuthenticator | None:
        settings = self._settings
        if settings.user is None:
            return None
        return PlainTextAuthenticator(settings.user, read_secret(settings.secret))


def as_probe_error(error: Exception) -> ProbeError:
    """The failure that an exception of the driver, or of the connection, means."""
    if isinstance(error, RefusedError):
        return ProbeError(error.reason, str(error))
    if isinstance(error, AuthenticationFailed):
        # It may also be that too few nodes are up to look the user up.
        unable = "Unable to perform" in str(error)
        return ProbeError(Reason.STORE_UNAVAILABLE if unable else Reason.AUTHENTICATION_FAILED, str(error))
    return probe_error(error)
