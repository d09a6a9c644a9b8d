"""One contract of all probes: every law of `contract.py`, brought about for every kind on real sockets."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import struct
import threading
import warnings
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from pymysql._auth import scramble_native_password
from temporalio.api.operatorservice.v1 import ClusterMetadata, ListClustersResponse

from agent.config import Tls
from agent.model.observation import Failure
from agent.model.vocabulary import Reason
from agent.probes import PROBES, Probe, open_probe
from tests.faults.catalog import close, ends_at, half, nothing
from tests.faults.healthy import healthy
from tests.faults.relay import Fault, Relay, reset
from tests.fleets import eventually
from tests.probes import cql_server, kafka_server, mysql_server, postgresql_server
from tests.probes.certificates import Authority, KeyPair
from tests.probes.contract import EXPECTED, GRPC, HTTP, KINDS, WORDS, settings
from tests.probes.http2_server import own_status, rst_stream, status
from tests.probes.reading import failure, read, read_until_aborted, within
from tests.probes.servers import (
    TLS,
    Answer,
    Handler,
    Loopback,
    cluster_info,
    dead_port,
    frontend,
    hang_up,
    refuse,
    requests,
    silence,
    ssh,
    system_info,
)

#: What no text may quote.
SECRETS = ("hunter2-first", "hunter2-second")


@pytest.mark.parametrize("law", EXPECTED)
def test_every_law_has_its_reason(law: str, tmp_path: Path) -> None:
    breaches = []
    for kind, cell in EXPECTED[law].items():
        if isinstance(cell, Reason):
            folder = tmp_path / kind
            folder.mkdir()
            with pytest.MonkeyPatch.context() as monkeypatch:
                found = LAWS[law](Stage(kind, folder, monkeypatch))
            breaches += [f"{kind}: {breach}" for breach in breaches_of(law, cell, found)]
    assert not breaches


def test_the_table_has_a_cell_for_every_kind_and_a_scene_for_every_law() -> None:
    assert set(KINDS) == set(PROBES) - {"sqlite"}
    assert set(LAWS) == set(EXPECTED)
    assert all(set(cells) == set(KINDS) for cells in EXPECTED.values())


@pytest.mark.parametrize("kind", KINDS)
def test_no_socket_and_no_thread_stays_open_after_failures(
    kind: str, tmp_path: Path, monkeypatch: Any
) -> None:
    stage = Stage(kind, tmp_path, monkeypatch)
    fails: list[Callable[[], Failure]] = [
        stage.closed_port,
        lambda: stage.against(asked_then_hangs_up(kind)),
        lambda: unknown_authority(stage),
    ]
    for fail in fails:
        fail()
    before = open_sockets()
    threads = threading.active_count()
    for fail in fails:
        fail()
    # gRPC's own threads close what it had open.
    assert eventually(lambda: open_sockets() <= before)
    assert threading.active_count() <= threads


class Stage:
    """One kind of probe, on which the laws are brought about."""

    def __init__(self, kind: str, folder: Path, monkeypatch: Any) -> None:
        self.kind = kind
        self.folder = folder
        self.monkeypatch = monkeypatch

    def open(self, port: int, **more: Any) -> Probe:
        return open_probe(self.kind, settings(self.kind, port, **more))

    def fail(self, port: int, timeout: float = 2.0, **more: Any) -> Failure:
        probe = self.open(port, **more)
        try:
            return failure(probe, timeout)
        finally:
            probe.close()

    def against(self, handler: Handler, timeout: float = 2.0, **more: Any) -> Failure:
        with Loopback(handler) as server, within(timeout + 0.7):
            return self.fail(server.port, timeout, **more)

    def closed_port(self, **more: Any) -> Failure:
        with socket.socket() as taken:
            # Bound and not listening, so nobody else can take it.
            taken.bind(("127.0.0.1", 0))
            return self.fail(taken.getsockname()[1], **more)

    def over_tls(self, handler: Handler, timeout: float = 2.0, **tls: Any) -> Failure:
        """Against this server, with TLS configured: by the address alone for the kinds without `tls`."""
        configured = Tls(**{"ca_file": str(TLS / "ca.pem"), "server_name": "temporal", **tls})
        return self.against(handler, timeout, tls=configured, secure=True)

    def with_files(self, **files: Any) -> Failure:
        """Against a closed port: files are read before a connection is made."""
        return self.closed_port(tls=Tls(**files), secure=True)

    def file(self, name: str, content: str = "nothing") -> str:
        path = self.folder / name
        path.write_text(content)
        return str(path)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def key_pair(self) -> dict[str, str]:
        for name in ("server.pem", "server.key"):
            shutil.copy(TLS / name, self.folder / name)
        (self.folder / "server.key").chmod(0o600)
        return {"cert_file": str(self.folder / "server.pem"), "key_file": str(self.folder / "server.key")}


# What listens there


def closes(_connection: socket.socket) -> None:
    """Hangs up at once."""


def another_protocol(connection: socket.socket) -> None:
    connection.sendall(b"-ERR unknown command\r\n")
    silence(connection)


def asked_then_hangs_up(kind: str) -> Handler:
    if kind != "mysql":
        return hang_up

    def handle(connection: socket.socket) -> None:
        connection.sendall(mysql_server.greeting())
        mysql_server.receive(connection)

    return handle


def without_tls(kind: str) -> Handler:
    """The protocol of this kind, by a server that has no TLS."""
    if kind == "mysql":
        return lambda connection: connection.sendall(mysql_server.greeting())
    if kind == "postgresql":
        return postgresql_server.let_in
    return ssh


def before_tls(kind: str, connection: socket.socket) -> None:
    """What goes over the wire before TLS begins."""
    if kind == "mysql":
        connection.sendall(mysql_server.greeting(tls=True))
        mysql_server.receive(connection)
    elif kind == "postgresql":
        connection.recv(8, socket.MSG_WAITALL)
        connection.sendall(b"S")


#: The tests' certificate, which is for the name `temporal`.
OWN_PAIR = KeyPair(str(TLS / "server.pem"), str(TLS / "server.key"))


def with_certificate(
    kind: str, pair: KeyPair = OWN_PAIR, *, client_ca: str | None = None, newest: ssl.TLSVersion | None = None
) -> Handler:
    """A server with this certificate. `client_ca`: the authority of the client certificates that it wants."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    if kind in GRPC:
        context.set_alpn_protocols(["h2"])
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    if newest:
        with warnings.catch_warnings():
            # Python warns of protocols that nobody should use any more.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = newest
        context.set_ciphers("ALL:@SECLEVEL=0")

    def handle(connection: socket.socket) -> None:
        before_tls(kind, connection)
        with context.wrap_socket(connection, server_side=True) as secure:
            silence(secure)

    return handle


