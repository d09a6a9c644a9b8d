"""The HTTP proxy of one target: its address, its login, and a tunnel through it."""

from __future__ import annotations

import socket
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from agent.config import Tls
from agent.config.fields import proxy_url
from agent.config.secret import VARIABLE, Secret
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError
from agent.probes.transport.reasons import HTTP_STATUS, error_text, readable
from agent.probes.transport.secrets import read_secret, remember_login
from agent.probes.transport.sockets import Address, address_text, seconds_left

#: The longest answer to CONNECT that is read, in bytes.
_MAX_HEAD = 65536


@dataclass(frozen=True)
class Proxy:
    """`url` is what gRPC takes; `authorization` is the value of a header, None without a login."""

    address: Address
    url: str
    authorization: str | None = None


def read_proxy(setting: str | None) -> Proxy | None:
    """The proxy of the key `proxy_url`, read now; None where none is configured.

    Raises:
        ProbeError: its variable is missing, or is not the address of a proxy.
    """
    if setting is None:
        return None
    url = setting
    if VARIABLE.fullmatch(setting):
        url = read_secret(Secret(setting), "proxy_url")
        try:
            proxy_url(url)
        except ValueError as error:
            raise ProbeError(Reason.SECRET_UNREADABLE, f"proxy_url {setting}: {error}") from None
    parts = urlsplit(url)
    address = parts.hostname or "", parts.port or 0
    if parts.username is None:
        return Proxy(address, url)
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    remember_login(unquote(parts.username), unquote(parts.password or ""))
    return Proxy(address, url, f"Basic {b64encode(login.encode()).decode()}")


def tunnel(proxy: Proxy, target: Address, end: float) -> Callable[[socket.socket], None]:
    """What makes a connection to the proxy one to the target (CONNECT: RFC 9110, 9.3.6).

    It raises ProbeError if the proxy refuses or does not answer before the monotonic time `end`.
    """

    def begin(opened: socket.socket) -> None:
        place = address_text(target)
        login = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
        try:
            opened.settimeout(seconds_left(end))
            opened.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{login}\r\n".encode())
            head = _head(opened, end)
        except OSError as error:
            is_late = isinstance(error, TimeoutError) or time.monotonic() > end
            reason = Reason.TIMEOUT if is_late else Reason.UNREACHABLE
            raise ProbeError(reason, f"{_name(proxy)} does not answer: {error_text(error)}") from error
        status = head.split(b" ", 2)[1:2]
        if not head.startswith(b"HTTP/1.") or not status or not status[0].isdigit():
            raise ProbeError(Reason.BAD_ANSWER, f"{_name(proxy)} is not an HTTP proxy: {readable(head)}")
        code = int(status[0])
        if not 200 <= code < 300:
            text = f"{_name(proxy)} refuses a connection to {place}: HTTP {code}"
            raise ProbeError(HTTP_STATUS.get(code, Reason.BAD_ANSWER), text)

    return begin


def route(
    proxy: Proxy | None, target: Address, tls: Tls | None, end: float
) -> tuple[Address, Tls | None, Callable[[socket.socket], None] | None]:
    """For `open_connection`: where to connect, which server to verify, and what comes before TLS."""
    if proxy is None:
        return target, tls, None
    if tls is not None:
        tls = tls.model_copy(update={"server_name": tls.server_name or target[0]})
    return proxy.address, tls, tunnel(proxy, target, end)


def through_proxy(proxy: Proxy, error: ProbeError) -> ProbeError:
    """The failure of a connection through the proxy."""
    return ProbeError(error.failure.reason, f"through {_name(proxy)}: {error}")


def _name(proxy: Proxy) -> str:
    return f"the proxy {address_text(proxy.address)}"


def _head(opened: socket.socket, end: float) -> bytes:
    """The answer up to its body, byte by byte: what follows belongs to the target."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        opened.settimeout(seconds_left(end))
        received = opened.recv(1)
        if not received:
            raise ConnectionResetError("the proxy closed the connection")
        head += received
        if len(head) > _MAX_HEAD:
            raise ProbeError(Reason.ANSWER_TOO_LARGE, "the proxy's answer is too large")
    return head
