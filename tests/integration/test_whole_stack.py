"""The whole stack of docs/server-dependencies.md at once, each column on a real server but for Grafana's.

PostgreSQL 9.6 and Elasticsearch 6.8 keep the data of Temporal 1.3.0, Kafka 2.1.1 on ZooKeeper 3.4.6 carries
what is to be found by search, and Prometheus scrapes it. Grafana's answer is recorded.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.config import load_config
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.polling.cluster_poller import ClusterPoller
from agent.snapshot import Snapshot

from .agents import MATRIX, cluster, observe, one_cycle, result, until
from .servers.kafka import KafkaServer
from .servers.postgres import PostgresServer
from .servers.postgres_build import postgres_home
from .servers.prometheus import PrometheusBinaries
from .servers.requirement import require
from .servers.search import SearchServer
from .servers.search_build import search_home
from .servers.search_stores import AdvancedStores
from .servers.stores import create_own_stores
from .servers.temporal import TemporalServer
from .servers.temporal_build import TemporalBinaries
from .servers.temporal_config import TemporalOptions
from .whole_stack import (
    Around,
    answers,
    assumed,
    own_version,
    scraper,
    start_around,
    uses_no_kafka,
    versions,
    without_kafka,
    yes,
)

_DOCUMENT = "docs/server-dependencies.md (Temporal documentation, 2020-11)"
_INDEX = "temporal-visibility-tests"

#: The document's row of 1.3.0, column by column. "All versions of Temporal require […] Go 1.15+".
_CELLS = {
    "go": (Role.SERVER, Check.TOOLCHAIN),
    "databases": (Role.PERSISTENCE, Check.VERSION),
    "databases, for visibility": (Role.VISIBILITY, Check.VERSION),
    "search": (Role.SEARCH, Check.VERSION),
    "event streaming": (Role.EVENT_STREAMING, Check.VERSION),
    "event streaming, its coordination": (Role.COORDINATION, Check.VERSION),
    "monitoring": (Role.MONITORING, Check.VERSION),
    "observation": (Role.OBSERVATION, Check.VERSION),
}

#: What else is asked of the same stack.
_REST = {
    (Role.SERVER, Check.VERSION): yes(Reason.RELEASE_KNOWN),
    (Role.SERVER, Check.REPLICAS): yes(Reason.SAME_VERSION),
    (Role.PERSISTENCE, Check.PLUGIN): yes(Reason.PLUGIN_AVAILABLE),
    (Role.PERSISTENCE, Check.SCHEMA): yes(Reason.SCHEMA_CURRENT),
    (Role.VISIBILITY, Check.PLUGIN): yes(Reason.PLUGIN_AVAILABLE),
    (Role.VISIBILITY, Check.SCHEMA): yes(Reason.SCHEMA_CURRENT),
    # "Event streaming […] is only required when ElasticSearch is being used or when […]".
    (Role.EVENT_STREAMING, Check.REQUIRED): yes(Reason.CONFIGURED),
    (Role.COORDINATION, Check.REQUIRED): yes(Reason.CONFIGURED),
}

#: Once Prometheus has scraped what tells the server's build.
_SCRAPED = {(Role.MONITORING, Check.CONFIGURATION): yes(Reason.SCRAPED)}

_KAFKA = (Role.EVENT_STREAMING, Check.VERSION)
_REQUIRED = (Role.EVENT_STREAMING, Check.REQUIRED)


@pytest.fixture(scope="module")
def around() -> Iterator[Around]:
    """What the stack has around Temporal."""
    with start_around() as running:
        yield running


@pytest.fixture(scope="module")
def postgres96() -> Iterator[PostgresServer]:
    """PostgreSQL 9.6.24 with a password that 1.3.0 stands."""
    with PostgresServer(require(lambda: postgres_home("9.6.24")), "9.6.24", plain=True) as server:
        yield server


@pytest.fixture(scope="module")
def elasticsearch68() -> Iterator[SearchServer]:
    """Elasticsearch 6.8.23 that lets everybody in, as the document's time had it."""
    with SearchServer(require(lambda: search_home("elasticsearch", "6.8.23")), "6.8.23") as server:
        yield server


