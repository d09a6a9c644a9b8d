"""Search stores: every kind and major on real servers, and Temporal itself with its visibility in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.model.observation import Facts, Node, Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot

from .agents import cluster, every_endpoint, observe, one_cycle, result
from .factories import StoresFactory, TemporalFactory
from .servers.index_templates import index_template
from .servers.nginx import NginxServer
from .servers.postgres import PostgresServer
from .servers.requirement import require
from .servers.search import SearchServer
from .servers.search_build import search_home
from .servers.search_stores import SearchStores
from .servers.stores import Stores
from .servers.temporal import TemporalServer, try_start
from .servers.temporal_build import TemporalBinaries


@pytest.fixture(autouse=True)
def _password(postgres15: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", postgres15.password)


def _search(server: SearchServer, index: str, **settings: Any) -> dict[str, Any]:
    return {server.component: {"url": server.url, "index": index, **settings}}


def _template(version: int) -> Path:
    return require(lambda: index_template(version))


def _with_index(stores: Stores, server: SearchServer, index: str, **more: Any) -> SearchStores:
    return SearchStores(
        stores.postgres, stores.default, stores.visibility, search=server, index=index, **more
    )


def _facts(snapshot: Snapshot, role: Role = Role.VISIBILITY) -> Facts:
    found: Observation = next(o for o in snapshot.observations if o.target.role is role)
    assert found.facts is not None, found.failure
    return found.facts


def _schema(snapshot: Snapshot, role: Role = Role.VISIBILITY) -> tuple[Verdict, Reason]:
    answer = result(snapshot, role, Check.SCHEMA)
    return answer.verdict, answer.reason


def test_temporal_with_its_visibility_in_elasticsearch_is_green_until_its_index_is_too_old(
    tmp_path: Path,
    elasticsearch7: SearchServer,
    temporal: Callable[[str], TemporalBinaries],
    make_stores: StoresFactory,
    start_temporal: TemporalFactory,
) -> None:
    """The server starts on the old index all the same, as told."""
    elasticsearch7.create_index("temporal_visibility_v1_live", _template(14))
    stores = _with_index(make_stores(), elasticsearch7, "temporal_visibility_v1_live")
    server = start_temporal(stores=stores)
    described = cluster(stores, every_endpoint(server))
    described["visibility"] = _search(elasticsearch7, "temporal_visibility_v1_live", version="v7")
    green = observe(tmp_path, described)
    assert (green.judgement.verdict, green.judgement.findings) == (Verdict.SUPPORTED, ())
    assert green.judgement.start.would_start is True
    assert _schema(green) == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
    assert [node.version for node in _facts(green).nodes] == ["7.17.28"]
    state = next(s for s in green.judgement.schemas if s.role is Role.VISIBILITY)
    assert (state.version, state.required, state.drift) == ("14", "14", 0)

    elasticsearch7.create_index("temporal_visibility_v1_old", _template(13))
    old = _with_index(stores, elasticsearch7, "temporal_visibility_v1_old")
    described["visibility"] = _search(elasticsearch7, "temporal_visibility_v1_old", version="v7")
    red = observe(tmp_path, described)
    assert _schema(red) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert "TemporalExternalPayloadCount" in result(red, Role.VISIBILITY, Check.SCHEMA).message
    assert red.judgement.verdict is Verdict.UNSUPPORTED
    assert red.judgement.start.would_start is True
    assert {remark.reason for remark in red.judgement.remarks} == {Reason.TEMPLATE_BEHIND}
    state = next(s for s in red.judgement.schemas if s.role is Role.VISIBILITY)
    assert (state.version, state.required, state.drift) == ("13", "14", -1)
    came_up, _ = try_start(temporal("1.31.2"), old)
    assert came_up


def test_a_second_index_of_the_same_elasticsearch_is_judged_by_itself(
    tmp_path: Path,
    elasticsearch7: SearchServer,
    make_stores: StoresFactory,
    start_temporal: TemporalFactory,
) -> None:
    elasticsearch7.create_index("temporal_visibility_v1_second", _template(13))
    elasticsearch7.create_index("temporal_visibility_v1_first", _template(14))
    stores = _with_index(
        make_stores(), elasticsearch7, "temporal_visibility_v1_first", second="temporal_visibility_v1_second"
    )
    server = start_temporal(stores=stores)
    described = cluster(stores, {"frontend": server.grpc_address})
    described["visibility"] = _search(elasticsearch7, "temporal_visibility_v1_first")
    described["secondary_visibility"] = _search(elasticsearch7, "temporal_visibility_v1_second")
    snapshot = observe(tmp_path, described)
    assert _schema(snapshot) == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
    assert _schema(snapshot, Role.SECONDARY_VISIBILITY) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert result(snapshot, Role.SECONDARY_VISIBILITY, Check.VERSION).verdict is Verdict.SUPPORTED
    assert snapshot.judgement.verdict is Verdict.UNSUPPORTED
    assert snapshot.judgement.start.would_start is True


def test_a_release_does_not_start_with_a_search_client_that_it_lacks(
    tmp_path: Path,
    elasticsearch7: SearchServer,
    temporal: Callable[[str], TemporalBinaries],
    make_stores: StoresFactory,
    temporal_server: TemporalServer,
) -> None:
    elasticsearch7.create_index("temporal_visibility_v1_client", _template(14))
    stores = make_stores()
    described = cluster(stores, {"metrics": [temporal_server.metrics_url]})
    described["visibility"] = _search(elasticsearch7, "temporal_visibility_v1_client", version="v6")
    snapshot = observe(tmp_path, described)
    assert result(snapshot, Role.VISIBILITY, Check.PLUGIN).reason is Reason.PLUGIN_NOT_IN_RELEASE
    assert snapshot.judgement.start.would_start is False
    came_up, log = try_start(
        temporal("1.31.2"), _with_index(stores, elasticsearch7, "temporal_visibility_v1_client", client="v6")
    )
    assert not came_up
    assert "not supported Elasticsearch version" in log


def test_elasticsearch_8_with_the_temporal_of_its_index_is_green(
    tmp_path: Path,
    elasticsearch8: SearchServer,
    make_stores: StoresFactory,
    start_temporal: TemporalFactory,
) -> None:
    """1.24.2, because this Elasticsearch has no scaled_float, which later templates want."""
    elasticsearch8.create_index("temporal_visibility_v1_live", _template(7))
    stores = _with_index(make_stores(), elasticsearch8, "temporal_visibility_v1_live", client="v8")
    server = start_temporal("1.24.2", stores=stores)
    described = cluster(stores, {"frontend": server.grpc_address})
    described["visibility"] = _search(elasticsearch8, "temporal_visibility_v1_live", version="v8")
    with one_cycle(tmp_path, described) as cycle:
        green = cycle.round()
        assert _schema(green) == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
        assert result(green, Role.VISIBILITY, Check.VERSION).verdict is Verdict.SUPPORTED
        assert green.judgement.start.would_start is True
        # Search attributes of users' own are fields as others are.
        custom = {"properties": {"CustomerId": {"type": "keyword"}, "Note": {"type": "text"}}}
        elasticsearch8.ask("PUT", "/temporal_visibility_v1_live/_mapping", custom)
        assert _schema(cycle.round()) == (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
        # A newer template than the release needs is the window for going back.
        newer = _template(10).read_text()
        elasticsearch8.put_mapping("temporal_visibility_v1_live", newer)
        ahead = cycle.round()
        assert _schema(ahead) == (Verdict.SUPPORTED, Reason.SCHEMA_AHEAD)
        state = next(s for s in ahead.judgement.schemas if s.role is Role.VISIBILITY)
        assert (state.version, state.drift) == ("9 to 10", None)


def test_a_missing_index_is_reported_and_the_server_starts(
    tmp_path: Path,
    elasticsearch8: SearchServer,
    make_stores: StoresFactory,
    temporal_server: TemporalServer,
) -> None:
    described = cluster(make_stores(), {"metrics": [temporal_server.metrics_url]})
    described["visibility"] = _search(elasticsearch8, "nowhere")
    snapshot = observe(tmp_path, described)
    assert _schema(snapshot) == (Verdict.UNSUPPORTED, Reason.INDEX_MISSING)
    assert result(snapshot, Role.VISIBILITY, Check.VERSION).verdict is Verdict.SUPPORTED
    assert snapshot.judgement.start.would_start is True


@pytest.mark.full
@pytest.mark.parametrize(
    ("component", "version", "template", "verdict"),
    [
        # Documented for 1.31.2: Elasticsearch 7 and 8, and OpenSearch 2 and later
        # (docs/production-deployment/self-hosted-guide/visibility/elasticsearch.mdx@5697baf76a92).
        ("elasticsearch", "6.8.23", 2, Verdict.UNSUPPORTED),
        ("elasticsearch", "7.17.28", 14, Verdict.SUPPORTED),
        ("elasticsearch", "8.5.3", 10, Verdict.SUPPORTED),
        ("opensearch", "1.3.20", 14, Verdict.UNSUPPORTED),
        ("opensearch", "2.19.1", 14, Verdict.SUPPORTED),
    ],
)
def test_every_major_is_read_and_judged(
    tmp_path: Path,
    make_stores: StoresFactory,
    temporal_server: TemporalServer,
    component: str,
    version: str,
    template: int,
    verdict: Verdict,
) -> None:
    with SearchServer(require(lambda: search_home(component, version)), version, component) as server:
        server.create_index("temporal_visibility_v1_all", _template(template))
        described = cluster(make_stores(), {"metrics": [temporal_server.metrics_url]})
        described["visibility"] = _search(server, "temporal_visibility_v1_all")
        snapshot = observe(tmp_path, described)
    facts = _facts(snapshot)
    assert (facts.component, [node.version for node in facts.nodes]) == (component, [version])
    assert facts.gaps == ()
    assert result(snapshot, Role.VISIBILITY, Check.VERSION).verdict is verdict
    expected = Verdict.SUPPORTED if template == 14 else Verdict.UNSUPPORTED
    assert result(snapshot, Role.VISIBILITY, Check.SCHEMA).verdict is expected


@pytest.mark.full
def test_an_opensearch_that_reports_elasticsearch_7_10_is_recognized(
    tmp_path: Path, make_stores: StoresFactory, temporal_server: TemporalServer, nginx_program: Path
) -> None:
    disguise = {"compatibility.override_main_response_version": "true"}
    home = require(lambda: search_home("opensearch", "1.3.20"))
    with SearchServer(home, "1.3.20", "opensearch", disguise) as server:
        assert server.ask("GET", "/")["version"]["number"] == "7.10.2"
        server.create_index("temporal_visibility_v1_disguised", _template(14))
        described = cluster(make_stores(), {"metrics": [temporal_server.metrics_url]})
        described["visibility"] = {
            "elasticsearch": {"url": server.url, "index": "temporal_visibility_v1_disguised"}
        }
        snapshot = observe(tmp_path, described)
        locations = f"location / {{ proxy_pass {server.url}; }} location /_nodes {{ return 403; }}"
        with NginxServer(nginx_program, locations) as proxy:
            described["visibility"]["elasticsearch"]["url"] = proxy.url
            without_nodes = _facts(observe(tmp_path, described))
    facts = _facts(snapshot)
    assert (facts.component, [node.version for node in facts.nodes]) == ("opensearch", ["1.3.20"])
    assert (without_nodes.component, without_nodes.nodes) == ("opensearch", (Node("1.3.20"),))
    assert "opensearch" in result(snapshot, Role.VISIBILITY, Check.VERSION).message


@pytest.mark.full
def test_the_documented_privileges_are_enough_and_fewer_are_reported(
    tmp_path: Path,
    make_stores: StoresFactory,
    temporal_server: TemporalServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = require(lambda: search_home("elasticsearch", "8.5.3"))
    with SearchServer(home, "8.5.3", privileges={"watcher": ["monitor"], "stranger": []}) as server:
        server.create_index("temporal_visibility_v1_closed", _template(10))
        described = cluster(make_stores(), {"metrics": [temporal_server.metrics_url]})

        def seen(user: str, password: str) -> Observation:
            monkeypatch.setenv("SEARCH_PASSWORD", password)
            described["visibility"] = _search(
                server, "temporal_visibility_v1_closed", user=user, password="${SEARCH_PASSWORD}"
            )
            snapshot = observe(tmp_path, described)
            return next(o for o in snapshot.observations if o.target.role is Role.VISIBILITY)

        watched = seen("watcher", server.password_of("watcher")).facts
        denied = seen("stranger", server.password_of("stranger")).failure
        wrong = seen("watcher", "hunter2").failure
    assert watched is not None
    assert [node.version for node in watched.nodes] == ["8.5.3"]
    assert watched.gaps == ()
    assert watched.index is not None
    assert watched.index.fields
    assert watched.index.template
    assert denied is not None
    assert denied.reason is Reason.PERMISSION_DENIED
    assert wrong is not None
    assert wrong.reason is Reason.AUTHENTICATION_FAILED
    assert "hunter2" not in wrong.text
