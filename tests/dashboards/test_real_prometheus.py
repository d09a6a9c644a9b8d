"""Every query of every dashboard and rule on a real Prometheus, which scrapes two replicas of the demo.

The demo has no waiver and no database whose end of life is known; for such, the prepared states of
`test_queries` are scraped beside it.
"""

import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from agent.demo import STATES
from agent.mixin import THRESHOLDS, rules
from tests.fleets import eventually
from tests.integration.servers.process import Process, free_port, temporary_folder
from tests.integration.servers.prometheus import (
    PrometheusServer,
    newest_prometheus_binaries,
    prometheus_binaries,
)
from tests.integration.servers.requirement import require
from tests.probes.servers import Answer, Pages, Request

from .conftest import BOARDS, columns, shown
from .test_queries import AGENT, CLUSTERS

Panel = dict[str, Any]

NAMES = {state.name for state in STATES}
SUPPORTED, UNTESTED, UNKNOWN, UNSUPPORTED = range(4)
#: By the demo's own words.
VERDICTS = {
    "payments-live": UNSUPPORTED,
    "reports-live": UNSUPPORTED,
    "shipping-staging": UNSUPPORTED,
    "billing-live": UNKNOWN,
    "search-staging": UNKNOWN,
}
MIXED = {"shipping-live", "shipping-staging"}
#: The labels that prometheus-operator sets on the targets of a ServiceMonitor.
SERVICE_MONITOR = {
    "endpoint": "http",
    "namespace": "monitoring",
    "pod": "agent-0",
    "service": "agent",
    "container": "agent",
    "node": "worker-1",
    "cluster": "east",
}


def _asked(expr: str, job: str) -> str:
    """The query as Grafana sends it when everything of one job is chosen."""
    for name, value in {
        "$job": job,
        "$instance": ".+",
        "$cluster": ".+",
        "$product": ".*",
        "$environment": ".*",
        "$__rate_interval": "10s",
    }.items():
        expr = expr.replace(name, value)
    return expr


def _exposition(_request: Request) -> Answer:
    """The prepared states as an agent would expose them; its counters grow with time."""
    lines = [
        f"temporal_compat_{series.replace(', ', ',')} {time.time() if isinstance(value, str) else value}\n"
        for series, value in {**AGENT, **CLUSTERS}.items()
    ]
    return Answer("".join(lines).encode(), headers={"Content-Type": "text/plain; version=0.0.4"})


#: The demo's nine clusters, whether an embedded PostgreSQL for a tenth is installed or not.
_NINE = "import agent.demo, agent.cli; agent.demo.is_installed = lambda: False; agent.cli.main()"


def _demo(stack: ExitStack) -> str:
    address = f"127.0.0.1:{free_port()}"
    folder = temporary_folder("demo")
    stack.callback(shutil.rmtree, folder)
    command = [sys.executable, "-c", _NINE, "demo", "--web.listen-address", address]
    process = Process("demo", command, folder)
    stack.callback(process.stop)

    def ready() -> bool:
        try:
            return requests.get(f"http://{address}/-/ready", timeout=2).ok
        except requests.RequestException:
            return False

    process.start(ready)
    return address


@pytest.fixture(scope="module", params=["everyday", pytest.param("newest", marks=pytest.mark.full)])
def prometheus(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrometheusServer]:
    """A Prometheus that has scraped two demos for some seconds; every `for` of the rules is one second."""
    obtain = prometheus_binaries if request.param == "everyday" else newest_prometheus_binaries
    binaries = require(obtain)
    quick = {each.name: "1s" for each in THRESHOLDS if each.name.endswith("_for")}
    quick["keep_firing_for"] = "2s"
    file = tmp_path_factory.mktemp("rules") / "rules.yaml"
    file.write_text(rules(quick), encoding="utf-8")
    with ExitStack() as stack:
        jobs = {
            "demo": [_demo(stack), _demo(stack)],
            "prepared": [stack.enter_context(Pages(_exposition)).address for _ in range(2)],
        }
        # Dashboards and rules must work behind a ServiceMonitor, with both values of honor_labels.
        configs = {
            name: {
                "honor_labels": name == "demo",
                "static_configs": [{"targets": targets, "labels": SERVICE_MONITOR}],
            }
            for name, targets in jobs.items()
        }
        server = stack.enter_context(PrometheusServer(binaries, configs, [file]))
        _until_scraped(server)
        yield server