@pytest.fixture(scope="module")
def temporal130(
    temporal: Callable[[str], TemporalBinaries],
    postgres96: PostgresServer,
    elasticsearch68: SearchServer,
    around: Around,
) -> Iterator[TemporalServer]:
    """Temporal 1.3.0 on all of these."""
    binaries = temporal("1.3.0")
    assert binaries.schemas is not None
    template = binaries.schemas / "elasticsearch" / "visibility" / "index_template.json"
    elasticsearch68.ask("PUT", "/_template/temporal-visibility-template", json.loads(template.read_text()))
    elasticsearch68.ask("PUT", f"/{_INDEX}")
    made = create_own_stores(postgres96, binaries, "temporal", "postgres")
    stores = AdvancedStores(
        postgres96, made.default, made.visibility, "postgres", search=elasticsearch68, index=_INDEX
    )
    with TemporalServer(binaries, stores, TemporalOptions(kafka=around.kafka.address)) as server:
        yield server


def _described(server: TemporalServer, search: SearchServer, columns: dict[str, Any]) -> dict[str, Any]:
    temporal = {"frontend": server.grpc_address, "metrics": [server.metrics_url]}
    described = cluster(server.stores, temporal)
    for role in ("persistence", "visibility"):
        described[role]["postgresql"]["plugin"] = server.stores.plugin
    search_store = {"elasticsearch": {"url": search.url, "index": _INDEX}}
    return {**described, "search": search_store, **columns}


