"""Prometheus and its relatives: who answers, with which version, and what it holds of this cluster.

No relative can be had here, nor an old Prometheus: these are the answers that they are known to give, each
with its source. The real Prometheus is asked in tests/integration/test_agent_monitoring.py.
"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config import Watch, WebApi
from agent.model.observation import Facts, Failure
from agent.model.vocabulary import Reason
from agent.probes import Probe, open_probe
from tests.laws import law
from tests.probes.reading import facts, failure, peak_of, read, within
from tests.probes.servers import Answer, Loopback, Pages, Request, requests, silence

BUILD = "/api/v1/status/buildinfo"
QUERY = "/api/v1/query"

# Debian's Prometheus 2.42, as it answered here.
PROMETHEUS = {
    "version": "2.42.0+ds",
    "revision": "2.42.0+ds-5+deb12u1",
    "branch": "debian/sid",
    "buildUser": "team+pkg-go@tracker.debian.org",
    "buildDate": "20260604-00:58:54",
    "goVersion": "go1.19.8",
}
# grafana/grafana's own test TestDetectPrometheusVariant; grafana/mimir#15743 shows the same keys.
MIMIR = {
    "application": "Grafana Mimir",
    "version": "2.0.0",
    "revision": "9fd2da5",
    "branch": "HEAD",
    "goVersion": "go1.17.8",
    "features": {"ruler_config_api": "true", "alertmanager_config_api": "true", "query_sharding": "false"},
}
# Thanos has the same keys as Prometheus (thanos-io/thanos@011348b: pkg/api/api.go), and no 1.0.
THANOS = {**PROMETHEUS, "version": "0.37.2", "revision": "cba8cf2f", "branch": "HEAD"}
# docs.victoriametrics.com/guides/grafana-vmauth-openid-configuration; VictoriaMetrics/VictoriaMetrics#5437.
VICTORIAMETRICS = {"version": "2.24.0"}

# The book "Prometheus: Up & Running" for 2.2.1; published course work for 1.8.1 (boygruv_microservices).
METRICS_2_2 = (
    b"# HELP prometheus_build_info A metric with a constant '1' value labeled by version.\n"
    b"# TYPE prometheus_build_info gauge\n"
    b'prometheus_build_info{branch="HEAD",goversion="go1.10",'
    b'revision="bc6058c81272a8d938c05e75607371284236aadc",version="2.2.1"} 1\n'
)
METRICS_1_8 = (
    b'prometheus_build_info{branch="HEAD",goversion="go1.9.1",'
    b'revision="3a7c51ab70fc7615cd318204d3aa7c078b7c5b20",version="1.8.1"} 1\n'
)
# cortexproject/cortex: docs that show `curl …/metrics | grep cortex_build_info`.
METRICS_CORTEX = (
    b'cortex_build_info{branch="master",goarch="amd64",goos="linux",goversion="go1.25.4",'
    b'revision="b72a536fe",version="1.20.0"} 1\n'
)
# Made after Prometheus' own: Thanos registers the same collector by its name (cmd/thanos/main.go).
METRICS_THANOS = (
    b'thanos_build_info{branch="HEAD",goversion="go1.23.4",revision="cba8cf2f",version="0.37.2"} 1\n'
)
# VictoriaMetrics/VictoriaMetrics: lib/appmetrics/appmetrics.go.
METRICS_VICTORIAMETRICS = (
    b"process_resident_memory_bytes 1.3e+08\n"
    b'vm_app_version{version="victoria-metrics-20250506-000000-tags-v1.114.0-0-g0000000", '
    b'short_version="v1.114.0"} 1\n'
)
NOT_FOUND = Answer(b"404 page not found\n", 404)
LOGIN_PAGE = Answer(
    b"<!DOCTYPE html><html><title>Log in</title></html>", headers={"Content-Type": "text/html"}
)


def answer(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status)


def build(data: object) -> Answer:
    return answer({"status": "success", "data": data})


def vector(*values: str) -> Answer:
    found = [{"metric": {}, "value": [1790000000.0, value]} for value in values]
    return answer({"status": "success", "data": {"resultType": "vector", "result": found}})


HEALTHY = {BUILD: build(PROMETHEUS), QUERY: vector("3"), "/metrics": NOT_FOUND}


def by_path(pages: Mapping[str, Answer], prefix: str = "") -> Callable[[Request], Answer]:
    def choose(request: Request) -> Answer:
        return pages.get(urlsplit(request.path).path.removeprefix(prefix), NOT_FOUND)

    return choose


def opened(server: Pages, matchers: str = "{}", path: str = "", **settings: Any) -> Probe:
    api = WebApi(url=f"http://{server.address}{path}", **settings)
    return open_probe("prometheus", Watch(api, "orders-live", matchers))


def ask(changes: Mapping[str, Answer] | None = None) -> Facts | Failure:
    with Pages(by_path({**HEALTHY, **(changes or {})})) as server:
        probe = opened(server)
        result = read(probe)
        probe.close()
    return result


def told(changes: Mapping[str, Answer]) -> tuple[str, str]:
    """Flavour and version."""
    found = ask(changes)
    assert isinstance(found, Facts), found
    assert found.component == "prometheus"
    (node,) = found.nodes
    return found.flavor, node.version


def refused(changes: Mapping[str, Answer]) -> Failure:
    found = ask(changes)
    assert isinstance(found, Failure), found
    return found


# Who it is


def test_a_prometheus_reports_its_version_in_one_answer() -> None:
    with Pages(by_path(HEALTHY)) as server:
        probe = opened(server)
        found = facts(probe)
        probe.close()
        assert [urlsplit(request.path).path for request in server.seen] == [BUILD, QUERY, QUERY]
        assert server.accepted == 1
    assert (found.flavor, found.nodes[0].version, found.gaps) == ("", "2.42.0+ds", ())


@pytest.mark.parametrize(("metrics", "version"), [(METRICS_2_2, "2.2.1"), (METRICS_1_8, "1.8.1")])
def test_a_prometheus_that_does_not_know_the_question_is_known_by_its_own_metrics(
    metrics: bytes, version: str
) -> None:
    assert told({BUILD: NOT_FOUND, "/metrics": Answer(metrics)}) == ("", version)


@law(
    [
        ({BUILD: build(MIMIR)}, "mimir", "2.0.0"),
        ({BUILD: build({**MIMIR, "application": "Cortex"})}, "cortex", "2.0.0"),
        ({BUILD: NOT_FOUND, "/metrics": Answer(METRICS_CORTEX)}, "cortex", "1.20.0"),
        ({BUILD: build(THANOS), "/metrics": Answer(METRICS_THANOS)}, "thanos", "0.37.2"),
        ({BUILD: NOT_FOUND, "/metrics": Answer(METRICS_THANOS)}, "thanos", "0.37.2"),
        (
            {BUILD: build(VICTORIAMETRICS), "/metrics": Answer(METRICS_VICTORIAMETRICS)},
            "victoriametrics",
            "v1.114.0",
        ),
        # VictoriaMetrics 1.77 to 1.95 (VictoriaMetrics/VictoriaMetrics#5382), and before 1.77.
        ({BUILD: build({}), "/metrics": Answer(METRICS_VICTORIAMETRICS)}, "victoriametrics", "v1.114.0"),
        (
            {BUILD: Answer(b"unsupported path", 400), "/metrics": Answer(METRICS_VICTORIAMETRICS)},
            "victoriametrics",
            "v1.114.0",
        ),
    ],
)
def test_a_relative_is_named(changes: Mapping[str, Answer], flavor: str, version: str) -> None:
    assert told(changes) == (flavor, version)


@pytest.mark.parametrize(
    ("data", "flavor", "version"),
    [
        # A VictoriaMetrics cluster has no /metrics below the path of its API.
        (VICTORIAMETRICS, "victoriametrics", "2.24.0 (of the API, not its own)"),
        (THANOS, "other", "0.37.2"),
        # Dash0 fills in the version alone (its API reference: PrometheusBuildInfo).
        ({**dict.fromkeys(PROMETHEUS, ""), "version": "2.53.0"}, "other", "2.53.0"),
        # elastic/elasticsearch#150235
        ({**PROMETHEUS, "application": "Elasticsearch", "version": "9.5.0"}, "other", "9.5.0"),
    ],
)
def test_a_relative_that_does_not_say_which_is_still_no_prometheus(
    data: object, flavor: str, version: str
) -> None:
    assert told({BUILD: build(data)}) == (flavor, version)
    assert told({BUILD: build(data), "/metrics": LOGIN_PAGE}) == (flavor, version)


def test_metrics_are_read_no_further_than_needed() -> None:
    rest = b"x_total 1\n" * 90_000
    assert told({BUILD: NOT_FOUND, "/metrics": Answer(METRICS_2_2 + rest * 3)}) == ("", "2.2.1")


# What is none


@law(
    [
        ({BUILD: LOGIN_PAGE}, Reason.BAD_ANSWER),
        ({BUILD: Answer(b"")}, Reason.BAD_ANSWER),
        ({BUILD: Answer(b'{"status": "success", "data": {"version"')}, Reason.BAD_ANSWER),
        ({BUILD: Answer(b"[" * 99_999)}, Reason.BAD_ANSWER),
        ({BUILD: answer([])}, Reason.BAD_ANSWER),
        ({BUILD: answer({"status": "success"})}, Reason.BAD_ANSWER),
        ({BUILD: build("2.42.0")}, Reason.BAD_ANSWER),
        ({BUILD: build({})}, Reason.VERSION_UNREADABLE),
        ({BUILD: build({**PROMETHEUS, "version": 2.42})}, Reason.VERSION_UNREADABLE),
        ({BUILD: build({**PROMETHEUS, "version": ""})}, Reason.VERSION_UNREADABLE),
        ({BUILD: build({"application": "Grafana Mimir"})}, Reason.VERSION_UNREADABLE),
        ({BUILD: NOT_FOUND}, Reason.NOT_IMPLEMENTED),
        ({BUILD: NOT_FOUND, "/metrics": LOGIN_PAGE}, Reason.NOT_IMPLEMENTED),
        ({BUILD: NOT_FOUND, "/metrics": Answer(b"up 1\n")}, Reason.NOT_IMPLEMENTED),
        ({BUILD: NOT_FOUND, "/metrics": Answer(b'prometheus_build_info{version="} 1\n')}, Reason.BAD_ANSWER),
        (
            {BUILD: NOT_FOUND, "/metrics": Answer(b'prometheus_build_info{a="b",\t=c="d"} 1\n')},
            Reason.BAD_ANSWER,
        ),
        ({BUILD: NOT_FOUND, "/metrics": Answer(b"x" * 900_000)}, Reason.NOT_IMPLEMENTED),
        ({BUILD: NOT_FOUND, "/metrics": Answer(b"x 1\n" * 300_000)}, Reason.ANSWER_TOO_LARGE),
        ({BUILD: build(THANOS), "/metrics": Answer(b"x 1\n" * 300_000)}, Reason.ANSWER_TOO_LARGE),
        ({BUILD: Answer(b"", 503)}, Reason.STORE_UNAVAILABLE),
        ({BUILD: Answer(b"Unauthorized", 401)}, Reason.AUTHENTICATION_FAILED),
        ({BUILD: Answer(b"Forbidden", 403)}, Reason.PERMISSION_DENIED),
    ],
)
def test_what_reports_no_version_has_its_reason(changes: Mapping[str, Answer], reason: Reason) -> None:
    assert refused(changes).reason is reason


def test_a_login_page_is_called_so() -> None:
    assert "log in" in refused({BUILD: LOGIN_PAGE}).text


_JSON = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "result", "version", "application", "revision", "value"]), inner
        )
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(first=_JSON, second=_JSON)
def test_any_json_gives_facts_or_an_expected_reason(first: object, second: object) -> None:
    expected = {Reason.BAD_ANSWER, Reason.VERSION_UNREADABLE}
    result = ask({BUILD: build(first), QUERY: answer(second)})
    assert isinstance(result, Facts) or result.reason in expected
    result = ask({BUILD: answer(first), QUERY: build(second)})
    assert isinstance(result, Facts) or result.reason in expected


# What it holds


@pytest.mark.parametrize("values", [(), ("0",), ("3",), ("41",)])
def test_series_are_counted_not_listed(values: tuple[str, ...]) -> None:
    found = ask({QUERY: vector(*values)})
    assert isinstance(found, Facts)
    number = values[0] if values else "0"
    assert found.settings == {"temporal_series": number, "agent_series": number}


@pytest.mark.parametrize(
    ("matchers", "series"),
    [
        ("{}", '{__name__=~"(.+_)?build_information"}'),
        ('{namespace="temporal", }', '{__name__=~"(.+_)?build_information", namespace="temporal"}'),
        (r"{instance=~`a\.b:1`}", r'{__name__=~"(.+_)?build_information", instance=~`a\.b:1`}'),
    ],
)
def test_temporals_series_and_the_agents_of_this_cluster_are_requested(matchers: str, series: str) -> None:
    with Pages(by_path(HEALTHY)) as server:
        probe = opened(server, matchers)
        found = facts(probe)
        probe.close()
        queries = [parse_qs(urlsplit(request.path).query) for request in server.seen[1:]]
    agent = 'temporal_compat_cluster_info{temporal_cluster="orders-live"}'
    asked = {"temporal_series": f"count({series})", "agent_series": f"count({agent})"}
    assert queries == [{"query": [query]} for query in asked.values()]
    assert found.details == asked


@law(
    [
        (Answer(b"no org id", 401), Reason.AUTHENTICATION_FAILED),
        (NOT_FOUND, Reason.NOT_IMPLEMENTED),
        (LOGIN_PAGE, Reason.BAD_ANSWER),
        (vector("many"), Reason.BAD_ANSWER),
        (vector("+Inf"), Reason.BAD_ANSWER),
        (vector("NaN"), Reason.BAD_ANSWER),
        (answer({"data": {"result": [7]}}), Reason.BAD_ANSWER),
        (Answer(b" " * 1_000_001), Reason.ANSWER_TOO_LARGE),
    ],
)
def test_the_version_counts_although_the_series_may_not_be_requested(page: Answer, reason: Reason) -> None:
    found = ask({QUERY: page})
    assert isinstance(found, Facts)
    assert [gap.reason for gap in found.gaps] == [reason]
    assert found.settings == {}
    assert found.nodes[0].version == "2.42.0+ds"


# The way there


@pytest.mark.parametrize("path", ["", "/", "/prometheus", "/prometheus/"])
def test_it_may_live_under_a_path(path: str) -> None:
    pages = {BUILD: NOT_FOUND, QUERY: vector(), "/metrics": Answer(METRICS_2_2)}
    with Pages(by_path(pages, path.rstrip("/"))) as server:
        probe = opened(server, path=path)
        assert facts(probe).nodes[0].version == "2.2.1"
        probe.close()


def test_a_user_is_sent_with_every_question_and_a_password_that_changes_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "password"
    with Pages(by_path(HEALTHY)) as server:
        probe = opened(server, user="agent", password_file=str(file))
        for password in ("first", "ü second"):
            file.write_text(f"{password}\n")
            facts(probe)
        probe.close()
        sent = [request.headers["authorization"] for request in server.seen]
    pairs = [base64.b64decode(header.removeprefix("Basic ")).decode() for header in sent]
    assert pairs == ["agent:first"] * 3 + ["agent:ü second"] * 3


def test_a_token_is_sent_as_a_bearer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_TOKEN", "t0ken")
    with Pages(by_path(HEALTHY)) as server:
        probe = opened(server, token="${PROMETHEUS_TOKEN}")
        facts(probe)
        probe.close()
        assert {request.headers["authorization"] for request in server.seen} == {"Bearer t0ken"}


def test_a_token_that_no_header_may_hold_is_not_quoted(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("hunter2\nhunter3")
    with Pages(by_path(HEALTHY)) as server:
        probe = opened(server, token_file=str(file))
        found = failure(probe)
        probe.close()
    assert found.reason is Reason.SECRET_UNREADABLE
    assert "hunter" not in found.text


def test_a_redirect_to_elsewhere_takes_no_password_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "hunter2")
    with Pages(by_path(HEALTHY)) as elsewhere:
        away = Answer(b"", 302, {"Location": f"http://{elsewhere.address}{BUILD}"})
        with Pages(away) as server:
            probe = opened(server, user="agent", password="${PASSWORD}")
            assert failure(probe).reason is Reason.BAD_ANSWER
            probe.close()
        assert elsewhere.accepted == 0


# What it costs


def test_an_answer_of_a_hundred_megabytes_takes_about_one_megabyte_of_memory() -> None:
    def endless(connection: socket.socket) -> None:
        next(requests(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b" " * 1_000_000)

    with Loopback(endless) as server:
        probe = open_probe("prometheus", Watch(WebApi(url=f"http://{server.address}"), "orders-live"))
        found: list[Facts | Failure] = []
        assert peak_of(lambda: found.append(read(probe))) < 2_500_000
        probe.close()
    assert isinstance(found[0], Failure)
    assert found[0].reason is Reason.ANSWER_TOO_LARGE


def test_what_falls_silent_after_it_reported_its_version_still_counts() -> None:
    def half(connection: socket.socket) -> None:
        next(requests(connection))
        connection.sendall(build(PROMETHEUS).wire)
        silence(connection)

    with Loopback(half) as server, within(1.0):
        probe = open_probe("prometheus", Watch(WebApi(url=f"http://{server.address}"), "orders-live"))
        found = facts(probe, 0.3)
        probe.close()
    assert found.nodes[0].version == "2.42.0+ds"
    assert [gap.reason for gap in found.gaps] == [Reason.TIMEOUT]