def _until_scraped(server: PrometheusServer) -> None:
    """Until every target was read, and the prepared counters, which grow all the time, were read twice."""
    grows = 'rate(temporal_compat_rounds_total{job="prepared"}[20s]) > 0'
    read = {"count(temporal_compat_clusters)": 4, f"count({grows})": 2}
    queries = [f"({expr}) >= {number}" for expr, number in read.items()]
    assert eventually(lambda: all(map(server.query, queries)), 30), "not everything was scraped"


def test_no_label_collides_with_those_of_a_service_monitor(prometheus: PrometheusServer) -> None:
    for job in ("demo", "prepared"):
        series = prometheus.query(f'{{__name__=~"temporal_compat_.+", job="{job}"}}')
        assert len(series) > 50
        wrong = [labels for labels, _ in series if not SERVICE_MONITOR.items() <= labels.items()]
        assert wrong == [], "a label of ours replaced that of the target"
        assert [labels for labels, _ in series if any(name.startswith("exported_") for name in labels)] == []


def _panel(board: str, title: str) -> Panel:
    (panel,) = (panel for panel in shown(BOARDS[f"temporal-compat-{board}"]) if panel["title"] == title)
    return panel


def _rows(
    prometheus: PrometheusServer, panel: Panel, job: str, *by: str, number: int = 0
) -> dict[tuple[str, ...], float]:
    expr = _asked(panel["targets"][number]["expr"], job)
    rows = [(tuple(labels.get(name, "") for name in by), value) for labels, value in prometheus.query(expr)]
    assert len(dict(rows)) == len(rows), "no row twice, whatever the number of replicas"
    return dict(rows)


@pytest.mark.parametrize("uid", BOARDS)
def test_every_query_runs_and_finds_rows(uid: str, prometheus: PrometheusServer) -> None:
    for panel in shown(BOARDS[uid]):
        for target in panel["targets"]:
            prometheus.query(_asked(target["expr"], "demo"))
            # Where one role has no check, its column has no rows.
            assert prometheus.query(_asked(target["expr"], "prepared")), f"{panel['title']}: {target['expr']}"
            if target["range"]:
                found = prometheus.query_range(_asked(target["expr"], "prepared"), 5)
                assert found, panel["title"]


@pytest.mark.parametrize("uid", BOARDS)
def test_every_choice_finds_its_values(uid: str, prometheus: PrometheusServer) -> None:
    values = {}
    for choice in BOARDS[uid]["templating"]["list"][1:]:
        if choice["name"] == "agent_url":
            # The demo has no external URL.
            continue
        found = re.fullmatch(r"label_values\((.+), (\w+)\)", choice["query"]["query"])
        assert found
        values[choice["name"]] = prometheus.label_values(found[2], _asked(found[1], "demo"))
    assert values["cluster"] == NAMES
    assert values["environment"] == {state.environment for state in STATES}
    assert values["job"] == {"demo", "prepared"}
    assert len(values["instance"]) == 2


def test_marks_for_changes_run(prometheus: PrometheusServer) -> None:
    for mark in BOARDS["temporal-compat-cluster"]["annotations"]["list"]:
        assert prometheus.query(_asked(mark["expr"], "demo")) == [], "nothing has changed"


def test_the_matrix_has_one_row_for_each_cluster_with_its_verdict(prometheus: PrometheusServer) -> None:
    matrix = _panel("fleet", "Clusters")
    assert {name for (name,) in _rows(prometheus, matrix, "demo", "temporal_cluster")} == NAMES
    verdicts = _rows(prometheus, matrix, "demo", "temporal_cluster", number=1)
    assert set(verdicts) == {(name,) for name in NAMES}
    assert {name: verdicts[name,] for name in VERDICTS} == VERDICTS


def test_the_counts_add_up_to_the_clusters_not_to_what_replicas_see(prometheus: PrometheusServer) -> None:
    counts = _panel("fleet", "Clusters by verdict")
    found = [prometheus.query(_asked(target["expr"], "demo")) for target in counts["targets"]]
    assert sum(value for [(_, value)] in found) == len(NAMES)
    over_time = _rows(prometheus, _panel("fleet", "Clusters by verdict over time"), "demo", "verdict")
    titles = [target["legendFormat"] for target in counts["targets"]]
    shown_now = {(title,): value for title, [(_, value)] in zip(titles, found, strict=True) if value}
    assert over_time == shown_now
    assert _rows(prometheus, _panel("fleet", "Agents answering"), "demo") == {(): 2}


