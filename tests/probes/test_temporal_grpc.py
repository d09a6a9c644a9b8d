"""Temporal's frontend by gRPC: always the most that it will tell, and each failure with its reason."""

from __future__ import annotations

import functools
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from agent.config import Temporal, Tls
from agent.model.observation import Facts, Failure, Node
from agent.model.vocabulary import Reason, Role
from agent.probes import open_probe
from agent.probes.temporal_grpc import TemporalGrpc
from tests.laws import law
from tests.probes.http2_server import HEAD, SETTINGS, frame, header, own_status, rst_stream, status
from tests.probes.reading import facts, failure, within
from tests.probes.servers import (
    TLS,
    Answer,
    Handler,
    Loopback,
    Method,
    cluster_info,
    dead_port,
    frontend,
    hang_up,
    refuse,
    silence,
    system_info,
)

Code = grpc.StatusCode
NODES = (Node("1.31.2", service="frontend"),)


def get_facts(address: str, timeout: float = 2.0, **settings: Any) -> Facts:
    probe = open_probe("temporal_grpc", Temporal(frontend=address, **settings))
    try:
        return facts(probe, timeout)
    finally:
        probe.close()


def get_failure(address: str, timeout: float = 2.0, **settings: Any) -> Failure:
    probe = open_probe("temporal_grpc", Temporal(frontend=address, **settings))
    try:
        return failure(probe, timeout)
    finally:
        probe.close()


def test_cluster_info_reports_version_plugins_and_details() -> None:
    cluster = cluster_info(
        server_version="1.31.2",
        cluster_id="f4e0-1",
        cluster_name="active",
        history_shard_count=4,
        persistence_store="postgres12",
        visibility_store="postgres12,elasticsearch",
    )
    with frontend(cluster, refuse(Code.INTERNAL)) as address:
        found = get_facts(address)
    assert (found.component, found.nodes, found.gaps) == ("temporal", NODES, ())
    assert found.plugins == {
        Role.PERSISTENCE: ("postgres12",),
        Role.VISIBILITY: ("postgres12", "elasticsearch"),
    }
    assert found.details == {"cluster_id": "f4e0-1", "cluster_name": "active", "history_shard_count": "4"}


def test_an_old_server_reports_its_version_alone() -> None:
    with frontend(cluster_info(server_version="1.0.0"), None) as address:
        found = get_facts(address)
    assert found.nodes == (Node("1.0.0", service="frontend"),)
    assert (found.plugins, found.details, found.gaps) == ({}, {}, ())


@law(
    [
        (refuse(Code.PERMISSION_DENIED), Reason.PERMISSION_DENIED),
        (refuse(Code.UNAUTHENTICATED), Reason.AUTHENTICATION_FAILED),
        (refuse(Code.UNIMPLEMENTED), Reason.NOT_IMPLEMENTED),
        (refuse(Code.INTERNAL), Reason.BAD_ANSWER),
        (refuse(Code.RESOURCE_EXHAUSTED, "system overloaded"), Reason.UNREACHABLE),
        (None, Reason.NOT_IMPLEMENTED),
        (cluster_info(), Reason.BAD_ANSWER),
        (cluster_info(server_version="1.31.2", cluster_id="a" * 2_000_000), Reason.ANSWER_TOO_LARGE),
        # What a frontend says while its database is stopped.
        (refuse(Code.UNAVAILABLE, "GetClusterMetadata operation failed."), Reason.STORE_UNAVAILABLE),
        (
            refuse(Code.UNAVAILABLE, "dial tcp 10.0.0.1:5432: connect: connection refused"),
            Reason.STORE_UNAVAILABLE,
        ),
        (
            refuse(Code.UNAVAILABLE, "failed to connect to `user=temporal`: tls error: bad certificate"),
            Reason.STORE_UNAVAILABLE,
        ),
    ],
)
def test_system_info_is_used_if_cluster_info_is_not_reported(cluster: Method | None, gap: Reason) -> None:
    with frontend(cluster, system_info()) as address:
        found = get_facts(address)
    assert found.nodes == NODES
    assert [problem.reason for problem in found.gaps] == [gap]
    assert found.plugins == {}


