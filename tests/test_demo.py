"""Every state of the demo is as it tells, on its metrics too."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import grpc
import pytest
import requests
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_plain
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest, WorkflowServiceStub

from agent.config import Config, load_config
from agent.demo import NOTICE, STATES, Demo
from agent.demo.stores import make_store
from agent.matrix import load
from agent.metrics.exposition import OPENMETRICS, PLAIN, probe_metrics
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.polling.cluster_poller import ClusterPoller
from agent.snapshot import Snapshot
from agent.web.scrapes import Exposition
from tests.web.samples import STATE

#: What each cluster is there to show: its verdict, whether it would start, and the finding that says why.
SHOWN: dict[str, tuple[Verdict, bool | None, tuple[Role, Check, Reason] | None]] = {
    "orders-live": (Verdict.SUPPORTED, True, None),
    "orders-staging": (Verdict.SUPPORTED, True, (Role.PERSISTENCE, Check.SCHEMA, Reason.SCHEMA_AHEAD)),
    "payments-live": (Verdict.UNSUPPORTED, True, (Role.PERSISTENCE, Check.SCHEMA, Reason.SCHEMA_BEHIND)),
    "reports-live": (Verdict.UNSUPPORTED, True, (Role.VISIBILITY, Check.VERSION, Reason.BELOW_MINIMUM)),
    "shipping-live": (Verdict.SUPPORTED, True, (Role.SERVER, Check.REPLICAS, Reason.MIXED_VERSIONS)),
    "shipping-staging": (Verdict.UNSUPPORTED, True, (Role.SERVER, Check.REPLICAS, Reason.MINOR_SKIPPED)),
    "billing-live": (Verdict.UNKNOWN, None, (Role.SERVER, Check.VERSION, Reason.UNREACHABLE)),
    "search-staging": (Verdict.UNKNOWN, None, (Role.SERVER, Check.VERSION, Reason.RELEASE_UNKNOWN)),
    "sandbox": (Verdict.SUPPORTED, True, None),
}


@pytest.fixture(scope="module")
def config() -> Iterator[Config]:
    """Without the embedded PostgreSQL, which has its own tests."""
    with Demo(postgres=False) as demo:
        yield load_config(demo.config_file)


@pytest.fixture(scope="module")
def snapshots(config: Config) -> Mapping[str, Snapshot]:
    """Every cluster after its first round."""
    matrix = load()
    found = {}
    for cluster in config.clusters:
        cycle = ClusterPoller(config, cluster, matrix)
        found[cluster.name] = cycle.round()
        cycle.close()
    return found


@pytest.fixture(scope="module")
def moments(config: Config, snapshots: Mapping[str, Snapshot]) -> list[Snapshot]:
    """Every cluster before its first round, after it, and grown too old."""
    matrix = load()
    first = [ClusterPoller(config, cluster, matrix).first() for cluster in config.clusters]
    far = config.effective_max_age + 1
    old = []
    for snapshot in snapshots.values():
        assert snapshot.taken
        later = type(snapshot.taken)(snapshot.taken.wall + far, snapshot.taken.mono + far)
        old.append(snapshot.at(matrix, later))
    return [*first, *snapshots.values(), *old]


def test_every_state_has_its_expectation_and_there_are_six_at_least() -> None:
    assert [state.name for state in STATES] == list(SHOWN)
    assert len(STATES) >= 6
    assert all(state.shows for state in STATES)


@pytest.mark.parametrize("name", SHOWN)
def test_a_demo_state_is_what_its_description_says(snapshots: Mapping[str, Snapshot], name: str) -> None:
    verdict, start, reason = SHOWN[name]
    judgement = snapshots[name].judgement
    assert (judgement.verdict, judgement.start.would_start) == (verdict, start)
    findings = [(finding.role, finding.check, finding.reason) for finding in judgement.findings]
    assert findings[:1] == ([reason] if reason else [])


def test_every_reachable_target_of_the_demo_is_read(snapshots: Mapping[str, Snapshot]) -> None:
    for state in STATES:
        failures = [o.failure for o in snapshots[state.name].observations if o.failure]
        assert len(failures) == (0 if state.reachable else 1)


def test_a_demo_on_sqlite_says_plainly_that_its_schema_is_not_checked_at_start(
    snapshots: Mapping[str, Snapshot],
) -> None:
    assert "does not check the schema of SQLite at start" in NOTICE
    assert (
        "does not check the schema of SQLite at start" in snapshots["payments-live"].judgement.start.message
    )


@pytest.mark.parametrize("form", [PLAIN, OPENMETRICS], ids=["plain", "openmetrics"])
def test_no_state_has_two_series_of_the_same_labels(moments: list[Snapshot], form: object) -> None:
    encoding, parse = (PLAIN, parse_plain) if form is PLAIN else (OPENMETRICS, parse_openmetrics)
    every = len(SHOWN)
    for start in range(0, len(moments), every):
        together = moments[start : start + every]
        text = Exposition().metrics(STATE, together, encoding).plain().decode()
        count = Counter(
            (sample.name, *sorted(sample.labels.items()))
            for family in parse(text)
            for sample in family.samples
        )
        assert len(count) > 100
        assert [key for key, number in count.items() if number > 1] == []


def test_a_metric_has_the_same_labels_in_every_state(moments: list[Snapshot]) -> None:
    labels = defaultdict(set)
    for snapshot in moments:
        texts = (Exposition().metrics(STATE, [snapshot], PLAIN).plain(), probe_metrics(snapshot, PLAIN))
        for text in texts:
            for family in parse_plain(text.decode()):
                for sample in family.samples:
                    labels[sample.name].add(tuple(sorted(sample.labels)))
    assert len(labels) > 20
    assert {name: found for name, found in labels.items() if len(found) > 1} == {}


def test_a_snapshot_that_is_too_old_is_not_green(moments: list[Snapshot]) -> None:
    old = moments[2 * len(SHOWN) :]
    assert len(old) == len(SHOWN)
    for snapshot in old:
        assert snapshot.judgement.verdict in (Verdict.UNKNOWN, Verdict.UNSUPPORTED)


def test_afterwards_the_folder_is_removed_and_no_port_is_open() -> None:
    with Demo(postgres=False) as demo:
        folder = demo.config_file.parent
        config = load_config(demo.config_file)
        assert len(list(folder.rglob("*.db"))) == 2 * len(STATES)
        assert all(folder in Path(path).parents for path in _paths(config))
        url = next(target.url for cluster in config.clusters for target in cluster.temporal.metrics)
        assert "build_information" in requests.get(url, timeout=2).text
    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=2)
    for cluster in config.clusters:
        assert cluster.temporal.frontend
        with (
            grpc.insecure_channel(cluster.temporal.frontend) as channel,
            pytest.raises(grpc.RpcError) as caught,
        ):
            WorkflowServiceStub(channel).GetSystemInfo(GetSystemInfoRequest(), timeout=2)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def _paths(config: Config) -> list[str]:
    stores = [store for cluster in config.clusters for store in (cluster.persistence, cluster.visibility)]
    return [store.sqlite.path for store in stores if store and store.sqlite]


def test_the_folder_is_also_removed_after_a_failure() -> None:
    with contextlib.suppress(RuntimeError), Demo(postgres=False) as demo:
        folder = demo.config_file.parent
        raise RuntimeError
    assert not folder.exists()


def test_two_demos_run_side_by_side() -> None:
    with Demo(postgres=False) as one, Demo(postgres=False) as two:
        addresses = [
            {cluster.temporal.frontend for cluster in load_config(demo.config_file).clusters}
            for demo in (one, two)
        ]
    assert not addresses[0] & addresses[1]


def test_a_store_is_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "temporal.db"
    make_store(path, "0.11", written_by="3.30.1")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT version_partition, db_name, curr_version FROM schema_version"
        ).fetchall()
    assert rows == [(0, "temporal", "0.11")]
    assert int.from_bytes(path.read_bytes()[96:100], "big") == 3_030_001
