"""The names and labels of metrics are promises: to the design, to the documentation, to the dashboards."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from agent.metrics.agent import ROUND_DURATION
from agent.metrics.families import AGENT_FAMILIES, CLUSTER_FAMILIES, agent_metrics, cluster_metrics
from agent.metrics.family import PREFIX, Family
from agent.model.vocabulary import Role
from agent.snapshot import Snapshot
from agent.verdict import AdvisoryWaiver, AdvisoryWaiverState, EndOfLife, Warned
from tests.building import FROZEN
from tests.reference import generated_part, metrics
from tests.web.samples import STATE, behind

#: Copied by hand from the table of the design, without the prefix; `temporal_cluster` comes before.
PROMISED = {
    "cluster_info": {"temporal_environment", "product"},
    "verdict": {"role", "check", "component", "verdict"},
    "cluster_verdict": {"verdict", "product", "temporal_environment"},
    "would_start": {"product", "temporal_environment"},
    "verdict_since_timestamp_seconds": {"role", "check"},
    "cluster_verdict_since_timestamp_seconds": set(),
    "finding_info": {"role", "check", "component", "reason", "verdict", "waived"},
    "waiver_end_timestamp_seconds": {"role", "check", "reason"},
    "component_info": {"role", "component", "flavor", "version"},
    "component_nodes": {"role", "component", "temporal_service", "version"},
    "component_end_of_life_timestamp_seconds": {"role", "component"},
    "server_info": {"version", "release"},
    "server_release_timestamp_seconds": set(),
    "server_releases_behind": {"level"},
    "upgrade_blockers": {"level", "release"},
    "upgrade_schema_steps": {"level", "release"},
    "upgrade_steps": {"level", "release"},
    "schema_info": {"role", "component", "plugin", "version", "required"},
    "schema_drift_versions": {"role", "component"},
    "advisory_info": {"advisory", "level", "applies", "waived"},
    "advisories": {"level"},
    "advisory_waiver_end_timestamp_seconds": {"advisory"},
    "probe_up": {"role", "component", "probe", "name"},
    "probe_duration_seconds": {"role", "component", "probe", "name"},
    "probe_last_success_timestamp_seconds": {"role", "component", "probe", "name"},
    "probe_failure_info": {"role", "component", "probe", "name", "reason"},
    "probes_total": {"role", "component", "probe", "name"},
    "probe_failures_total": {"role", "component", "probe", "name"},
}
#: The design names these and leaves their labels open.
PROMISED_OF_THE_AGENT = {
    "build_info",
    "matrix_info",
    "matrix_newest_release_timestamp_seconds",
    "matrix_updated_timestamp_seconds",
    "clusters",
    "rounds_total",
    "rounds_skipped_total",
    "last_round_timestamp_seconds",
    "config_last_reload_successful",
    "config_last_reload_success_timestamp_seconds",
    "cluster_files_rejected",
    "history_available",
    "web_info",
    "web_config_last_reload_successful",
    "log_lines_dropped_total",
    "advisory_text_info",
}
#: What there is by now; more may come, none of these may go.
BUILT = PROMISED.keys()


EVERY: tuple[Family[Any], ...] = (*CLUSTER_FAMILIES, *AGENT_FAMILIES)


def exposed(family: Family[Any]) -> str:
    """The name of its series, without the prefix."""
    assert family.name.startswith(PREFIX)
    return family.series.removeprefix(PREFIX)


def test_every_metric_of_a_cluster_is_promised_with_exactly_these_labels() -> None:
    built = {exposed(family): set(family.labels) for family in CLUSTER_FAMILIES}
    assert built == {name: PROMISED.get(name) for name in built}
    assert built.keys() >= BUILT


def test_every_metric_of_the_agent_is_promised() -> None:
    built = {exposed(family) for family in AGENT_FAMILIES}
    assert built <= PROMISED_OF_THE_AGENT
    assert built >= PROMISED_OF_THE_AGENT - {"history_available"}


def test_no_name_is_given_twice() -> None:
    names = [family.name for family in EVERY]
    assert len(names) == len(set(names))


def test_no_label_clashes_with_what_scrapers_and_alerts_set() -> None:
    # Alertmanager's severity, those of a ServiceMonitor's targets, and Prometheus' own.
    taken = {
        *("severity", "le", "quantile", "temporal_cluster", "job", "instance", "cluster"),
        *("endpoint", "namespace", "pod", "service", "container", "node"),
    }
    for family in EVERY:
        assert not taken & set(family.labels)
        assert len(family.labels) == len(set(family.labels))


def test_every_metric_is_explained_in_a_sentence() -> None:
    for family in EVERY:
        assert re.fullmatch(r"[A-Z0-9][^\n]+\.", family.help), family.name


def test_every_metric_has_a_sample_with_its_labels_where_everything_is_known() -> None:
    sampled = {
        metric.name
        for metric in (*cluster_metrics(_everything()), *agent_metrics(STATE))
        for _sample in metric.samples
    }
    assert sampled == {family.name for family in EVERY} | {ROUND_DURATION}


def _everything() -> Snapshot:
    """The sample cluster with an end of life and a published warning."""
    base = behind()
    waiver = AdvisoryWaiver("CVE-2026-5724", "agreed", date(2027, 3, 1))
    return replace(
        base,
        judgement=replace(
            base.judgement,
            ends_of_life=(EndOfLife(Role.PERSISTENCE, "postgresql", date(2027, 11, 11)),),
            advisories=(Warned(FROZEN.advisories.all[0], None),),
            advisory_waivers=(AdvisoryWaiverState(waiver, has_ended=False, matches=True),),
        ),
    )


def test_the_documentation_has_every_metric_with_its_type_labels_and_meaning() -> None:
    assert generated_part("metrics") == metrics(), "run python -m tests.reference"
    for family in EVERY:
        assert f"| `{PREFIX}{exposed(family)}` | {family.kind} |" in metrics()