def test_half_of_the_time_is_left_for_the_question_that_needs_no_database() -> None:
    stuck = threading.Event()

    def hang(_request: Any, _context: grpc.ServicerContext) -> Any:
        stuck.wait(5)
        raise TimeoutError

    with frontend(hang, system_info()) as address:
        with within(0.9):
            found = get_facts(address, timeout=1.0)
        stuck.set()
    assert found.nodes == NODES
    assert [problem.reason for problem in found.gaps] == [Reason.TIMEOUT]


@pytest.mark.parametrize(
    ("cluster", "system", "expected"),
    [
        (refuse(Code.PERMISSION_DENIED), refuse(Code.PERMISSION_DENIED), Reason.PERMISSION_DENIED),
        (refuse(Code.UNAUTHENTICATED), refuse(Code.UNAUTHENTICATED), Reason.AUTHENTICATION_FAILED),
        (refuse(Code.PERMISSION_DENIED), None, Reason.PERMISSION_DENIED),
        (refuse(Code.UNAVAILABLE, "no database"), None, Reason.STORE_UNAVAILABLE),
        (None, None, Reason.NOT_IMPLEMENTED),
        (cluster_info(), system_info(""), Reason.BAD_ANSWER),
    ],
)
def test_where_nothing_is_reported_the_reason_is_why(
    cluster: Method | None, system: Method | None, expected: Reason
) -> None:
    with frontend(cluster, system) as address:
        assert get_failure(address).reason is expected


# Whatever is no frontend


