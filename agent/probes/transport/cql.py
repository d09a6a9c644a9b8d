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
from agent.config.secret import SecretUnreadableError
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError
from agent.probes.transport.cql_decoder import decode
from agent.probes.transport.sockets import places, seconds_left, tls_context

Row = dict[str, Any]

#: Cassandra from 2.2 on and its relatives speak the first; a server may be told to speak its newest alone.
_PROTOCOLS = (ProtocolVersion.V4, ProtocolVersion.V5)

# Its tracebacks quote whole answers; what went wrong is told by the probe.
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
        if self.code == 0x2100:
            return Reason.PERMISSION_DENIED
        # From 0x1000 on nodes are down, slow or busy; from 0x2000 on the question is wrong.
        return Reason.STORE_UNAVAILABLE if 0x1000 <= self.code < 0x2000 else Reason.BAD_ANSWER


class _Session(DriverConnection):  # type: ignore[misc] # the driver has no types
    """The driver's protocol, which only lacks a way to move bytes."""

    def __init__(self, connected: socket.socket, host: str, port: int, version: int, login: Any) -> None:
        super().__init__(host, port, login, compression=False, protocol_version=version)
        self._socket = connected

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
        return super().send_msg(msg, request_id, cb, decoder=decode)

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
            self._socket.settimeout(seconds_left(end))
            received = self._socket.recv(65536)
            if not received:
                raise ConnectionResetError("the server closed the connection")
            size += len(received)
            if size > MAX_ANSWER:
                raise ProbeError(Reason.ANSWER_TOO_LARGE, f"an answer of more than {MAX_ANSWER} bytes")
            self._iobuf.write(received)
            self.process_io_buffer()
        if self.last_error is not None:
            raise self.last_error


class CqlConnection:
    """A connection that can be ended from another thread, also while it is being made."""

    def __init__(self, settings: Cassandra, host: str) -> None:
        self._settings = settings
        self.host = host
        self._socket: socket.socket | None = None
        self._session: _Session | None = None
        self._ended = False

    def open(self, end: float) -> None:
        """Connect and log in, with the password as it is now."""
        for version in _PROTOCOLS:
            login, settings = self._login(), self._settings
            self._session = _Session(self._connect(end), self.host, settings.port, version, login)
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
        """With the consistency that Temporal has unless told otherwise."""
        return self.ask(end, question, ConsistencyLevel.LOCAL_QUORUM)

    def end(self) -> None:
        """A socket that is shut down wakes whoever waits for it."""
        self._ended = True
        if self._socket is not None:
            try:
                # Not TLS' own, which would first say goodbye.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _login(self) -> PlainTextAuthenticator | None:
        settings = self._settings
        if settings.user is None:
            return None
        return PlainTextAuthenticator(settings.user, settings.secret.read() if settings.secret else "")

    def _connect(self, end: float) -> socket.socket:
        tls = self._settings.tls
        context = tls_context(tls) if tls is not None else None
        name = (tls.server_name if tls is not None else None) or self.host
        problem: OSError | None = None
        for family, kind, protocol, _, address in places(self.host, self._settings.port):
            self._socket = socket.socket(family, kind, protocol)
            try:
                self._socket.settimeout(seconds_left(end))
                if self._ended:
                    raise TimeoutError("ended while connecting")
                self._socket.connect(address)
                if context is not None:
                    self._socket = context.wrap_socket(
                        self._socket, server_hostname=name, do_handshake_on_connect=False
                    )
                    self._socket.do_handshake()
                return self._socket
            except OSError as error:
                problem = error
                self._socket.close()
        raise problem or ConnectionError("the name has no address")


#: The first that fits.
_REASONS: tuple[tuple[type[Exception], Reason], ...] = (
    (SecretUnreadableError, Reason.SECRET_UNREADABLE),
    (TimeoutError, Reason.TIMEOUT),
    (ssl.SSLError, Reason.TLS_FAILED),
    (OSError, Reason.UNREACHABLE),
)


def as_probe_error(error: Exception) -> ProbeError:
    """What went wrong, in the words of all probes."""
    if isinstance(error, ProbeError):
        return error
    if isinstance(error, RefusedError):
        return ProbeError(error.reason, str(error))
    if isinstance(error, AuthenticationFailed):
        # It may also be that too few nodes are up to look the user up.
        unable = "Unable to perform" in str(error)
        return ProbeError(Reason.STORE_UNAVAILABLE if unable else Reason.AUTHENTICATION_FAILED, str(error))
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return ProbeError(reason, str(error) or kind.__name__)
    # What the driver makes of an answer that is none: ProtocolError, struct.error, UnicodeDecodeError, …
    return ProbeError(Reason.BAD_ANSWER, f"{type(error).__name__}: {error}")
