"""The contract of probes: what each kind says where a connection fails, law by law.

`EXPECTED[law][kind]` is the reason, or a text that says why the law does not apply to this kind.
`test_contract.py` has the scene of each law.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent.config import (
    Cassandra,
    Elasticsearch,
    Kafka,
    MetricsTarget,
    MySql,
    PostgreSql,
    Temporal,
    Tls,
    Watch,
    WebApi,
    ZooKeeper,
)
from agent.config.model import PrometheusTarget
from agent.model.vocabulary import Reason

#: A reason, or why the law does not apply.
Cell = Reason | str


def _url(host: str, port: int, secure: bool) -> str:
    return f"{'https' if secure else 'http'}://{host}:{port}"


def settings(
    kind: str,
    port: int,
    *,
    host: str = "127.0.0.1",
    tls: Tls | None = None,
    secure: bool = False,
    secret: str | None = None,
) -> Any:
    """The settings of one target. `secure`: with TLS, by the address where the kind has one."""
    url, address = _url(host, port, secure), f"{host}:{port}"
    token: dict[str, Any] = {"token_file": secret} if secret else {}
    login: dict[str, Any] = {"user": "agent", "password_file": secret} if secret else {}
    sql: dict[str, Any] = {
        "host": host,
        "port": port,
        "database": "temporal",
        "user": "agent",
        "password_file": secret,
    }
    made: dict[str, Callable[[], Any]] = {
        "temporal_grpc": lambda: Temporal(frontend=address, tls=tls, **token),
        "temporal_remotes": lambda: Temporal(frontend=address, tls=tls, **token),
        "temporal_http": lambda: Temporal(http=url, tls=tls, **token),
        "temporal_metrics": lambda: MetricsTarget(url=url),
        "temporal_prometheus": lambda: Temporal(prometheus=PrometheusTarget(url=url)),
        "mysql": lambda: MySql(**sql, tls=tls),
        "postgresql": lambda: PostgreSql(**sql, tls=tls, allow_cleartext_password=True),
        "elasticsearch": lambda: Elasticsearch(url=url, index="visibility", tls=tls, **login),
        "cassandra": lambda: Cassandra(hosts=(host,), port=port, keyspace="temporal", tls=tls, **login),
        "kafka": lambda: Kafka(brokers=(address,), tls=tls, **login),
        "zookeeper": lambda: ZooKeeper(hosts=(address,), tls=tls),
        "prometheus": lambda: Watch(WebApi(url=url, tls=tls, **login), "orders-live"),
        "grafana": lambda: WebApi(url=url, tls=tls, **token),
    }
    return made[kind]()


#: Every kind that connects. SQLite has a file and no connection: no law applies to it.
GRPC = ("temporal_grpc", "temporal_remotes")
PLAIN_HTTP = ("temporal_metrics", "temporal_prometheus")
HTTP = ("temporal_http", *PLAIN_HTTP, "elasticsearch", "prometheus", "grafana")
KINDS = (*GRPC, *HTTP, "mysql", "postgresql", "cassandra", "kafka", "zookeeper")


def _each(reason: Cell, **others: Cell) -> dict[str, Cell]:
    return {kind: others.get(kind, reason) for kind in KINDS}


def _of(kinds: tuple[str, ...], cell: Cell) -> dict[str, Cell]:
    return dict.fromkeys(kinds, cell)


_NO_TLS_SETTING = _of(PLAIN_HTTP, "has no `tls` setting: the system's authorities count")
_NO_SECRET = _of((*PLAIN_HTTP, "zookeeper"), "has no secret setting")
_FIRST_TRY = _of((*GRPC, "temporal_http"), "a refused token is followed by a try without it (own tests)")
_ONE_ANSWER = _of(
    ("temporal_http", *PLAIN_HTTP, "prometheus", "grafana", "zookeeper"), "all is in the first answer"
)

EXPECTED: dict[str, dict[str, Cell]] = {
    "closed port": _each(Reason.UNREACHABLE),
    "name that does not resolve": _each(Reason.NAME_NOT_RESOLVED),
    "silence": _each(Reason.TIMEOUT),
    "hang-up at once": _each(Reason.UNREACHABLE),
    "hang-up after the question": _each(Reason.UNREACHABLE),
    "another protocol": _each(Reason.BAD_ANSWER, **_of((*GRPC, *HTTP), Reason.UNREACHABLE)),
    "plain text where TLS is wanted": _each(Reason.TLS_FAILED),
    "hang-up where TLS is wanted": _each(Reason.TLS_FAILED),
    "silence where TLS is wanted": _each(Reason.TIMEOUT),
    "TLS where plain text is wanted": _each(Reason.TLS_FAILED),
    "certificate of an unknown authority": _each(Reason.TLS_FAILED),
    "certificate for another name": _each(Reason.TLS_FAILED, **_NO_TLS_SETTING),
    "client certificate wanted and none configured": _each(Reason.TLS_FAILED, **_NO_TLS_SETTING),
    "server certificate expired": _each(Reason.TLS_FAILED, **_NO_TLS_SETTING),
    "server certificate not valid yet": _each(Reason.TLS_FAILED, **_NO_TLS_SETTING),
    "self-signed server certificate": _each(Reason.TLS_FAILED, **_NO_TLS_SETTING),
    "client certificate expired": _each(Reason.TLS_FAILED, **_NO_TLS_SETTING),
    "client certificate of an unknown authority": _each(Reason.TLS_FAILED, **_NO_TLS_SETTING),
    "TLS 1.1 at the most": _each(Reason.TLS_FAILED),
    "CA file missing": _each(Reason.SECRET_UNREADABLE, **_NO_TLS_SETTING),
    "CA file is a folder": _each(Reason.SECRET_UNREADABLE, **_NO_TLS_SETTING),
    "CA file garbage": _each(Reason.TLS_FAILED, **_NO_TLS_SETTING),
    "client certificate missing": _each(Reason.SECRET_UNREADABLE, **_NO_TLS_SETTING),
    "client certificate unreadable": _each(Reason.SECRET_UNREADABLE, **_NO_TLS_SETTING),
    "client certificate garbage": _each(Reason.TLS_FAILED, **_NO_TLS_SETTING),
    "private key missing": _each(Reason.SECRET_UNREADABLE, **_NO_TLS_SETTING),
    "private key of another certificate": _each(Reason.TLS_FAILED, **_NO_TLS_SETTING),
    # The port is closed, so a key that is accepted leads to `unreachable`.
    "private key that others may read": _each(
        Reason.UNREACHABLE, postgresql=Reason.SECRET_UNREADABLE, **_NO_TLS_SETTING
    ),
    "secret missing": _each(Reason.SECRET_UNREADABLE, **_NO_SECRET),
    "secret read again": _each(Reason.AUTHENTICATION_FAILED, **_NO_SECRET, **_FIRST_TRY),
    "answer over the size bound": _each(
        Reason.ANSWER_TOO_LARGE,
        temporal_metrics="a busy server's metrics have many megabytes, read line by line (own tests)",
    ),
    "abort by the caller": _each(Reason.TIMEOUT),
    "connection limit reached": _each(Reason.UNREACHABLE, cassandra=Reason.STORE_UNAVAILABLE),
    "connection limit reached, and TLS is wanted": _each(
        "says it after TLS has begun, or closes the connection",
        mysql=Reason.UNREACHABLE,
        postgresql=Reason.UNREACHABLE,
    ),
    "error in place of a greeting": _each(
        Reason.STORE_UNAVAILABLE, **_of(("mysql", "postgresql"), Reason.UNREACHABLE), kafka=Reason.BAD_ANSWER
    ),
    "hang-up after the first answer": _each(Reason.UNREACHABLE, **_ONE_ANSWER),
    "reset after the first answer": _each(Reason.UNREACHABLE, **_ONE_ANSWER),
    "hang-up in the middle of an answer": _each(
        Reason.UNREACHABLE, zookeeper="its answer has no length and ends with the connection"
    ),
    "first address of a name is dead": _each(
        Reason.UNREACHABLE, **_of(GRPC, "gRPC resolves names by itself (test_temporal_grpc)")
    ),
}

#: Words that the text of a failure must hold, by law: what to look at.
WORDS = {
    "plain text where TLS is wanted": ("TLS",),
    "hang-up where TLS is wanted": ("TLS",),
    "TLS where plain text is wanted": ("the port speaks TLS",),
    "certificate for another name": ("elsewhere", "temporal", "server_name"),
    "CA file missing": ("tls.ca_file", "missing.pem"),
    "CA file is a folder": ("tls.ca_file", "not a regular file"),
    "CA file garbage": ("tls.ca_file", "garbage.pem"),
    "client certificate missing": ("tls.cert_file", "missing.pem"),
    "client certificate unreadable": ("tls.cert_file", "not a regular file"),
    "client certificate garbage": ("tls.cert_file", "garbage.pem"),
    "private key missing": ("tls.key_file", "missing.key"),
    "private key of another certificate": ("tls.key_file", "does not belong"),
    "secret missing": ("missing-secret",),
}
