"""Small real servers on loopback, most of which misbehave."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from temporalio.api.operatorservice.v1 import ListClustersRequest, ListClustersResponse
from temporalio.api.workflowservice.v1 import (
    GetClusterInfoRequest,
    GetClusterInfoResponse,
    GetSystemInfoRequest,
    GetSystemInfoResponse,
)

TLS = Path(__file__).parent / "tls"

Handler = Callable[[socket.socket], None]


class Loopback:
    """A server that leaves each connection to `handle`, and ends it when that returns."""

    def __init__(self, handle: Handler, *, tls: bool = False) -> None:
        self._handle = handle
        self._context: ssl.SSLContext | None = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Loopback:
        self._threads[0].start()
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def is_serving(self) -> bool:
        """Whether a connection is still open on this side."""
        return any(thread.is_alive() for thread in self._threads[1:])

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        self._open.add(connection)
        try:
            if self._context is None:
                self._handle(connection)
                return
            with self._context.wrap_socket(connection, server_side=True) as secure:
                self._open.add(secure)
                self._handle(secure)
        except OSError:
            return
        finally:
            connection.close()


@contextmanager
def dead_port(host: str, port: int = 0) -> Iterator[int]:
    """A port that answers no attempt to connect, as a host that is down does: its queue is full."""
    with socket.create_server((host, port), backlog=0) as listener, socket.socket() as waiting:
        place = listener.getsockname()
        waiting.connect(place)
        with socket.socket() as more:
            more.setblocking(False)
            with suppress(BlockingIOError):
                more.connect(place)
            yield place[1]


def slowly(pieces: Iterable[bytes], pause: float) -> Iterator[bytes]:
    """The pieces, each `pause` seconds after the one before.

    Deadlines of sockets are on the real clock, so a peer that is too slow for them has to be slow on it too.
    """
    for piece in pieces:
        time.sleep(pause)
        yield piece


def silence(connection: socket.socket) -> None:
    """Says nothing until the other side has gone."""
    while connection.recv(65536):
        pass


def hang_up(connection: socket.socket) -> None:
    """Says nothing and goes."""
    connection.recv(65536)


def ssh(connection: socket.socket) -> None:
    """Speaks another protocol."""
    connection.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")
    silence(connection)


# HTTP


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def wire(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Whatever", f"Content-Length: {len(self.body)}"]
        lines += [f"{key}: {value}" for key, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


def requests(connection: socket.socket) -> Iterator[Request]:
    """Every GET on this connection, until the other side has gone."""
    rest = b""
    while True:
        while b"\r\n\r\n" not in rest:
            received = connection.recv(65536)
            if not received:
                return
            rest += received
        head, rest = rest.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        if not first.startswith("GET "):
            return
        pairs = (line.split(": ", 1) for line in lines)
        yield Request(first.split()[1], {key.lower(): value for key, value in pairs})


class Pages(Loopback):
    """Answers each request by `choose`, and remembers it."""

    def __init__(self, choose: Callable[[Request], Answer] | Answer, *, tls: bool = False) -> None:
        super().__init__(self._serve_pages, tls=tls)
        self._choose = choose
        self.seen: list[Request] = []

    def __enter__(self) -> Pages:
        super().__enter__()
        return self

    def _serve_pages(self, connection: socket.socket) -> None:
        for request in requests(connection):
            self.seen.append(request)
            answer = self._choose if isinstance(self._choose, Answer) else self._choose(request)
            connection.sendall(answer.wire)


# gRPC

Method = Callable[[Any, grpc.ServicerContext], Any]


def refuse(code: grpc.StatusCode, text: str = "no") -> Method:
    """A method that always fails."""

    def method(_request: Any, context: grpc.ServicerContext) -> Any:
        context.abort(code, text)

    return method


def cluster_info(**fields: Any) -> Method:
    return lambda _request, _context: GetClusterInfoResponse(**fields)


def system_info(version: str = "1.31.2") -> Method:
    return lambda _request, _context: GetSystemInfoResponse(server_version=version)


@contextmanager
def frontend(
    cluster: Method | None,
    system: Method | None,
    credentials: grpc.ServerCredentials | None = None,
    port: int = 0,
    clusters: Method | None = None,
) -> Iterator[str]:
    """A gRPC server with these methods of Temporal's frontend; gives its address."""
    methods: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
    if cluster is not None:
        methods["GetClusterInfo"] = grpc.unary_unary_rpc_method_handler(
            cluster,
            request_deserializer=GetClusterInfoRequest.FromString,
            response_serializer=GetClusterInfoResponse.SerializeToString,
        )
    if system is not None:
        methods["GetSystemInfo"] = grpc.unary_unary_rpc_method_handler(
            system,
            request_deserializer=GetSystemInfoRequest.FromString,
            response_serializer=GetSystemInfoResponse.SerializeToString,
        )
    operator: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
    if clusters is not None:
        operator["ListClusters"] = grpc.unary_unary_rpc_method_handler(
            clusters,
            request_deserializer=ListClustersRequest.FromString,
            response_serializer=ListClustersResponse.SerializeToString,
        )
    services = {
        "temporal.api.workflowservice.v1.WorkflowService": methods,
        "temporal.api.operatorservice.v1.OperatorService": operator,
    }
    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool)
        server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler(service, found) for service, found in services.items()]
        )
        if credentials is None:
            port = server.add_insecure_port(f"127.0.0.1:{port}")
        else:
            port = server.add_secure_port(f"127.0.0.1:{port}", credentials)
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.stop(None).wait(5)
