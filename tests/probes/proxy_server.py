"""A forward proxy as squid and others are: tunnels by CONNECT, and requests with a whole address."""

from __future__ import annotations

import re
import select
import socket
from base64 import b64encode

from tests.probes.servers import Loopback


class ForwardProxy(Loopback):
    """Resolves every name to this machine, so a probe that does not use the proxy finds no target.

    `login`: the `user:password` that it wants.
    """

    def __init__(self, login: str | None = None) -> None:
        super().__init__(self._forward)
        self._login = login
        #: The first line of each request.
        self.seen: list[str] = []

    def __enter__(self) -> ForwardProxy:
        super().__enter__()
        return self

    def _forward(self, client: socket.socket) -> None:
        while head := _head(client):
            first, _, rest = head.partition("\r\n")
            self.seen.append(first)
            if self._login and f"Basic {b64encode(self._login.encode()).decode()}\r\n" not in rest:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            method, target, _ = first.split(" ")
            found = re.fullmatch(r"(?:http://)?[^/:]+:([0-9]+)(/.*)?", target)
            if found is None:
                client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", int(found[1]))) as server:
                if method == "CONNECT":
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    _relay(client, server)
                    return
                kept = "".join(f"{line}\r\n" for line in rest.split("\r\n") if line and "Proxy-" not in line)
                server.sendall(f"{method} {found[2]} HTTP/1.1\r\n{kept}Connection: close\r\n\r\n".encode())
                client.settimeout(5)
                _answer(server, client)


def _head(client: socket.socket) -> str:
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        part = client.recv(1)
        if not part:
            return ""
        received += part
    return received.decode("latin-1")


def _answer(server: socket.socket, client: socket.socket) -> None:
    """One answer with a Content-Length, which the servers of the tests have."""
    head = _head(server)
    length = int(re.findall(r"(?i)content-length: ([0-9]+)", head)[0])
    body = b""
    while len(body) < length:
        body += server.recv(65536)
    client.sendall(head.encode("latin-1") + body)


def _relay(client: socket.socket, server: socket.socket) -> None:
    while True:
        ready, _, _ = select.select([client, server], [], [])
        for one, other in ((client, server), (server, client)):
            if one in ready:
                piece = one.recv(65536)
                if not piece:
                    return
                other.sendall(piece)
