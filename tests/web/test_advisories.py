"""Published warnings and ends of life on their way out: series, API and the text of `check`."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.metrics.exposition import PLAIN, probe_metrics
from agent.model.observation import Observation
from agent.model.vocabulary import Level, Role
from agent.reports import check_text as report
from agent.reports.check_lines import TextOptions
from agent.reports.cluster_document import cluster_document
from agent.reports.document import as_object
from agent.snapshot import Snapshot, take
from agent.verdict import ClusterSpec, StoreSpec
from tests.building import MATRIX, NOW, healthy, observation, subject

METRICS = ("advisory_info", "advisories", "component_end_of_life_timestamp_seconds")

#: Without the prefix and the label that all have.
GOLDEN = """\
component_end_of_life_timestamp_seconds{component="cassandra",role="persistence"} 1.7254944e+09
component_end_of_life_timestamp_seconds{component="elasticsearch",role="visibility"} 1.7549568e+09
advisory_info{advisory="CVE-2026-87858",applies="not known",level="critical",waived="false"} 1.0
advisories{level="critical"} 1.0
advisories{level="warning"} 6.0
advisories{level="info"} 0.0
"""


def snapshot(*observations: Observation, on: ClusterSpec | None = None) -> Snapshot:
    return take(MATRIX, on or subject(), observations, NOW)


def on_cassandra() -> Snapshot:
    return snapshot(
        observation(Role.SERVER, "1.30.6"),
        observation(Role.PERSISTENCE, "4.1.3", "3.11.14", component="cassandra"),
        observation(Role.VISIBILITY, "8.17.1", component="elasticsearch"),
        on=subject(StoreSpec("cassandra"), StoreSpec("elasticsearch")),
    )


def lines(of: Snapshot) -> str:
    text = probe_metrics(of, PLAIN).decode()
    names = tuple(f"temporal_compat_{name}{{" for name in METRICS)
    found = "".join(line for line in text.splitlines(keepends=True) if line.startswith(names))
    return found.replace("temporal_compat_", "").replace(',temporal_cluster="orders-live"', "")


def test_the_series_are_exactly_these() -> None:
    assert lines(on_cassandra()) == GOLDEN


def test_a_server_that_was_never_seen_has_no_series() -> None:
    assert lines(snapshot(observation(Role.SERVER))) == ""


def test_no_series_has_a_label_that_alerts_set() -> None:
    for family in text_string_to_metric_families(lines(on_cassandra())):
        for sample in family.samples:
            assert "severity" not in sample.labels


def test_the_api_has_every_warning_with_what_to_do_and_every_date() -> None:
    of = on_cassandra()
    document = as_object(cluster_document(of))
    first: dict[str, Any] = document["advisories"][0]
    fields = "id level summary remedy condition source applies fixed_in waived"
    assert list(first) == fields.split()
    assert [entry["id"] for entry in document["advisories"]] == [
        each.advisory.id for each in of.judgement.advisories
    ]
    assert all(entry["summary"] and entry["remedy"] and entry["source"] for entry in document["advisories"])
    assert document["ends_of_life"] == [
        {"role": "persistence", "component": "cassandra", "date": "2024-09-05"},
        {"role": "visibility", "component": "elasticsearch", "date": "2025-08-12"},
    ]


def test_a_warning_without_a_condition_has_null() -> None:
    document = as_object(cluster_document(snapshot(observation(Role.SERVER, "1.30.0"))))
    by_id = {entry["id"]: entry for entry in document["advisories"]}
    assert by_id["rel-1.30.0-retracted"]["condition"] is None
    assert by_id["CVE-2026-16652"]["condition"]


@pytest.mark.parametrize("server", ["1.31.2", "1.23.0", "1.0.0"])
def test_the_long_text_has_a_line_for_each_critical_or_warning_and_none_for_the_rest(server: str) -> None:
    of = snapshot(observation(Role.SERVER, server), *healthy()[1:])
    text = report.as_text([of], (), TextOptions(verbose=True))
    for advisory in (each.advisory for each in of.judgement.advisories):
        found = [line for line in text.splitlines() if f"{advisory.id}:" in line]
        assert len(found) == (advisory.level is not Level.INFO)
        assert all(line.strip().startswith(advisory.level) for line in found)