def test_a_web_server_is_unreachable() -> None:
    def web(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(Answer(b"what?", 400).wire)

    with Loopback(web) as server:
        assert get_failure(server.address).reason is Reason.UNREACHABLE


def test_a_frontend_that_comes_back_is_seen_again() -> None:
    with frontend(cluster_info(server_version="1.31.2"), None) as address:
        probe = open_probe("temporal_grpc", Temporal(frontend=address))
        facts(probe)
    assert failure(probe).reason is Reason.UNREACHABLE
    port = int(address.rpartition(":")[2])
    with frontend(cluster_info(server_version="1.31.2"), None, port=port) as again:
        assert again == address
        assert facts(probe).nodes == NODES
    probe.close()


def test_a_connection_that_breaks_is_not_an_answer_of_the_store() -> None:
    """HTTP/2 is spoken, and then the connection is reset or the server says GOAWAY (RFC 9113, 6.8)."""

    def frame(kind: int, flags: int, body: bytes = b"") -> bytes:
        return len(body).to_bytes(3, "big") + bytes([kind, flags]) + bytes(4) + body

    def speak(connection: socket.socket, last: bytes) -> None:
        connection.recv(65536)
        connection.sendall(frame(4, 0) + frame(4, 1))
        # What the client says once it has read this.
        connection.recv(65536)
        connection.sendall(last)

    for last in (b"", frame(7, 0, bytes(8) + b"bye")):
        with Loopback(functools.partial(speak, last=last)) as server:
            assert get_failure(server.address).reason is Reason.UNREACHABLE


@pytest.mark.parametrize("variable", ["https_proxy", "http_proxy", "grpc_proxy"])
def test_proxies_of_the_environment_are_not_used(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    with Loopback(hang_up) as proxy, frontend(cluster_info(server_version="1.31.2"), None) as address:
        monkeypatch.setenv(variable, f"http://{proxy.address}")
        assert get_facts(address).nodes == NODES
        assert proxy.accepted == 0


def test_all_addresses_of_a_name_are_tried() -> None:
    with frontend(cluster_info(server_version="1.31.2"), None) as address, dead_port("127.0.0.2") as dead:
        probe = TemporalGrpc(f"ipv4:127.0.0.2:{dead},{address}", None, None)
        assert facts(probe).nodes == NODES
        probe.close()


# Tokens


def _token(context: grpc.ServicerContext) -> str:
    return str(dict(context.invocation_metadata()).get("authorization", ""))


class Authorizer:
    """As Temporal's own: GetSystemInfo needs no token, yet a bad one is refused everywhere."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def _check(self, context: grpc.ServicerContext, allowed: tuple[str, ...]) -> None:
        self.seen.append(_token(context))
        if self.seen[-1] not in allowed:
            context.abort(Code.PERMISSION_DENIED, "Request unauthorized.")

    def cluster(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._check(context, ("Bearer right",))
        return cluster_info(server_version="1.31.2", persistence_store="postgres12")(request, context)

    def system(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._check(context, ("Bearer right", ""))
        return system_info()(request, context)


@contextmanager
def authorized() -> Iterator[tuple[str, Authorizer]]:
    authorizer = Authorizer()
    with frontend(authorizer.cluster, authorizer.system) as address:
        yield address, authorizer


def gaps_with(token: Path) -> list[Reason]:
    with authorized() as (address, _):
        found = get_facts(address, token_file=str(token))
    assert found.nodes == NODES
    assert bool(found.plugins) is not bool(found.gaps)
    return [gap.reason for gap in found.gaps]


def test_the_right_token_reports_all(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("right\n")
    assert gaps_with(token) == []


def test_a_bad_token_hides_nothing_that_no_token_would_have_shown(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("bad")
    assert gaps_with(token) == [Reason.PERMISSION_DENIED] * 3


def test_a_missing_token_hides_nothing_that_no_token_would_have_shown(tmp_path: Path) -> None:
    assert gaps_with(tmp_path / "none") == [Reason.SECRET_UNREADABLE, Reason.PERMISSION_DENIED]


@pytest.mark.parametrize("token", ["hunter2\nx", "hunter2 é", "hunter2\tx"])
def test_a_token_that_no_header_may_hold_is_neither_sent_nor_quoted(
    tmp_path: Path, token: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "token"
    path.write_text(token)
    with authorized() as (address, authorizer):
        found = get_facts(address, token_file=str(path))
    assert [gap.reason for gap in found.gaps] == [Reason.SECRET_UNREADABLE, Reason.PERMISSION_DENIED]
    assert set(authorizer.seen) == {""}
    assert "hunter2" not in repr(found) + "".join(capfd.readouterr())


def test_a_token_that_can_not_be_read_is_the_reason_where_all_is_refused(tmp_path: Path) -> None:
    with frontend(refuse(Code.PERMISSION_DENIED), refuse(Code.PERMISSION_DENIED)) as address:
        found = get_failure(address, token_file=str(tmp_path / "none"))
    assert found.reason is Reason.SECRET_UNREADABLE
    assert str(tmp_path / "none") in found.text


def test_a_token_is_read_again_for_every_read(tmp_path: Path) -> None:
    token = tmp_path / "token"
    with authorized() as (address, _):
        probe = open_probe("temporal_grpc", Temporal(frontend=address, token_file=str(token)))
        token.write_text("bad")
        assert facts(probe).gaps
        token.write_text("right")
        assert facts(probe).gaps == ()
        probe.close()


def test_a_token_may_be_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_TOKEN", "right")
    with authorized() as (address, authorizer):
        assert get_facts(address, token="${TEMPORAL_TOKEN}").gaps == ()
    assert authorizer.seen == ["Bearer right"]


def test_no_failure_quotes_the_token(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("hunter2")
    with frontend(refuse(Code.UNAUTHENTICATED), refuse(Code.UNAUTHENTICATED)) as address:
        assert "hunter2" not in repr(get_failure(address, token_file=str(token)))


# TLS

CA = str(TLS / "ca.pem")


@pytest.fixture(params=[False, True], ids=["server only", "both sides"])
def secure(request: pytest.FixtureRequest) -> Iterator[str]:
    key, cert, ca = ((TLS / name).read_bytes() for name in ("server.key", "server.pem", "ca.pem"))
    credentials = grpc.ssl_server_credentials([(key, cert)], ca, require_client_auth=request.param)
    with frontend(cluster_info(server_version="1.31.2"), None, credentials) as address:
        yield address


def test_a_certificate_that_fits_the_configured_name_is_trusted(secure: str) -> None:
    tls = Tls(
        ca_file=CA,
        server_name="temporal",
        cert_file=str(TLS / "server.pem"),
        key_file=str(TLS / "server.key"),
    )
    assert get_facts(secure, tls=tls).nodes == NODES


@pytest.mark.parametrize(
    "tls", [Tls(), Tls(server_name="temporal"), Tls(ca_file=CA), Tls(ca_file=CA, server_name="x")]
)
def test_a_certificate_that_does_not_verify_is_refused(secure: str, tls: Tls) -> None:
    assert get_failure(secure, tls=tls).reason is Reason.TLS_FAILED


def test_a_frontend_that_speaks_tls_can_not_be_read_without(secure: str) -> None:
    found = get_failure(secure, timeout=1.0)
    assert found.reason is Reason.TLS_FAILED
    assert "`tls` is not configured" in found.text


# What comes instead of an answer


def instead_of_an_answer(sends: bytes, *, closes: bool) -> Handler:
    """Speaks HTTP/2 until the request has come, then sends this."""

    def handle(connection: socket.socket) -> None:
        connection.sendall(SETTINGS)
        received = b""
        while b"GetClusterInfo" not in received and b"GetSystemInfo" not in received:
            data = connection.recv(65536)
            if not data:
                return
            received += data
        connection.sendall(sends)
        if not closes:
            silence(connection)

    return handle


def reset(connection: socket.socket) -> None:
    instead_of_an_answer(b"", closes=True)(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def goaway(last_stream: int, error: int, *, closes: bool) -> Handler:
    return instead_of_an_answer(frame(7, 0, 0, struct.pack("!II", last_stream, error)), closes=closes)


#: By what comes instead of an answer: the handler and the reason. Error code 12 (INADEQUATE_SECURITY) is
#: PERMISSION_DENIED to gRPC and not looked at further: it is only for TLS that HTTP/2 forbids.
INSTEAD: dict[str, tuple[Handler, Reason]] = {
    "closed": (instead_of_an_answer(b"", closes=True), Reason.UNREACHABLE),
    "reset": (reset, Reason.UNREACHABLE),
    **{f"RST_STREAM {code}": (rst_stream(code), Reason.UNREACHABLE) for code in range(14) if code != 12},
    **{
        f"headers, then RST_STREAM {code}": (rst_stream(code, after_headers=True), Reason.UNREACHABLE)
        for code in (0, 2, 7, 8)
    },
    **{
        f"GOAWAY {code} after stream {last}, {'closed' if closes else 'open'}": (
            goaway(last, code, closes=closes),
            Reason.UNREACHABLE,
        )
        for code in (0, 2, 11)
        for last, closes in ((0, True), (0, False), (1, True))
    },
    "no status": (own_status(HEAD), Reason.BAD_ANSWER),
    "UNAVAILABLE": (own_status(status(14, b"Stream removed (GOAWAY received)")), Reason.STORE_UNAVAILABLE),
    "INTERNAL": (own_status(status(13, b"Received RST_STREAM with error code 2")), Reason.BAD_ANSWER),
    "RESOURCE_EXHAUSTED": (own_status(status(8, b"Stream removed")), Reason.UNREACHABLE),
    "HTTP 503": (own_status(header(b":status", b"503")), Reason.STORE_UNAVAILABLE),
}


@law(INSTEAD)
def test_a_lost_connection_or_stream_is_not_a_lost_database(case: str) -> None:
    """The text of gRPC's library does not decide, so the server's own statuses have such texts here."""
    handler, reason = INSTEAD[case]
    with Loopback(handler) as server:
        found = get_failure(server.address, 6.0)
    assert found.reason is reason, found


@law(
    [
        (cluster_info(server_version="1.31.2"), {}, {"authorizer": "off"}),
        (refuse(Code.PERMISSION_DENIED), {}, {"authorizer": "on"}),
        (refuse(Code.UNAUTHENTICATED), {}, {"authorizer": "on"}),
        # An old or broken server shows nothing; neither does one that answers a token.
        (refuse(Code.UNIMPLEMENTED), {}, {}),
        (refuse(Code.INTERNAL), {}, {}),
        (cluster_info(server_version="1.31.2"), {"token": "${TEMPORAL_TOKEN}"}, {}),
    ]
)
def test_what_a_caller_without_a_token_gets_shows_whether_there_is_an_authorizer(
    cluster: Any, settings: dict[str, Any], shown: dict[str, str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEMPORAL_TOKEN", "secret")
        with frontend(cluster, system_info("1.31.2")) as address:
            assert get_facts(address, **settings).settings == shown