def endless_answer(kind: str) -> Handler:
    if kind in HTTP:
        return cql_server.endless(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"a": "')
    if kind == "mysql":
        return endless_rows
    if kind == "postgresql":
        return postgresql_server.endless(
            postgresql_server.data_row(["x" * 1000, "15.4", "PostgreSQL", "f"]),
            after=postgresql_server.rows(("a", "15.4", "PostgreSQL", "f"))[:-12],
        )
    if kind == "cassandra":
        return cql_server.endless(struct.pack("!BBhBI", 0x84, 0, 0, 0x06, 100_000_000))
    return cql_server.endless(struct.pack("!ii", 100_000_000, 1) if kind == "kafka" else b"")


def endless_rows(connection: socket.socket) -> None:
    mysql_server.let_in(connection)
    while not (mysql_server.receive(connection))[1:].startswith(b"/*M!"):
        connection.sendall(mysql_server.packet(1, mysql_server.OK))
    parts = [b"\x02", mysql_server.column(0), mysql_server.column(1), mysql_server.EOF]
    for number, part in enumerate(parts, 1):
        connection.sendall(mysql_server.packet(number, part))
    number = 5
    while True:
        connection.sendall(mysql_server.packet(number % 256, b"\x01a" * 2))
        number += 1


def refuses_logins(kind: str, seen: list[bytes]) -> Handler:
    """Notes every login and refuses it."""

    def web(connection: socket.socket) -> None:
        for request in requests(connection):
            seen.append(request.headers.get("authorization", "").encode())
            connection.sendall(Answer(b"no", 401).wire)

    def mysql(connection: socket.socket) -> None:
        connection.sendall(mysql_server.greeting())
        seen.append(mysql_server.receive(connection))
        connection.sendall(mysql_server.packet(2, mysql_server.error(1045, "Access denied")))

    def postgresql(connection: socket.socket) -> None:
        postgresql_server.greet(connection)
        connection.sendall(postgresql_server.message(b"R", struct.pack("!I", 3)))
        seen.append(connection.recv(65536))
        text = b"SFATAL\0C28P01\0Mpassword authentication failed\0\0"
        connection.sendall(postgresql_server.message(b"E", text))

    if kind == "cassandra":
        return cql_server.Node({}, passwords={"another"}, seen=seen)
    if kind == "kafka":
        spoken = {1: (0, 11), 2: (0, 5), 3: (0, 8), 17: (0, 1), 36: (0, 1)}
        return kafka_server.Broker(spoken, passwords={"another"}, logins=seen)
    return {"mysql": mysql, "postgresql": postgresql}.get(kind, web)


def as_sent(kind: str, secret: str) -> bytes:
    if kind == "mysql":
        return bytes(scramble_native_password(secret.encode(), mysql_server.SALT))
    if kind in ("elasticsearch", "prometheus"):
        return b64encode(f"agent:{secret}".encode())
    return secret.encode()


# The laws


def tls_where_plain_text_is_wanted(stage: Stage) -> Failure:
    with Loopback(silence, tls=True) as server:
        return stage.fail(server.port, 0.8)


def wrong_name(stage: Stage) -> Failure:
    return stage.over_tls(with_certificate(stage.kind), server_name="elsewhere")


def unknown_authority(stage: Stage) -> Failure:
    return stage.against(with_certificate(stage.kind), tls=Tls(server_name="temporal"), secure=True)


def with_server_certificate(stage: Stage, begins: int, ends: int, *, self_signed: bool = False) -> Failure:
    """Against a certificate that is valid from and to these days from now."""
    authority = Authority(stage.folder)
    pair = authority.issue("temporal", timedelta(days=begins), timedelta(days=ends), self_signed=self_signed)
    return stage.over_tls(with_certificate(stage.kind, pair), ca_file=authority.ca_file)


def with_client_certificate(stage: Stage, ends: int, client_ca: str | None = None) -> Failure:
    """With a client certificate that ends so many days from now."""
    authority = Authority(stage.folder)
    pair = authority.issue("agent", timedelta(days=-2), timedelta(days=ends))
    server = with_certificate(stage.kind, client_ca=client_ca or authority.ca_file)
    return stage.over_tls(server, cert_file=pair.cert, key_file=pair.key)


def key_of_another(stage: Stage) -> Failure:
    return stage.with_files(**{**stage.key_pair(), "cert_file": str(TLS / "ca.pem")})


def key_that_others_may_read(stage: Stage) -> Failure:
    pair = stage.key_pair()
    Path(pair["key_file"]).chmod(0o644)
    return stage.with_files(**pair)


def secret_missing(stage: Stage) -> Failure:
    """Against a server that lets nobody in: where the token is only one way to ask, it is the reason then."""
    path = str(stage.folder / "missing-secret")
    if stage.kind not in GRPC:
        return stage.against(refuses_logins(stage.kind, []), secret=path)
    refuse_all = refuse(grpc.StatusCode.PERMISSION_DENIED)
    with frontend(refuse_all, refuse_all, clusters=refuse_all) as address:
        probe = stage.open(int(address.rpartition(":")[2]), secret=path)
        found = read(probe)
        probe.close()
    return found if isinstance(found, Failure) else found.gaps[0]


def secret_read_again(stage: Stage) -> Failure:
    seen: list[bytes] = []
    path = stage.folder / "secret"
    with Loopback(refuses_logins(stage.kind, seen)) as server:
        path.write_text(f"{SECRETS[0]}\n")
        probe = stage.open(server.port, secret=str(path))
        first = failure(probe)
        path.write_text(f"{SECRETS[1]}\n")
        second = failure(probe)
        probe.close()
    assert first.reason is second.reason
    assert as_sent(stage.kind, SECRETS[0]) in seen[0]
    assert as_sent(stage.kind, SECRETS[1]) in seen[-1]
    return second


def over_the_bound(stage: Stage) -> Failure:
    if stage.kind not in GRPC:
        return stage.against(endless_answer(stage.kind), 4.0)
    large = "1" * 2_000_000

    def clusters(_request: Any, _context: Any) -> Any:
        return ListClustersResponse(clusters=[ClusterMetadata(cluster_name=large)])

    info = cluster_info(server_version=large)
    with frontend(info, system_info(large), clusters=clusters) as address:
        return stage.fail(int(address.rpartition(":")[2]))


def aborted(stage: Stage) -> Failure:
    """As a round does: the deadline has passed and the read goes on."""
    handler = postgresql_server.let_in if stage.kind == "postgresql" else lambda connection: None

    def handle(connection: socket.socket) -> None:
        handler(connection)
        silence(connection)

    with Loopback(handle) as server, within(2.0):
        probe = stage.open(server.port)
        result = read_until_aborted(probe, 0.3)
        probe.close()
    assert isinstance(result, Failure)
    return result


def first_address_is_dead(stage: Stage) -> Failure:
    """The second address is of a server that hangs up, which it can do only when it is reached."""
    found = socket.getaddrinfo

    def two(host: str, *arguments: Any, **options: Any) -> list[Any]:
        hosts = ["127.0.0.2", "127.0.0.1"] if host == "two.invalid" else [host]
        return [place for each in hosts for place in found(each, *arguments, **options)]

    stage.monkeypatch.setattr(socket, "getaddrinfo", two)
    with Loopback(asked_then_hangs_up(stage.kind)) as server, dead_port("127.0.0.2", server.port):
        result = stage.fail(server.port, 2.0, host="two.invalid")
        assert server.accepted > 0
    return result


#: Without it, the next request may use the connection while it closes.
_LAST = {"Connection": "close"}


def limit_reached(kind: str) -> Handler:
    """What a server of this kind says when it has no room for a connection or a request.

    Kafka and ZooKeeper close the connection.
    """
    said = {
        "mysql": mysql_server.packet(0, b"\xff\x10\x04Too many connections"),
        "postgresql": postgresql_server.error("sorry, too many clients already", "53300"),
        "cassandra": cql_server.error(0x1001, "Request is overloaded"),
        **dict.fromkeys(HTTP, Answer(b"slow down", 429, _LAST).wire),
    }
    if kind in GRPC:
        # REFUSED_STREAM.
        return rst_stream(7)
    return _says_instead(kind, said.get(kind, b""))


def error_in_place_of_a_greeting(kind: str) -> Handler:
    """What a server of this kind says that is blocked, starting or without what it depends on."""
    said = {
        "mysql": mysql_server.packet(0, b"\xff" + struct.pack("<H", 1129) + b"Host '10.0.0.1' is blocked"),
        "postgresql": postgresql_server.error("the database system is starting up", "57P03"),
        "cassandra": cql_server.error(0x1002, "Node is bootstrapping"),
        # COORDINATOR_LOAD_IN_PROGRESS, and no list of what it speaks.
        "kafka": struct.pack("!iihi", 10, 1, 14, 0),
        "zookeeper": b"This ZooKeeper instance is not currently serving requests\n",
        **dict.fromkeys(HTTP, Answer(b"starting", 503, _LAST).wire),
    }
    if kind in GRPC:
        return own_status(status(14, b"starting"))
    return _says_instead(kind, said[kind])


def _says_instead(kind: str, said: bytes) -> Handler:
    """Says this where a server of this kind would begin, and hangs up."""

    def handle(connection: socket.socket) -> None:
        if kind != "mysql":
            connection.recv(65536)
        connection.sendall(said)

    return handle


def broken_off(stage: Stage, fault: Fault) -> Failure:
    """With a healthy server, whose answers break off."""
    with healthy(stage.kind) as port, Relay(port) as relay:
        relay.use(fault)
        return stage.fail(relay.port)


LAWS: dict[str, Callable[[Stage], Failure]] = {
    "closed port": lambda stage: stage.closed_port(),
    "name that does not resolve": lambda stage: stage.fail(9, host="no-such-host.invalid"),
    "silence": lambda stage: stage.against(silence, 0.3),
    "hang-up at once": lambda stage: stage.against(closes),
    "hang-up after the question": lambda stage: stage.against(asked_then_hangs_up(stage.kind)),
    "another protocol": lambda stage: stage.against(another_protocol),
    "plain text where TLS is wanted": lambda stage: stage.over_tls(without_tls(stage.kind)),
    "hang-up where TLS is wanted": lambda stage: stage.over_tls(hang_up_in_handshake(stage.kind)),
    "silence where TLS is wanted": lambda stage: stage.over_tls(silence, 0.3),
    "TLS where plain text is wanted": tls_where_plain_text_is_wanted,
    "certificate of an unknown authority": unknown_authority,
    "certificate for another name": wrong_name,
    "client certificate wanted and none configured": lambda stage: stage.over_tls(
        with_certificate(stage.kind, client_ca=str(TLS / "ca.pem"))
    ),
    "server certificate expired": lambda stage: with_server_certificate(stage, -2, -1),
    "server certificate not valid yet": lambda stage: with_server_certificate(stage, 1, 2),
    "self-signed server certificate": lambda stage: with_server_certificate(stage, -1, 1, self_signed=True),
    "client certificate expired": lambda stage: with_client_certificate(stage, -1),
    "client certificate of an unknown authority": lambda stage: with_client_certificate(
        stage, 1, str(TLS / "ca.pem")
    ),
    "TLS 1.1 at the most": lambda stage: stage.over_tls(
        with_certificate(stage.kind, newest=ssl.TLSVersion.TLSv1_1)
    ),
    "CA file missing": lambda stage: stage.with_files(ca_file=stage.path("missing.pem")),
    "CA file is a folder": lambda stage: stage.with_files(ca_file=str(stage.folder)),
    "CA file garbage": lambda stage: stage.with_files(ca_file=stage.file("garbage.pem")),
    "client certificate missing": lambda stage: stage.with_files(
        **{**stage.key_pair(), "cert_file": stage.path("missing.pem")}
    ),
    "client certificate unreadable": lambda stage: stage.with_files(
        **{**stage.key_pair(), "cert_file": str(stage.folder)}
    ),
    "client certificate garbage": lambda stage: stage.with_files(
        **{**stage.key_pair(), "cert_file": stage.file("garbage.pem")}
    ),
    "private key missing": lambda stage: stage.with_files(
        **{**stage.key_pair(), "key_file": stage.path("missing.key")}
    ),
    "private key of another certificate": key_of_another,
    "private key that others may read": key_that_others_may_read,
    "secret missing": secret_missing,
    "secret read again": secret_read_again,
    "answer over the size bound": over_the_bound,
    "abort by the caller": aborted,
    "connection limit reached": lambda stage: stage.against(limit_reached(stage.kind)),
    "connection limit reached, and TLS is wanted": lambda stage: stage.over_tls(limit_reached(stage.kind)),
    "error in place of a greeting": lambda stage: stage.against(error_in_place_of_a_greeting(stage.kind)),
    "hang-up after the first answer": lambda stage: broken_off(stage, ends_at(1, nothing, close)),
    "reset after the first answer": lambda stage: broken_off(stage, ends_at(1, nothing, reset)),
    "hang-up in the middle of an answer": lambda stage: broken_off(stage, ends_at(0, half, close)),
    "first address of a name is dead": first_address_is_dead,
}


def hang_up_in_handshake(kind: str) -> Handler:
    def handle(connection: socket.socket) -> None:
        before_tls(kind, connection)
        connection.recv(65536)

    return handle


def open_sockets() -> int:
    """How many sockets this process has."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            count += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
    return count


def breaches_of(law: str, expected: Reason, found: Failure) -> list[str]:
    """Another reason, a word that is missing, or a text that is not readable or quotes a secret."""
    text = found.text
    breaches = [] if found.reason is expected else [f"{found.reason} instead of {expected}: {text}"]
    breaches += [f"no {words!r} in {text!r}" for words in WORDS.get(law, ()) if words not in text]
    is_readable = text.isprintable() and "\ufffd" not in text and "\\x" not in text
    if not is_readable or any(secret in text for secret in SECRETS):
        breaches.append(f"not readable, or a secret: {text!r}")
    return breaches