@pytest.mark.full
def test_the_whole_stack_of_the_document_is_right_in_every_cell(
    tmp_path: Path,
    prometheus: PrometheusBinaries,
    temporal130: TemporalServer,
    elasticsearch68: SearchServer,
    around: Around,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", temporal130.stores.postgres.password)
    expected = {**_REST, **_SCRAPED}
    with scraper(prometheus, temporal130) as prom:
        described = _described(temporal130, elasticsearch68, around.described(prom))
        with one_cycle(tmp_path, described) as cycle:
            # 1.3.0 tells its build a minute after its start.
            whole = until(cycle.round, lambda s: expected.items() <= answers(s).items(), seconds=90)
        one_line = tmp_path / "one-line.yaml"
        one_line.write_text(f"server_config: {temporal130.config_file}\n")
        told = _round_of(one_line)
        own = own_version(prom)
    # What its own workers run got there by way of Kafka.
    assert elasticsearch68.ask("GET", f"/{_INDEX}/_count")["count"] > 0

    assert versions(whole) == {
        Role.SERVER: {"1.3.0"},
        Role.PERSISTENCE: {"9.6.24"},
        Role.VISIBILITY: {"9.6.24"},
        Role.SEARCH: {"6.8.23"},
        Role.EVENT_STREAMING: {"2.1"},
        Role.COORDINATION: {"3.4.6"},
        Role.MONITORING: {own},
        Role.OBSERVATION: {"8.0.6"},
    }
    for column, cell in _CELLS.items():
        found = result(whole, *cell)
        assert (found.verdict, found.reason, found.source) == (*yes(Reason.DOCUMENTED), _DOCUMENT), column
    assert expected.items() <= answers(whole).items()
    assert {verdict for verdict, _ in answers(whole).values()} == {Verdict.SUPPORTED}
    assert whole.judgement.findings == ()
    assert whole.judgement.verdict is Verdict.SUPPORTED
    assert whole.judgement.start.would_start is True

    # Its own configuration names all but ZooKeeper and who watches it.
    unnamed = (Role.COORDINATION, Role.MONITORING, Role.OBSERVATION)
    assert [role for role in versions(whole) if role not in versions(told)] == [*unnamed]
    named = {key: found for key, found in answers(whole).items() if key[0] not in unnamed}
    assert named.items() <= answers(told).items()
    assert answers(told)[Role.COORDINATION, Check.REQUIRED] == (Verdict.UNSUPPORTED, Reason.MISSING)


def _round_of(file: Path) -> Snapshot:
    config = load_config(file)
    cycle = ClusterPoller(config, config.clusters[0], MATRIX)
    try:
        return cycle.round()
    finally:
        cycle.close()


@pytest.mark.full
def test_1_3_0_is_unsupported_without_its_kafka_and_unknown_once_that_has_stopped(
    tmp_path: Path,
    prometheus: PrometheusBinaries,
    temporal130: TemporalServer,
    elasticsearch68: SearchServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", temporal130.stores.postgres.password)
    # Of its own, because a broker that was killed can't come back before ZooKeeper has forgotten it.
    with scraper(prometheus, temporal130) as prom, start_around() as own:
        columns = own.described(prom)
        whole = _described(temporal130, elasticsearch68, columns)
        zookeeper = {"zookeeper": columns["event_streaming"]["zookeeper"]}
        without = observe(tmp_path, {**whole, "event_streaming": zookeeper})
        neither = observe(tmp_path, without_kafka(whole))
        seen = _while_stopped(tmp_path, whole, own.kafka)
    assert answers(without)[_REQUIRED] == (Verdict.UNSUPPORTED, Reason.MISSING)
    assert answers(without)[Role.COORDINATION, Check.REQUIRED] == yes(Reason.CONFIGURED)
    for role in (Role.EVENT_STREAMING, Role.COORDINATION):
        assert answers(neither)[role, Check.REQUIRED] == (Verdict.UNSUPPORTED, Reason.MISSING)
    for snapshot in (without, neither):
        assert snapshot.judgement.verdict is Verdict.UNSUPPORTED
    # For a while the last answer counts.
    *before, last = seen
    assert {answers(snapshot)[_KAFKA] for snapshot in before} == {yes(Reason.DOCUMENTED)}
    assert answers(last)[_KAFKA] == (Verdict.UNKNOWN, Reason.OBSERVATION_TOO_OLD)
    assert answers(last)[_REQUIRED] == yes(Reason.CONFIGURED)
    assert last.judgement.verdict is Verdict.UNKNOWN


def _while_stopped(folder: Path, described: dict[str, Any], kafka: KafkaServer) -> list[Snapshot]:
    """A daemon's rounds, of which the first one alone finds Kafka, until its answer counts no more."""
    with one_cycle(folder, described, interval="1s", timeout="900ms", max_age="3s") as cycle:
        seen = [cycle.round()]
        kafka.stop()
        end = time.monotonic() + 30
        while answers(seen[-1])[_KAFKA][0] is Verdict.SUPPORTED and time.monotonic() < end:
            time.sleep(0.2)
            seen.append(cycle.round(seen[-1]))
    return seen


@pytest.fixture
def newest(temporal_server: TemporalServer, monkeypatch: pytest.MonkeyPatch) -> TemporalServer:
    """Temporal 1.31.2 on PostgreSQL 15, whose password is known to the agent."""
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", temporal_server.stores.postgres.password)
    return temporal_server


@pytest.mark.full
def test_1_31_2_on_the_stores_of_the_document_uses_no_kafka_and_refuses_its_elasticsearch(
    tmp_path: Path,
    prometheus: PrometheusBinaries,
    newest: TemporalServer,
    temporal130: TemporalServer,
    elasticsearch68: SearchServer,
    around: Around,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By a server of 1.31.2 that runs beside them, and as if it were to take the place of 1.3.0."""
    with scraper(prometheus, newest) as prom:
        columns = around.described(prom)
        beside = observe(tmp_path, _described(newest, elasticsearch68, columns))
        monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", temporal130.stores.postgres.password)
        described = _described(temporal130, elasticsearch68, columns)
        instead = assumed(tmp_path, described, "1.31.2")
        described["visibility"] = described.pop("search")
        as_visibility = assumed(tmp_path, described, "1.31.2")
    # temporalio/temporal@v1.25.2: common/config/persistence.go has no advancedVisibilityStore any more.
    gone = (Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED)
    assert answers(beside)[Role.SEARCH, Check.VERSION] == gone
    assert answers(instead)[Role.SEARCH, Check.VERSION] == gone
    # temporalio/temporal@1b210d8 (1.18.0): "v6 support was taken out"; and the lowest PostgreSQL is 12.
    too_old = (Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM)
    assert answers(as_visibility)[Role.VISIBILITY, Check.VERSION] == too_old
    assert answers(instead)[Role.PERSISTENCE, Check.VERSION] == too_old
    for snapshot in (beside, instead, as_visibility):
        uses_no_kafka(snapshot)
