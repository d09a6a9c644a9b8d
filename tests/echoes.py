"""Servers of every kind that echo what they receive: into errors, into names and into versions."""

from __future__ import annotations

import json
import socket
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import grpc
from temporalio.api.operatorservice.v1 import ClusterMetadata, ListClustersResponse
from temporalio.api.workflowservice.v1 import GetClusterInfoResponse

from tests.probes import cql_server, kafka_server, mysql_server, postgresql_server
from tests.probes.contract import GRPC, HTTP
from tests.probes.servers import Answer, Handler, Loopback, Pages, Request, frontend

#: The secret of every target. Characters that JSON, HTML and addresses write in another way.
CANARY = 'canary-"4711"&/secret'
LOGIN = b64encode(f"agent:{CANARY}".encode()).decode()
#: What must appear in no output.
FORMS = (
    "canary-",
    LOGIN.rstrip("="),
    quote(CANARY, safe=""),
    b64encode(CANARY.encode()).decode().rstrip("="),
)


def leaks(text: str) -> list[str]:
    """The forms of the secret that this text contains."""
    return [form for form in FORMS if form in text]


def _echo(request: Request) -> Answer:
    """Every value that some probe reads is the header that came."""
    sent = request.headers.get("authorization", "none")
    known: dict[str, Any] = dict.fromkeys(
        ("serverVersion", "clusterName", "clusterId", "version", "cluster_name", "persistenceStore"), sent
    )
    known |= {"status": "success", "data": {"version": sent, "result": []}}
    if request.path.startswith("/api/v1/status") or "metadata" not in request.path:
        known |= {"version": {"number": sent} if request.path == "/" else sent}
    return Answer(json.dumps(known).encode())


def _refuse(request: Request) -> Answer:
    sent = request.headers.get("authorization", "none")
    decoded = b64decode(sent[6:]).decode() if sent.startswith("Basic ") else ""
    return Answer(f"You sent {request.path} with {sent} {decoded} {quote(decoded)}".encode(), 400)


def _mysql(connection: socket.socket) -> None:
    connection.sendall(mysql_server.greeting())
    mysql_server.receive(connection)
    connection.sendall(mysql_server.packet(2, mysql_server.error(1045, f"using password {CANARY}")))


def _mysql_version(connection: socket.socket) -> None:
    mysql_server.Speaker(version=f"8.0.33-{CANARY}", comment=CANARY)(connection)


def _postgresql(connection: socket.socket) -> None:
    postgresql_server.greet(connection)
    connection.sendall(postgresql_server.error(f"password {CANARY} is wrong", "28P01"))


_CASSANDRA_LOCAL = {
    "release_version": f"4.1.3-{CANARY}",
    "cluster_name": CANARY,
    "data_center": "dc1",
    "schema_version": CANARY,
}


def _servers(kind: str) -> list[Handler]:
    if kind == "cassandra":
        refusal = cql_server.Refusal(0x1001, f"overloaded by {CANARY}")
        local = {
            "system.local": [_CASSANDRA_LOCAL],
            "system.peers_v2": [],
            "system_schema.keyspaces": [],
        }
        return [
            cql_server.Node({"system.local": refusal}, passwords={CANARY}),
            cql_server.Node(local, passwords={CANARY}),
        ]
    if kind == "kafka":
        spoken = {1: (0, 11), 2: (0, 5), 3: (0, 8), 17: (0, 1), 36: (0, 1)}
        text = f"wrong: {CANARY}".encode()
        refused = struct.pack("!hh", 58, len(text)) + text + struct.pack("!i", 0)
        return [
            kafka_server.Broker(
                spoken, passwords={CANARY}, instead={kafka_server.SASL_AUTHENTICATE: refused}
            ),
            kafka_server.Broker(spoken, passwords={CANARY}, listed=[(1, f"{CANARY}.invalid", 9092)]),
        ]
    version = postgresql_server.rows((CANARY, f"15.4-{CANARY}", f"PostgreSQL {CANARY}", "f"))
    schema = postgresql_server.rows((CANARY, CANARY, "f"))
    if kind == "mysql":
        return [_mysql, _mysql_version]
    return [_postgresql, postgresql_server.answering(version, schema)]


def _metadata(context: grpc.ServicerContext) -> str:
    return str({key: str(value) for key, value in context.invocation_metadata()}.get("authorization"))


@contextmanager
def echoing(kind: str) -> Iterator[list[int]]:
    """The ports of servers of this kind, each of which echoes the secret in another way."""
    if kind in GRPC:

        def version(_request: Any, context: grpc.ServicerContext) -> Any:
            sent = _metadata(context)
            return GetClusterInfoResponse(server_version=sent, cluster_name=sent, persistence_store=sent)

        def error(_request: Any, context: grpc.ServicerContext) -> Any:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"got {_metadata(context)}")

        def clusters(_request: Any, context: grpc.ServicerContext) -> Any:
            sent = _metadata(context)
            other = ClusterMetadata(cluster_name=f"standby {sent}", address=sent)
            other.is_connection_enabled = True
            return ListClustersResponse(clusters=[other])

        with frontend(version, None, clusters=clusters) as one, frontend(error, error, clusters=error) as two:
            yield [int(address.rpartition(":")[2]) for address in (one, two)]
        return
    made = [Pages(_echo), Pages(_refuse)] if kind in HTTP else [Loopback(each) for each in _servers(kind)]
    with made[0] as first, made[1] as second:
        yield [first.port, second.port]
