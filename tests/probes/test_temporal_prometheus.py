"""Every replica at once, from a Prometheus that scrapes them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config import Temporal
from agent.config.model import PrometheusTarget
from agent.model.observation import Facts, Failure, Node
from agent.model.vocabulary import Reason
from agent.probes import open_probe
from tests.laws import law
from tests.probes.reading import facts, read
from tests.probes.servers import Answer, Pages


def series(**labels: str) -> dict[str, Any]:
    return {"metric": {"__name__": "build_information", **labels}, "value": [1790000000.0, "0"]}


def vector(*found: Any) -> bytes:
    data = {"resultType": "vector", "result": list(found)}
    return json.dumps({"status": "success", "data": data}).encode()


def ask(body: bytes, matchers: str = "{}", path: str = "") -> tuple[Facts | Failure, str]:
    """What came of it, and the address that was asked for."""
    with Pages(Answer(body)) as server:
        target = PrometheusTarget(url=f"http://{server.address}{path}", matchers=matchers)
        probe = open_probe("temporal_prometheus", Temporal(prometheus=target))
        result = read(probe)
        probe.close()
        (request,) = server.seen
    return result, request.path


def reason(body: bytes) -> Reason:
    result, _ = ask(body)
    assert isinstance(result, Failure)
    return result.reason


def test_every_series_is_a_node_with_its_instance_and_service() -> None:
    body = vector(
        series(build_version="1_31_2", service_name="history", instance="10.0.0.7:9090"),
        series(build_version="1.30.6", service_name="history", instance="10.0.0.8:9090"),
        series(build_version="1.31.2", temporal_service="frontend"),
        series(service_name="worker"),
        series(build_version="_tag_excluded_"),
    )
    result, _ = ask(body)
    assert isinstance(result, Facts)
    assert result.nodes == (
        Node("1.31.2", name="10.0.0.7:9090", service="history"),
        Node("1.30.6", name="10.0.0.8:9090", service="history"),
        Node("1.31.2", service="frontend"),
    )


@pytest.mark.parametrize(
    ("matchers", "query"),
    [
        ("{}", '{__name__=~"(.+_)?build_information"}'),
        ("{ }", '{__name__=~"(.+_)?build_information"}'),
        ('{namespace="temporal"}', '{__name__=~"(.+_)?build_information", namespace="temporal"}'),
        ('{ a="b", c=~"d|e", }', '{__name__=~"(.+_)?build_information", a="b", c=~"d|e"}'),
        ('{a="ü&b=c#"}', '{__name__=~"(.+_)?build_information", a="ü&b=c#"}'),
    ],
)
def test_the_matchers_narrow_the_query(matchers: str, query: str) -> None:
    _, path = ask(vector(), matchers)
    grouped = f"group by (build_version, go_version, service_name, temporal_service, instance) ({query})"
    assert parse_qs(urlsplit(path).query) == {"query": [grouped]}


@pytest.mark.parametrize("prefix", ["", "/", "/prometheus", "/prometheus/"])
def test_prometheus_may_live_under_a_path(prefix: str) -> None:
    _, path = ask(vector(), path=prefix)
    assert urlsplit(path).path == f"{prefix.rstrip('/')}/api/v1/query"


def test_without_any_series_the_message_names_the_expected_ones() -> None:
    result, _ = ask(vector(), '{namespace="temporal"}')
    assert isinstance(result, Failure)
    assert result.reason is Reason.NO_SERIES
    assert 'namespace="temporal"' in result.text


@law(
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"{}",
        b'{"data": []}',
        b'{"data": {}}',
        b'{"data": {"result": {}}}',
        b"[" * 99_999,
    ],
)
def test_what_is_not_an_answer_of_the_query_api_is_a_bad_answer(body: bytes) -> None:
    assert reason(body) is Reason.BAD_ANSWER


@pytest.mark.parametrize("found", [7, None, [], {}, {"metric": 7}, {"metric": []}, {"metric": {}}])
def test_what_is_not_a_series_counts_as_none(found: object) -> None:
    assert reason(vector(found)) is Reason.NO_SERIES


def test_a_scalar_has_no_series() -> None:
    body = {"status": "success", "data": {"resultType": "scalar", "result": [1790000000, "1"]}}
    assert reason(json.dumps(body).encode()) is Reason.NO_SERIES


def test_what_no_encoding_can_write_is_replaced() -> None:
    body = b'{"data": {"result": [{"metric": {"build_version": "1.31.2\\udfff", "instance": "\\ud800"}}]}}'
    result, _ = ask(body)
    assert isinstance(result, Facts)
    assert result.nodes == (Node("1.31.2?", name="?"),)


def test_an_error_of_prometheus_is_reported() -> None:
    body = b'{"status": "error", "errorType": "bad_data", "error": "parse error"}'
    with Pages(Answer(body, 400)) as server:
        target = PrometheusTarget(url=f"http://{server.address}", matchers="{a}")
        probe = open_probe("temporal_prometheus", Temporal(prometheus=target))
        result = read(probe)
        probe.close()
    assert isinstance(result, Failure)
    assert result.reason is Reason.BAD_ANSWER
    assert "parse error" in result.text


_JSON = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["data", "result", "metric", "build_version", "instance"]), inner)
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(value=_JSON)
def test_any_json_gives_facts_or_an_expected_reason(value: object) -> None:
    for body in (json.dumps(value).encode(), vector(value)):
        result, _ = ask(body)
        assert isinstance(result, Facts) or result.reason in (Reason.BAD_ANSWER, Reason.NO_SERIES)


def test_one_connection_serves_many_reads() -> None:
    with Pages(Answer(vector(series(build_version="1.31.2")))) as server:
        target = PrometheusTarget(url=f"http://{server.address}")
        probe = open_probe("temporal_prometheus", Temporal(prometheus=target))
        for _ in range(5):
            facts(probe)
        probe.close()
        assert (server.accepted, len(server.seen)) == (1, 5)
