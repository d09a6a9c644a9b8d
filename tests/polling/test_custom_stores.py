"""A fleet with stores of the user's own: what all views show of a component without version and target."""

from __future__ import annotations

import json
from contextlib import ExitStack, closing
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.daemon.daemon import Daemon
from agent.demo.frontend import Metrics
from agent.matrix import load
from agent.web.app import make_app
from tests.fleets import cluster, eventually, frontend, write_config
from tests.web.samples import ask

CALM = {"interval": "500ms", "timeout": "400ms", "max_age": "5s"}
CUSTOM = {"custom": {"name": "my-store"}}
WAIVER = {
    "role": "persistence",
    "check": "version",
    "reason": "custom_store",
    "comment": "ours",
    "until": "2099-01-01",
}


class Views:
    """Metrics, page and API after a round of every cluster."""

    def __init__(self, metrics: str, page: str, api: str) -> None:
        self.page = page
        self.clusters = {each["temporal_cluster"]: each for each in json.loads(api)["clusters"]}
        self._samples = [
            sample for family in text_string_to_metric_families(metrics) for sample in family.samples
        ]

    def series(self, name: str, **labels: str) -> list[dict[str, str]]:
        """The labels of every series of this name that is 1 or more and has these labels."""
        return [
            sample.labels
            for sample in self._samples
            if sample.name == f"temporal_compat_{name}"
            and sample.value
            and labels.items() <= sample.labels.items()
        ]


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Views:
    """Custom stores on a new server, on one that has no place for them, waived, and where it uses others."""
    folder = tmp_path_factory.mktemp("custom")
    with ExitStack() as running:
        new, old = (running.enter_context(closing(Metrics(version))) for version in ("1.31.2", "1.20.4"))
        sql_frontend = running.enter_context(frontend())
        described = {
            name: cluster(folder, name, sql_frontend.address) for name in ("new", "old", "waived", "other")
        }
        for name, server in (("new", new), ("old", old), ("waived", new)):
            described[name]["temporal"] = {"metrics": [server.url]}
        described["new"] |= {"persistence": CUSTOM, "visibility": CUSTOM, "secondary_visibility": CUSTOM}
        described["old"] |= {"visibility": CUSTOM}
        described["waived"] |= {"persistence": CUSTOM, "waivers": [WAIVER]}
        described["other"] |= {"persistence": CUSTOM}
        daemon = Daemon(write_config(folder, list(described.values()), **CALM), load())
        daemon.start()
        try:
            assert eventually(daemon.is_ready)
            answers = [ask(make_app(daemon), path) for path in ("/metrics", "/", "/api/v1/clusters")]
        finally:
            daemon.stop()
    assert [answer.status for answer in answers] == [200] * 3
    return Views(*(answer.text for answer in answers))


def verdicts(views: Views, name: str, role: str) -> dict[str, str]:
    found = views.series("verdict", temporal_cluster=name, role=role)
    assert {labels["component"] for labels in found} == {"custom"}
    return {labels["check"]: labels["verdict"] for labels in found}


def test_a_custom_store_has_series_of_its_verdict_and_of_nothing_else(views: Views) -> None:
    assert verdicts(views, "new", "persistence") == {"version": "untested", "required": "supported"}
    assert verdicts(views, "new", "visibility") == {"version": "untested", "required": "supported"}
    assert verdicts(views, "new", "secondary_visibility") == {"version": "untested"}
    assert views.series("would_start", temporal_cluster="new")
    assert views.series("cluster_verdict", temporal_cluster="new", verdict="untested")
    assert views.series("finding_info", temporal_cluster="new", reason="custom_store", role="persistence")
    for name in ("component_info", "component_nodes", "schema_info", "probe_up", "probes_total"):
        roles = {labels["role"] for labels in views.series(name, temporal_cluster="new")}
        assert roles <= {"server"}, name


def test_a_release_without_a_place_for_it_does_not_support_it(views: Views) -> None:
    assert verdicts(views, "old", "visibility") == {"version": "unsupported", "required": "supported"}
    assert not views.series("would_start", temporal_cluster="old")
    assert views.clusters["old"]["would_start"] is False


def test_a_waiver_makes_its_cluster_fine(views: Views) -> None:
    assert verdicts(views, "waived", "persistence")["version"] == "untested"
    assert views.clusters["waived"]["verdict"] == "supported"
    assert views.series("finding_info", temporal_cluster="waived", reason="custom_store", waived="true")


def test_a_server_that_reports_another_kind_keeps_its_data_elsewhere(views: Views) -> None:
    reasons = {
        check["check"]: check["reason"]
        for check in views.clusters["other"]["checks"]
        if check["role"] == "persistence"
    }
    assert reasons == {"version": "other_store", "required": "other_store"}


def test_the_page_and_the_api_name_it_as_it_is_configured(views: Views) -> None:
    assert "Temporal 1.31.2 can use the custom datastore my-store for persistence" in views.page
    assert "Temporal 1.20.4 cannot use the custom datastore my-store for visibility" in views.page
    assert "the server uses SQLite (sqlite) for persistence, but the agent" in views.page
    checks: list[dict[str, Any]] = views.clusters["new"]["checks"]
    assert {check["component"] for check in checks} == {"temporal", "custom"}
    assert {probe["role"] for probe in views.clusters["new"]["probes"]} == {"server"}
