"""`proxy_url`: every target that is read by HTTP or gRPC can be behind a proxy."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import grpc
import pytest

from agent.config import Temporal, Tls, Watch
from agent.model.observation import Facts, Failure
from agent.model.vocabulary import Reason
from agent.probes import open_probe
from tests.faults.healthy import _web, healthy
from tests.laws import law
from tests.probes.contract import GRPC, HTTP, PLAIN_HTTP, settings
from tests.probes.proxy_server import ForwardProxy
from tests.probes.reading import read
from tests.probes.servers import TLS, Handler, Loopback, cluster_info, frontend, silence, system_info

PROXIED = (*GRPC, *HTTP)
WITH_TLS = ("temporal_grpc", *(kind for kind in HTTP if kind not in PLAIN_HTTP))


def behind(kind: str, found: Any, proxy_url: str) -> Any:
    """The same settings, with this proxy."""
    if kind == "temporal_prometheus":
        target = found.prometheus.model_copy(update={"proxy_url": proxy_url})
        return found.model_copy(update={"prometheus": target})
    if isinstance(found, Watch):
        return replace(found, prometheus=found.prometheus.model_copy(update={"proxy_url": proxy_url}))
    return found.model_copy(update={"proxy_url": proxy_url})


def by(proxy_url: str, kind: str, port: int, **more: Any) -> Facts | Failure:
    """What the probe reads of a target that only the proxy can find."""
    configured = behind(kind, settings(kind, port, **{"host": "target.invalid", **more}), proxy_url)
    probe = open_probe(kind, configured)
    try:
        return read(probe, 4.0)
    finally:
        probe.close()


@law(PROXIED)
def test_every_kind_is_read_by_its_proxy(kind: str) -> None:
    # gRPC 1.66, the oldest that is allowed, leaves out a proxy whose password has an @.
    password = "pass word" if kind in GRPC else "p@ss word"
    with pytest.MonkeyPatch.context() as environment, ForwardProxy(f"agent:{password}") as proxy:
        # Who leaves out the proxy for these hosts is another program.
        environment.setenv("no_proxy", "*")
        environment.setenv("NO_PROXY", "*")
        environment.delenv("no_grpc_proxy", raising=False)
        with healthy(kind) as port:
            found = by(f"http://agent:{quote(password)}@{proxy.address}", kind, port)
            assert isinstance(found, Facts), found
            assert proxy.seen
            how = "CONNECT target.invalid" if kind in GRPC else "GET http://target.invalid"
            assert all(line.startswith(f"{how}:{port}") for line in proxy.seen), proxy.seen


@law(WITH_TLS)
def test_tls_goes_through_a_tunnel_and_verifies_the_target(kind: str) -> None:
    tls = Tls(ca_file=str(TLS / "ca.pem"))
    with ForwardProxy() as proxy, served_by_tls(kind) as port:
        found = by(f"http://{proxy.address}", kind, port, host="temporal", tls=tls, secure=True)
        assert isinstance(found, Facts), found
        assert set(proxy.seen) == {f"CONNECT temporal:{port} HTTP/1.1"}
        other = by(f"http://{proxy.address}", kind, port, host="elsewhere", tls=tls, secure=True)
        assert isinstance(other, Failure)
        assert other.reason is Reason.TLS_FAILED, other


class served_by_tls:  # noqa: N801 # a context manager
    """The port of a healthy server of this kind, with the tests' certificate for `temporal`."""

    def __init__(self, kind: str) -> None:
        self._server: Any = Loopback(_web(kind), tls=True) if kind in HTTP else None
        if self._server is None:
            pair = ((TLS / "server.key").read_bytes(), (TLS / "server.pem").read_bytes())
            credentials = grpc.ssl_server_credentials([pair])
            self._server = frontend(cluster_info(server_version="1.31.2"), system_info(), credentials)

    def __enter__(self) -> int:
        entered = self._server.__enter__()
        return int(entered.rpartition(":")[2]) if isinstance(entered, str) else int(entered.port)

    def __exit__(self, *error: Any) -> None:
        self._server.__exit__(*error)


def says(line: bytes) -> Handler:
    def handle(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 " + line + b"\r\nContent-Length: 0\r\n\r\n")

    return handle


REFUSALS: dict[str, tuple[Handler, Reason]] = {
    "407": (says(b"407 Proxy Authentication Required"), Reason.AUTHENTICATION_FAILED),
    "403": (says(b"403 Forbidden"), Reason.PERMISSION_DENIED),
    "502": (says(b"502 Bad Gateway"), Reason.STORE_UNAVAILABLE),
    "503": (says(b"503 Service Unavailable"), Reason.STORE_UNAVAILABLE),
    "no proxy": (lambda connection: connection.sendall(b"SSH-2.0-x\r\n\r\n"), Reason.BAD_ANSWER),
    "hang-up": (lambda connection: None, Reason.UNREACHABLE),
    "silence": (silence, Reason.TIMEOUT),
}


@law((name, kind) for name in REFUSALS for kind in ("temporal_grpc", "elasticsearch"))
def test_a_proxy_that_refuses_is_the_reason_and_its_password_stays_secret(name: str, kind: str) -> None:
    handler, reason = REFUSALS[name]
    with Loopback(handler) as proxy:
        tls = Tls(ca_file=str(TLS / "ca.pem"))
        url = f"http://agent:hunter2@{proxy.address}"
        probe = open_probe(
            kind, behind(kind, settings(kind, 9200, host="temporal", tls=tls, secure=True), url)
        )
        found = read(probe, 1.0)
        probe.close()
    assert isinstance(found, Failure)
    assert "hunter2" not in found.text
    # gRPC itself waits until its deadline while a proxy is silent or hangs up.
    allowed = {reason, Reason.TIMEOUT} if kind == "temporal_grpc" and name == "silence" else {reason}
    assert found.reason in allowed, found


def test_a_proxy_can_be_in_a_variable_and_its_text_is_never_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    def failed() -> Failure:
        probe = open_probe("temporal_grpc", Temporal(frontend="a.invalid:1", proxy_url="${PROXY}"))
        found = read(probe, 1.0)
        assert isinstance(found, Failure)
        return found

    monkeypatch.delenv("PROXY", raising=False)
    assert failed().reason is Reason.SECRET_UNREADABLE
    monkeypatch.setenv("PROXY", "socks5://agent:hunter2@b.invalid:1")
    assert failed().reason is Reason.SECRET_UNREADABLE
    assert "SOCKS" in failed().text
    assert "hunter2" not in failed().text
    with ForwardProxy() as proxy, healthy("temporal_grpc") as port:
        monkeypatch.setenv("PROXY", f"http://{proxy.address}")
        assert isinstance(by("${PROXY}", "temporal_grpc", port), Facts)


@law(kind for kind in HTTP)
def test_without_the_key_no_proxy_of_the_environment_is_used(kind: str) -> None:
    with pytest.MonkeyPatch.context() as environment, Loopback(silence) as proxy, healthy(kind) as port:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            environment.setenv(name, f"http://{proxy.address}")
        environment.delenv("no_proxy", raising=False)
        environment.delenv("NO_PROXY", raising=False)
        probe = open_probe(kind, settings(kind, port))
        assert isinstance(read(probe, 4.0), Facts)
        probe.close()
        assert proxy.accepted == 0