def test_mixed_clusters_are_shown_with_the_nodes_of_each_version(prometheus: PrometheusServer) -> None:
    panel = _panel("fleet", "Several versions at once")
    rows = _rows(prometheus, panel, "demo", "temporal_cluster", "version", "temporal_service")
    assert {cluster for cluster, _, _ in rows} == MIXED
    assert {(cluster, version) for cluster, version, _ in rows} == {
        (state.name, version) for state in STATES if state.name in MIXED for version in state.versions
    }
    assert set(rows.values()) == {1}, "two replicas of the agent see the same node"


def test_a_schema_behind_is_shown_with_its_distance(prometheus: PrometheusServer) -> None:
    rows = _rows(prometheus, _panel("cluster", "Schemas"), "demo", "temporal_cluster", "role", "version")
    assert {row[:2] for row, drift in rows.items() if drift < 0} == {("payments-live", "persistence")}
    assert len({row[:2] for row in rows}) == len(rows)


def test_a_target_that_can_t_be_read_is_reported_by_both_replicas(prometheus: PrometheusServer) -> None:
    panel = _panel("agent", "Failing probes")
    rows = _rows(prometheus, panel, "demo", "temporal_cluster", "reason", "instance")
    assert {row[:2] for row in rows} == {("billing-live", "unreachable")}
    assert len(rows) == 2
    assert set(rows.values()) == {0}, "never read"


def test_every_column_of_a_table_has_a_label_or_a_value(prometheus: PrometheusServer) -> None:
    for board in BOARDS.values():
        for panel in shown(board):
            if panel["type"] == "table":
                labels = {
                    label
                    for target in panel["targets"]
                    for row, _ in prometheus.query(_asked(target["expr"], "prepared"))
                    for label in row
                }
                fields = {field for field in columns(panel) if not field.startswith("Value")}
                assert fields <= labels | {"product", "flavor", "name", "temporal_service"}, panel["title"]


def test_every_rule_is_evaluated_without_an_error_and_what_should_fire_does(
    prometheus: PrometheusServer,
) -> None:
    expected = {
        # On SQLite the server starts all the same.
        ("TemporalSchemaUnsupported", "payments-live"),
        ("TemporalUnsupported", "payments-live"),
        ("TemporalUnsupported", "reports-live"),
        ("TemporalUnsupported", "shipping-staging"),
        ("TemporalMixedVersions", "shipping-live"),
        ("TemporalMixedVersions", "shipping-staging"),
        ("TemporalCompatUnknown", "billing-live"),
        ("TemporalCompatUnknown", "search-staging"),
        ("TemporalCompatProbeFailing", "billing-live"),
        # Of the prepared states.
        ("TemporalSchemaBehind", "orders"),
        ("TemporalWouldNotStart", "orders"),
        ("TemporalCriticalAdvisory", ""),
        ("TemporalDependencyEndOfLife", "orders"),
        ("TemporalCompatWaiverEnding", "orders"),
        ("TemporalCompatMatrixOld", ""),
    }
    eventually(lambda: expected <= _firing(prometheus), 20)
    firing = _firing(prometheus)
    assert expected - firing == set()
    # What was published about its release, and how many came after it, changes with the matrix.
    of_release = {"TemporalCriticalAdvisory", "TemporalServerOutOfWindow"}
    assert {alert for alert, name in firing if name == "orders-live"} <= of_release, "all is well there"
    errors = prometheus.rule_errors()
    assert errors == dict.fromkeys(errors, "")
    assert len(errors) == 18


def _firing(prometheus: PrometheusServer) -> set[tuple[str, str]]:
    return {(labels["alertname"], labels.get("temporal_cluster", "")) for labels in prometheus.firing()}


def test_a_rule_gives_one_alert_for_two_replicas(prometheus: PrometheusServer) -> None:
    alerts = [tuple(sorted(labels.items())) for labels in prometheus.firing() if "temporal_cluster" in labels]
    assert len(set(alerts)) == len(alerts)
    assert not any("instance" in dict(labels) for labels in alerts)


def test_what_the_rules_record_has_one_series_a_cluster(prometheus: PrometheusServer) -> None:
    recorded = prometheus.query("temporal_cluster:temporal_compat_cluster_info:max")
    assert len(recorded) == len({labels["temporal_cluster"] for labels, _ in recorded})
    assert {labels["temporal_cluster"] for labels, _ in recorded} >= NAMES
