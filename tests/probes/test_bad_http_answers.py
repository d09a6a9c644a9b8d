"""What every HTTP target may do wrong: each ends within its deadline, with its reason, at little cost."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from itertools import repeat

import pytest

from agent.config import Elasticsearch, MetricsTarget, Temporal, Tls, Watch, WebApi
from agent.config.model import PrometheusTarget
from agent.model.observation import Facts
from agent.model.vocabulary import Reason
from agent.probes import Probe, open_probe
from agent.probes.transport.http import HttpClient, HttpError
from tests.fleets import eventually
from tests.probes.reading import facts, failure, read, read_until_aborted
from tests.probes.servers import TLS, Answer, Handler, Loopback, Pages, requests, slowly

Opener = Callable[[str], Probe]


def by_http(url: str) -> Probe:
    return open_probe("temporal_http", Temporal(http=url))


def by_metrics(url: str) -> Probe:
    return open_probe("temporal_metrics", MetricsTarget(url=f"{url}/metrics"))


def by_prometheus(url: str) -> Probe:
    return open_probe("temporal_prometheus", Temporal(prometheus=PrometheusTarget(url=url)))


def by_elasticsearch(url: str) -> Probe:
    return open_probe("elasticsearch", Elasticsearch(url=url, index="temporal_visibility_v1"))


def by_monitoring(url: str) -> Probe:
    return open_probe("prometheus", Watch(WebApi(url=url), "orders-live"))


def by_grafana(url: str) -> Probe:
    return open_probe("grafana", WebApi(url=url))


every_probe = pytest.mark.parametrize(
    "opener", [by_http, by_metrics, by_prometheus, by_elasticsearch, by_monitoring, by_grafana]
)


def reason(opener: Opener, address: str, timeout: float = 2.0) -> Reason:
    probe = opener(f"http://{address}")
    try:
        return failure(probe, timeout).reason
    finally:
        probe.close()


@every_probe
@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".invalid"])
def test_a_name_that_no_host_can_have_is_not_resolved(opener: Opener, host: str) -> None:
    assert reason(opener, host) is Reason.NAME_NOT_RESOLVED


@every_probe
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, Reason.AUTHENTICATION_FAILED),
        (403, Reason.PERMISSION_DENIED),
        (404, Reason.NOT_IMPLEMENTED),
        (204, Reason.BAD_ANSWER),
        (400, Reason.BAD_ANSWER),
        (429, Reason.UNREACHABLE),
        (502, Reason.STORE_UNAVAILABLE),
        (503, Reason.STORE_UNAVAILABLE),
        (504, Reason.STORE_UNAVAILABLE),
        (500, Reason.BAD_ANSWER),
        (999, Reason.BAD_ANSWER),
    ],
)
def test_each_status_has_its_reason(opener: Opener, status: int, expected: Reason) -> None:
    with Pages(Answer(b"" if status == 204 else b"because", status)) as server:
        assert reason(opener, server.address) is expected


@every_probe
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(opener: Opener, status: int) -> None:
    with Pages(Answer(b"{}")) as elsewhere:
        redirect = Answer(b"", status, {"Location": f"http://{elsewhere.address}/"})
        with Pages(redirect) as server:
            assert reason(opener, server.address) is Reason.BAD_ANSWER
            assert server.seen
        assert elsewhere.accepted == 0


@every_probe
@pytest.mark.parametrize("where", [b"http://[", b"\xff\xfe", b"", b"a" * 60_000])
def test_a_redirect_to_nowhere_is_a_bad_answer(opener: Opener, where: bytes) -> None:
    def redirect(connection: socket.socket) -> None:
        for _ in requests(connection):
            connection.sendall(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + where + b"\r\n\r\n")

    with Loopback(redirect) as server:
        assert reason(opener, server.address) is Reason.BAD_ANSWER


@every_probe
def test_a_cookie_is_never_sent_back(opener: Opener) -> None:
    with Pages(Answer(b"login", 404, {"Set-Cookie": "session=1; Path=/"})) as server:
        probe = opener(f"http://{server.address}")
        failure(probe)
        failure(probe)
        probe.close()
        assert len(server.seen) > 1
        assert [request for request in server.seen if "cookie" in request.headers] == []


# What never ends


def drip(head: bytes, drop: bytes = b" ") -> Handler:
    """Answers with a byte now and then: each comes in time, the whole never does."""

    def handle(connection: socket.socket) -> None:
        next(requests(connection))
        connection.sendall(head)
        for piece in slowly(repeat(drop), 0.02):
            connection.sendall(piece)

    return handle


DRIPS = {
    "headers": drip(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
    "body": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
    "body-until-closed": drip(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
    "chunk": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"),
    "chunks": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "error": drip(b"HTTP/1.1 500 Oops\r\nContent-Length: 1000000\r\n\r\n"),
}


@every_probe
@pytest.mark.parametrize("handler", DRIPS.values(), ids=DRIPS)
def test_an_answer_that_drips_ends_when_it_is_aborted(opener: Opener, handler: Handler) -> None:
    with Loopback(handler) as server:
        probe = opener(f"http://{server.address}")
        result = read_until_aborted(probe, 0.1)
        probe.close()
    assert result is not None
    assert getattr(result, "reason", None) is Reason.TIMEOUT


def test_an_answer_that_drips_under_tls_ends_when_it_is_aborted() -> None:
    with Loopback(DRIPS["body"], tls=True) as server:
        tls = Tls(ca_file=str(TLS / "ca.pem"), server_name="temporal")
        probe = open_probe("temporal_http", Temporal(http=f"https://{server.address}", tls=tls))
        result = read_until_aborted(probe, 0.5)
        probe.close()
    assert result is not None
    assert getattr(result, "reason", None) is Reason.TIMEOUT


@every_probe
def test_aborting_a_probe_that_never_read_or_was_closed_does_nothing(opener: Opener) -> None:
    with Pages(Answer(b"", 404)) as server:
        probe = opener(f"http://{server.address}")
        probe.abort()
        assert failure(probe).reason is Reason.NOT_IMPLEMENTED
        probe.close()
        probe.abort()


@every_probe
def test_a_probe_reads_again_after_it_was_aborted(opener: Opener) -> None:
    with Pages(Answer(b"", 404)) as server:
        probe = opener(f"http://{server.address}")
        for _ in range(2):
            assert failure(probe).reason is Reason.NOT_IMPLEMENTED
            probe.abort()
        probe.close()


# Certificates and the agent's own surroundings


def over_tls(server: Pages, tls: Tls) -> Probe:
    return open_probe("temporal_http", Temporal(http=f"https://{server.address}", tls=tls))


VERSION = Answer(b'{"serverVersion": "1.31.2"}')


def test_a_certificate_that_fits_the_configured_name_is_trusted() -> None:
    with Pages(VERSION, tls=True) as server:
        probe = over_tls(server, Tls(ca_file=str(TLS / "ca.pem"), server_name="temporal"))
        assert facts(probe).nodes[0].version == "1.31.2"
        probe.close()


@pytest.mark.parametrize("tls", [None, Tls(server_name="temporal")])
def test_without_an_authority_of_its_own_a_target_is_trusted_by_those_of_the_system(
    tls: Tls | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "ca.pem"))
    with Pages(VERSION, tls=True) as server:
        probe = open_probe("temporal_http", Temporal(http=f"https://{server.address}", tls=tls))
        # The certificate is for this name, and not for the address.
        result = read(probe)
        probe.close()
    trusted = isinstance(result, Facts)
    assert trusted is (tls is not None)
    assert trusted or "match" in getattr(result, "text", "")


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Pages(VERSION) as proxy, Pages(VERSION) as server:
        monkeypatch.setenv("http_proxy", f"http://{proxy.address}")
        probe = by_http(f"http://{server.address}")
        facts(probe)
        probe.close()
        assert proxy.accepted == 0
        assert len(server.seen) == 1


def test_one_connection_serves_many_reads() -> None:
    with Pages(VERSION) as server:
        probe = by_http(f"http://{server.address}")
        for _ in range(5):
            facts(probe)
        probe.close()
        assert (server.accepted, len(server.seen)) == (1, 5)


def test_a_connection_that_ended_between_two_reads_is_made_again() -> None:
    def once(connection: socket.socket) -> None:
        next(requests(connection))
        connection.sendall(VERSION.wire)

    with Loopback(once) as server:
        probe = by_http(f"http://{server.address}")
        for _ in range(3):
            facts(probe)
            assert eventually(lambda: not server.is_serving())
        probe.close()
        assert server.accepted == 3


def test_the_error_of_the_system_is_reported_without_the_words_of_the_libraries() -> None:
    for url, words in (
        ("http://127.0.0.1:1/x", "Connection refused"),
        ("http://no.such.host.invalid/x", "Name or service not known"),
    ):
        with pytest.raises(HttpError) as caught:
            HttpClient().get(url, time.monotonic() + 5)
        assert caught.value.failure.text == f"GET {url}: {words}"
