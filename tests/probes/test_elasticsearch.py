"""Elasticsearch and OpenSearch: what they tell of nodes, kind, mapping and template, and what not."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config import Elasticsearch
from agent.model.observation import Facts, Failure, Node
from agent.model.vocabulary import Reason
from agent.probes import Probe, ProbeError, open_probe
from tests.laws import law
from tests.probes.reading import facts, failure, peak_of, within
from tests.probes.servers import Answer, Loopback, Pages, Request, requests

INDEX = "temporal_visibility_v1_prod"
NODES = "/_nodes/_all/process"
STATS = "/_cluster/stats"
MAPPING = f"/{INDEX}/_mapping"
COMPOSABLE = "/_index_template/temporal_visibility_v1_template"
LEGACY = "/_template/temporal_visibility_v1_template"

# As Elasticsearch 8.5.3, OpenSearch 1.3.20 (told to look like an old Elasticsearch) and 6.8.23 answered.
MAIN_8 = {
    "name": "vm",
    "cluster_name": "elasticsearch",
    "version": {"number": "8.5.3", "build_flavor": "default", "build_type": "zip", "lucene_version": "9.4.2"},
    "tagline": "You Know, for Search",
}
MAIN_DISGUISED = {
    "name": "vm",
    "cluster_name": "opensearch",
    "version": {"number": "7.10.2", "build_type": "zip", "lucene_version": "8.10.1"},
    "tagline": "The OpenSearch Project: https://opensearch.org/",
}
PROPERTIES = {
    "WorkflowId": {"type": "keyword"},
    "StartTime": {"type": "date_nanos"},
    "Attr": {"properties": {"CustomNamespace": {"type": "keyword"}}},
}
FIELDS = {"WorkflowId": "keyword", "StartTime": "date_nanos", "Attr": "object"}
MAPPING_7 = {INDEX: {"mappings": {"dynamic": "false", "properties": PROPERTIES}}}
MAPPING_6 = {INDEX: {"mappings": {"_doc": {"dynamic": "false", "properties": PROPERTIES}}}}
LEGACY_7 = {
    "temporal_visibility_v1_template": {
        "order": 0,
        "index_patterns": ["temporal_visibility_v1*"],
        "mappings": {"dynamic": "false", "properties": {"WorkflowId": {"type": "keyword"}}},
    }
}
COMPOSABLE_8 = {
    "index_templates": [
        {
            "name": "temporal_visibility_v1_template",
            "index_template": {
                "index_patterns": ["temporal_visibility_v1*"],
                "template": {"mappings": {"properties": {"RunId": {"type": "keyword"}}}},
            },
        }
    ]
}
NO_INDEX = {
    "error": {"root_cause": [{"type": "index_not_found_exception", "reason": f"no such index [{INDEX}]"}]},
    "status": 404,
}
NO_TEMPLATE = {"error": {"root_cause": [{"type": "resource_not_found_exception"}]}, "status": 404}

Choose = Callable[[Request], Answer]


def answer(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status)


def nodes(*versions: str) -> Answer:
    return answer({"nodes": {f"id{i}": {"name": f"es-{i}", "version": v} for i, v in enumerate(versions)}})


HEALTHY: Mapping[str, Answer] = {
    "/": answer(MAIN_8),
    NODES: nodes("8.5.3"),
    MAPPING: answer(MAPPING_7),
    COMPOSABLE: answer(NO_TEMPLATE, 404),
    LEGACY: answer(LEGACY_7),
}


def by_path(changes: Mapping[str, Answer] | None = None) -> Choose:
    pages = {**HEALTHY, **(changes or {})}
    return lambda request: pages.get(request.path.partition("?")[0], Answer(b"", 500))


def opened(server: Pages, **settings: Any) -> Probe:
    return open_probe(
        "elasticsearch", Elasticsearch(url=f"http://{server.address}/", index=INDEX, **settings)
    )


def read(changes: Mapping[str, Answer] | None = None, **settings: Any) -> Facts:
    with Pages(by_path(changes)) as server:
        probe = opened(server, **settings)
        found = facts(probe)
        probe.close()
    return found


def refused(changes: Mapping[str, Answer], **settings: Any) -> Failure:
    with Pages(by_path(changes)) as server:
        probe = opened(server, **settings)
        found = failure(probe)
        probe.close()
    return found


def test_everything_is_read_by_one_connection() -> None:
    with Pages(by_path()) as server:
        probe = opened(server)
        for _ in range(3):
            found = facts(probe)
        probe.close()
        assert server.accepted == 1
    assert (found.component, found.nodes, found.gaps) == ("elasticsearch", (Node("8.5.3", "es-0"),), ())
    assert found.index is not None
    assert (found.index.fields, found.index.problem) == (FIELDS, None)
    assert found.index.template == {"WorkflowId": "keyword"}


def test_every_node_is_seen() -> None:
    found = read({NODES: nodes("8.5.3", "8.6.0", "8.5.3")})
    assert [node.version for node in found.nodes] == ["8.5.3", "8.6.0", "8.5.3"]


def test_a_mapping_with_a_document_type_is_read_alike() -> None:
    found = read({MAPPING: answer(MAPPING_6)})
    assert found.index is not None
    assert found.index.fields == FIELDS


@pytest.mark.parametrize("empty", [{INDEX: {"mappings": {}}}, {INDEX: {"mappings": {"dynamic": "false"}}}])
def test_an_index_without_fields_has_none(empty: object) -> None:
    found = read({MAPPING: answer(empty)})
    assert found.index is not None
    assert (found.index.fields, found.index.problem) == ({}, None)


def test_of_several_indices_behind_an_alias_what_is_alike_counts() -> None:
    other = {"mappings": {"properties": {**PROPERTIES, "StartTime": {"type": "long"}, "More": {}}}}
    found = read({MAPPING: answer({**MAPPING_7, "temporal_visibility_v1_new": other})})
    assert found.index is not None
    assert found.index.fields == {"WorkflowId": "keyword", "Attr": "object"}


@law(
    [
        (answer(MAIN_8), ["8.5.3"], "elasticsearch"),
        (answer(MAIN_DISGUISED), ["1.3.20"], "opensearch"),
        (answer({"version": {"number": "2.19.1", "distribution": "opensearch"}}), ["2.19.1"], "opensearch"),
        # A proxy that hides `/`: there is only the nodes' version to go by.
        (answer({}, 403), ["2.19.1"], "opensearch"),
        (answer({}, 404), ["8.5.3"], "elasticsearch"),
        (answer({}, 405), ["7.17.28"], "elasticsearch"),
        (Answer(b"", 302, {"Location": "/app/login"}), ["1.3.20"], "opensearch"),
        (Answer(b"<html>welcome</html>"), ["6.8.23"], "elasticsearch"),
    ],
)
def test_the_kind_is_read_from_what_there_is(main: Answer, versions: list[str], component: str) -> None:
    found = read({"/": main, NODES: nodes(*versions)})
    assert (found.component, [node.version for node in found.nodes]) == (component, versions)
    hidden = main.status != 200 or not main.body.startswith(b"{")
    assert len(found.gaps) == int(hidden)


def test_without_the_nodes_the_one_that_answers_counts_and_the_rest_is_reported() -> None:
    found = read({NODES: answer({}, 403)})
    assert found.nodes == (Node("8.5.3", "vm"),)
    assert [gap.reason for gap in found.gaps] == [Reason.PERMISSION_DENIED]


@pytest.mark.parametrize(
    ("main", "versions", "component"),
    [
        (answer({}, 404), ["7.17.28"], "elasticsearch"),
        (Answer(b"<html>welcome</html>"), ["2.19.1", "2.18.0"], "opensearch"),
        (answer(MAIN_DISGUISED), ["1.3.20"], "opensearch"),
    ],
)
def test_where_no_node_reports_its_version_the_cluster_s_own_count_of_them_does(
    main: Answer, versions: list[str], component: str
) -> None:
    found = read({"/": main, NODES: answer({}, 403), STATS: answer({"nodes": {"versions": versions}})})
    assert (found.component, [node.version for node in found.nodes]) == (component, versions)


def test_the_cluster_is_not_counted_where_a_node_reports_its_version() -> None:
    with Pages(by_path({NODES: answer({}, 403)})) as server:
        probe = opened(server)
        facts(probe)
        probe.close()
    assert [request.path for request in server.seen if request.path.startswith(STATS)] == []


def test_a_compatibility_version_does_not_count_as_the_version() -> None:
    found = read({"/": answer(MAIN_DISGUISED), NODES: answer({}, 403)})
    (node,) = found.nodes
    assert not node.version[0].isdigit()
    assert found.component == "opensearch"


def test_a_missing_index_is_reported_with_the_version() -> None:
    found = read({MAPPING: answer(NO_INDEX, 404)})
    assert found.nodes
    assert found.index is not None
    assert found.index.fields is None
    assert found.index.problem == Failure(Reason.INDEX_MISSING, f"there is no index {INDEX}")


@law(
    [
        (answer({}, 403), Reason.PERMISSION_DENIED),
        (answer({}, 404), Reason.NOT_IMPLEMENTED),
        (answer({}, 500), Reason.BAD_ANSWER),
        (Answer(b"{", 200), Reason.BAD_ANSWER),
        (answer([]), Reason.BAD_ANSWER),
        (answer({INDEX: {}}), Reason.BAD_ANSWER),
        (answer({INDEX: {"mappings": []}}), Reason.BAD_ANSWER),
        (answer({INDEX: {"mappings": {"properties": {"a": "keyword"}}}}), Reason.BAD_ANSWER),
        (answer({INDEX: {"mappings": {"properties": []}}}), Reason.BAD_ANSWER),
        (Answer(b"", 307, {"Location": "http://127.0.0.1:1/"}), Reason.BAD_ANSWER),
        (answer({}), Reason.INDEX_MISSING),
    ],
)
def test_a_mapping_that_cannot_be_read_leaves_the_version_known(mapping: Answer, reason: Reason) -> None:
    found = read({MAPPING: mapping})
    assert found.nodes == (Node("8.5.3", "es-0"),)
    assert found.index is not None
    assert found.index.problem is not None
    assert found.index.problem.reason is reason


def test_what_would_let_the_mapping_be_read_is_reported() -> None:
    found = read({MAPPING: answer({}, 403)})
    assert found.index is not None
    assert found.index.problem is not None
    assert "view_index_metadata" in found.index.problem.text


def test_a_page_in_place_of_an_answer_is_called_one() -> None:
    page = Answer(b"\n<!DOCTYPE html><title>Sign in</title>", headers={"Content-Type": "text/html"})
    found = refused({"/": page, NODES: page, STATS: page})
    assert found.reason is Reason.BAD_ANSWER
    assert "a web page" in found.text


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_store_that_does_not_answer_behind_a_proxy_is_unavailable(status: int) -> None:
    gone = Answer(b"<html>Bad gateway</html>", status)
    assert refused({"/": gone, NODES: gone, STATS: gone}).reason is Reason.STORE_UNAVAILABLE


def _huge_mapping(connection: socket.socket) -> None:
    """100 MB of a mapping, by pieces, so that the server itself needs no memory for it."""
    for request in requests(connection):
        if request.path != MAPPING:
            connection.sendall(by_path()(request).wire)
            assert "template" not in request.path
            continue
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b"[" * 100_000)


def test_a_mapping_beyond_the_bound_is_reported_and_read_no_further() -> None:
    with Loopback(_huge_mapping) as server:
        probe = open_probe("elasticsearch", Elasticsearch(url=f"http://{server.address}", index=INDEX))
        found: list[Facts] = []
        with within(3.0):
            assert peak_of(lambda: found.append(facts(probe))) < 8_000_000
        probe.close()
    assert found[0].nodes == (Node("8.5.3", "es-0"),)
    assert found[0].index is not None
    assert found[0].index.problem is not None
    assert found[0].index.problem.reason is Reason.ANSWER_TOO_LARGE
    assert "/_mapping" in found[0].index.problem.text


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ({COMPOSABLE: answer(COMPOSABLE_8)}, {"RunId": "keyword"}),
        # Before there were composable ones, the address was the name of an index.
        ({COMPOSABLE: answer({}, 400)}, {"WorkflowId": "keyword"}),
        ({LEGACY: answer(NO_TEMPLATE, 404)}, None),
        ({LEGACY: answer({})}, None),
        ({LEGACY: answer({"temporal_visibility_v1_template": {"index_patterns": ["other-*"]}})}, None),
    ],
)
def test_the_template_of_either_kind_is_read_where_it_is_for_this_index(
    pages: Mapping[str, Answer], expected: object
) -> None:
    found = read(pages)
    assert found.index is not None
    assert found.index.template == expected
    assert found.gaps == ()


def test_a_template_for_other_indices_is_not_this_ones() -> None:
    other = {"temporal_visibility_v1_template": {**LEGACY_7["temporal_visibility_v1_template"]}}
    other["temporal_visibility_v1_template"]["index_patterns"] = ["temporal_visibility_v1_dev"]
    found = read({LEGACY: answer(other)})
    assert found.index is not None
    assert found.index.template is None


def test_a_template_that_is_composed_of_others_is_not_judged_by_its_own_part() -> None:
    composed: Any = json.loads(json.dumps(COMPOSABLE_8))
    composed["index_templates"][0]["index_template"]["composed_of"] = ["fields"]
    found = read({COMPOSABLE: answer(composed)})
    assert found.index is not None
    assert found.index.template is None
    assert ["composed of others" in gap.text for gap in found.gaps] == [True]


def test_a_template_without_read_permission_is_reported_and_the_rest_is_read() -> None:
    found = read({COMPOSABLE: answer({}, 403), LEGACY: answer({}, 403)})
    assert found.index is not None
    assert (found.index.fields, found.index.template) == (FIELDS, None)
    assert {gap.reason for gap in found.gaps} == {Reason.PERMISSION_DENIED}


@law(
    [
        (answer({}, 401), answer({}, 401), Reason.AUTHENTICATION_FAILED),
        (answer({}, 403), answer({}, 403), Reason.PERMISSION_DENIED),
        # A right that is missing is what can be changed, whatever else is hidden.
        (answer({}, 404), answer({}, 403), Reason.PERMISSION_DENIED),
        (answer({}, 404), answer({}, 404), Reason.NOT_IMPLEMENTED),
        (answer({}), answer({}), Reason.BAD_ANSWER),
        (answer({"version": {"number": 8}}), answer({"nodes": {"a": {"version": 8}}}), Reason.BAD_ANSWER),
        (answer({"version": "8"}), answer({"nodes": []}), Reason.BAD_ANSWER),
        (answer([]), Answer(b"\xff"), Reason.BAD_ANSWER),
        (Answer(b"[" * 100_000), answer({"nodes": {"a": {}}}), Reason.BAD_ANSWER),
    ],
)
def test_without_any_version_nothing_was_read(main: Answer, node: Answer, reason: Reason) -> None:
    assert refused({"/": main, NODES: node}).reason is reason


@pytest.mark.parametrize("status", [403, 404])
def test_without_any_version_it_is_reported_what_must_be_allowed(status: int) -> None:
    no = answer({}, status)
    found = refused({"/": no, NODES: no, STATS: no})
    assert all(path in found.text for path in ("GET /,", NODES, STATS, "monitor"))


def test_user_and_password_go_with_every_question(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("pässword:with%all\n")
    with Pages(by_path()) as server:
        probe = opened(server, user="agent", password_file=str(file))
        facts(probe)
        file.write_text("rotated\n")
        facts(probe)
        probe.close()
    sent = [request.headers["authorization"].removeprefix("Basic ") for request in server.seen]
    expected = [
        base64.b64encode(f"agent:{word}".encode()).decode() for word in ("pässword:with%all", "rotated")
    ]
    assert sent == [expected[0]] * 5 + [expected[1]] * 5


def test_an_api_key_goes_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "VnVhQ2ZHY0JDZGJrU==")
    with Pages(by_path()) as server:
        probe = opened(server, api_key="${KEY}")
        facts(probe)
        probe.close()
    assert {request.headers["authorization"] for request in server.seen} == {"ApiKey VnVhQ2ZHY0JDZGJrU=="}


def test_a_key_that_no_header_may_hold_is_never_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "hunter2\r\nX-Evil: 1")
    with Pages(by_path()) as server:
        probe = opened(server, api_key="${KEY}")
        found = failure(probe)
        probe.close()
    assert found.reason is Reason.SECRET_UNREADABLE
    assert "hunter2" not in found.text


def test_a_wrong_password_is_never_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "hunter2")
    found = refused({"/": answer({}, 401), NODES: answer({}, 401)}, user="agent", password="${WORD}")
    assert found.reason is Reason.AUTHENTICATION_FAILED
    assert "hunter2" not in found.text


def test_an_index_of_any_name_is_requested_by_that_name() -> None:
    with Pages(by_path({"/%C3%BC%25/_mapping": answer(MAPPING_7)})) as server:
        probe = open_probe("elasticsearch", Elasticsearch(url=f"http://{server.address}", index="ü%"))
        found = facts(probe)
        probe.close()
    assert found.index is not None
    assert found.index.fields == FIELDS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("version", "versions", "nodes", "number", "mappings", "properties", "type", "a", INDEX),
                    *("index_templates", "index_template", "template", "index_patterns", "composed_of"),
                    "temporal_visibility_v1_template",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(main=JSON, node=JSON, stats=JSON, mapping=JSON, template=JSON)
def test_no_answer_is_an_unexpected_error(
    main: object, node: object, stats: object, mapping: object, template: object
) -> None:
    pages = {"/": main, NODES: node, STATS: stats, MAPPING: mapping, LEGACY: template, COMPOSABLE: template}
    changes = {path: answer(page) for path, page in pages.items()}
    with Pages(by_path(changes)) as server:
        probe = opened(server)
        try:
            probe.read(2.0)
        except ProbeError:
            pass
        finally:
            probe.close()
