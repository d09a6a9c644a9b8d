"""The alerting rules: promtool's word, and what every alert owes the person it wakes."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from agent.metrics.exposition import PLAIN, probe_metrics
from agent.mixin import AGENT_URL, THRESHOLDS, rules
from agent.model.traits import Trait
from agent.snapshot import take
from tests.building import MATRIX, NOW, healthy, subject
from tests.verdict.test_conditions import OFF, ON, QUIET, frontend, with_file

from .conftest import ROOT, RULES, Promtool
from .promql import unknown_names

CASES = sorted((Path(__file__).parent / "rules").glob("*.test.yaml"))
RUNBOOKS = ROOT / "docs" / "runbooks"
SECTIONS = [
    "What it means",
    "How bad it is",
    "How to check by hand",
    "How to fix it",
    "What to tell others",
]
Alert = dict[str, Any]


def test_promtool_finds_no_fault_in_the_rules(promtool: Promtool) -> None:
    promtool("check", "rules", RULES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.removesuffix(".test.yaml"))
def test_alert_fires_and_is_silent_as_its_cases_say(case: Path, promtool: Promtool) -> None:
    promtool("test", "rules", case)


def test_the_last_bad_verdict_is_held_while_no_agent_answers(promtool: Promtool) -> None:
    promtool("test", "rules", Path(__file__).parent / "held.test.yaml")


def test_every_alert_has_cases_that_fire_that_are_silent_and_that_have_two_replicas(
    alerts: list[Alert],
) -> None:
    cases = {case.name: yaml.safe_load(case.read_text(encoding="utf-8"))["tests"] for case in CASES}
    assert set(cases) == {f"{alert['alert']}.test.yaml" for alert in alerts}
    for name, tests in cases.items():
        asked = [question for test in tests for question in test.get("alert_rule_test", [])]
        assert {question["alertname"] for question in asked} == {name.removesuffix(".test.yaml")}
        assert {bool(question.get("exp_alerts")) for question in asked} == {True, False}, name
        replicas = [
            set(
                re.findall(r'instance="(\w+)"', " ".join(series["series"] for series in test["input_series"]))
            )
            for test in tests
        ]
        assert {"a", "b"} in [found & {"a", "b"} for found in replicas], name


def test_every_alert_says_what_is_wrong_and_how_bad_it_is(alerts: list[Alert]) -> None:
    for alert in alerts:
        summary, description = alert["annotations"]["summary"], alert["annotations"]["description"]
        assert summary, alert["alert"]
        which = ("temporal_cluster", "instance", "advisory")
        says_which = any(f"{{{{ $labels.{label} }}}}" in summary for label in which)
        assert says_which or summary.startswith("No agent is left"), f"{alert['alert']}: which one"
        says_which = "{{ $labels." in description or "| query" in description or "query " in description
        assert says_which, f"{alert['alert']}: the description says which one"
        assert alert["labels"] == {"severity": alert["labels"]["severity"]}
        assert alert["labels"]["severity"] in {"critical", "warning", "info"}


def test_only_what_stops_the_next_start_or_all_monitoring_is_critical(alerts: list[Alert]) -> None:
    critical = {alert["alert"] for alert in alerts if alert["labels"]["severity"] == "critical"}
    assert critical == {"TemporalSchemaBehind", "TemporalWouldNotStart", "TemporalCompatAgentDown"}


def test_promtool_finds_no_fault_in_rules_with_every_threshold_changed(
    promtool: Promtool, tmp_path: Path
) -> None:
    file = tmp_path / "changed.yaml"
    changed = {each.name: "7" if each.default.isdigit() else "1h30m" for each in THRESHOLDS}
    changed["keep_firing_for"] = "2h"
    file.write_text(rules(changed, "https://wiki.example.com/runbooks"), encoding="utf-8")
    promtool("check", "rules", file)


def test_no_alert_fires_on_one_reading_or_ends_with_a_restart_of_the_agent(alerts: list[Alert]) -> None:
    for alert in alerts:
        assert alert["for"] not in {"", "0s"}, alert["alert"]
        assert alert["keep_firing_for"] not in {"", "0s"}, alert["alert"]


def test_no_alert_depends_on_a_version(alerts: list[Alert]) -> None:
    for alert in alerts:
        assert not re.search(r"\b(version|release|required|flavor)\b", alert["expr"]), alert["alert"]


def test_rules_use_only_promised_metrics_and_labels(alerts: list[Alert]) -> None:
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    expressions = [rule["expr"] for rule in group["rules"]]
    # Descriptions look things up, with their quotes escaped.
    lookups = [alert["annotations"]["description"].replace('\\"', '"') for alert in alerts]
    for text in expressions + lookups:
        assert list(unknown_names(text)) == []


def test_every_alert_leads_to_a_runbook_and_every_runbook_belongs_to_an_alert(alerts: list[Alert]) -> None:
    for alert in alerts:
        annotations, name = alert["annotations"], alert["alert"]
        query = "{{ with $labels.temporal_cluster }}?cluster={{ . }}{{ end }}"
        assert annotations["runbook_url"] == f"{AGENT_URL}/runbooks/{name}{query}"
        if "$labels.temporal_cluster" in annotations["summary"]:
            assert (
                annotations["status_page_url"] == f"{AGENT_URL}/clusters/{{{{ $labels.temporal_cluster }}}}"
            )
    assert {file.stem for file in RUNBOOKS.glob("*.md")} == {alert["alert"] for alert in alerts}


@pytest.mark.parametrize("runbook", sorted(RUNBOOKS.glob("*.md")), ids=lambda runbook: runbook.stem)
def test_runbook_has_its_sections_in_order(runbook: Path) -> None:
    text = runbook.read_text(encoding="utf-8")
    assert text.startswith(f"# {runbook.stem}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS


def test_a_cluster_without_an_authorizer_is_quiet(promtool: Promtool, tmp_path: Path) -> None:
    """57 of the 61 releases with a critical warning have it only where an authorizer is configured."""
    secured = with_file(replace(QUIET, traits={**QUIET.traits, Trait.AUTHORIZER: True}))
    for cluster, settings, expected in ((subject(), OFF, []), (secured, ON, ["TemporalCriticalAdvisory"])):
        observations = (frontend(settings=settings), *healthy()[1:])
        text = probe_metrics(take(MATRIX, cluster, observations, NOW), PLAIN).decode()
        file = tmp_path / "test.yaml"
        file.write_text(yaml.safe_dump(_firing_after_50_minutes(text, expected)), encoding="utf-8")
        promtool("test", "rules", file)


def _firing_after_50_minutes(text: str, names: list[str]) -> dict[str, Any]:
    """A test of all rules: these alerts, and no other, fire for a cluster that shows these metrics."""
    # That alert reads the series of the agent itself, which are not part of a snapshot.
    firing = 'ALERTS{alertstate="firing", alertname!="TemporalCompatAgentDown"}'
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    test = {
        "interval": "1m",
        "input_series": [
            {"series": _series(each.name, each.labels), "values": f"{each.value}x60"} for each in samples
        ],
        "promql_expr_test": [
            {
                "expr": f"group by (alertname) ({firing})",
                "eval_time": "50m",
                "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in names],
            }
        ],
    }
    return {"rule_files": [str(RULES)], "tests": [test]}


def _series(name: str, labels: dict[str, str]) -> str:
    pairs = {**labels, "job": "temporal-compat-agent", "instance": "a"}
    return f"{name}{{{', '.join(f'{key}={json.dumps(value)}' for key, value in pairs.items())}}}"
