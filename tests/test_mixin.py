"""`rules` and `dashboards`: what they write."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from agent import mixin as shipped
from agent.mixin import THRESHOLDS, ShippedError, rules
from agent.model.reasons import REASONS
from agent.model.vocabulary import Check, Verdict
from tests.commands import command
from tests.laws import law

ROOT = Path(__file__).parents[1]
TEMPLATE = (ROOT / "dashboards" / "rules" / "temporal-compat.rules.yaml.in").read_text(encoding="utf-8")
UIDS = {"temporal-compat-fleet", "temporal-compat-cluster", "temporal-compat-agent"}


def _alerts(text: str) -> dict[str, dict[str, str]]:
    (group,) = yaml.safe_load(text)["groups"]
    return {rule["alert"]: rule for rule in group["rules"] if "alert" in rule}


def test_every_threshold_is_in_the_rules_and_every_placeholder_has_a_threshold() -> None:
    places = set(re.findall(r"<<(\w+)>>", TEMPLATE))
    assert places == {threshold.name for threshold in THRESHOLDS} | {
        "runbook_url",
        "runbook_suffix",
        "agent_url",
    }
    assert "<<" not in rules({})


def test_the_alert_on_several_versions_fires_for_every_reason_of_that_kind() -> None:
    (codes,) = re.findall(r'check="replicas", reason=~"([\w|]+)"', TEMPLATE)
    several = {
        info.code
        for info in REASONS.values()
        if info.can_be_waived
        and Check.REPLICAS in info.checks
        and (info.is_finding or (Verdict.UNSUPPORTED, Check.REPLICAS) in info.answers)
    }
    assert set(codes.split("|")) == several


@law(THRESHOLDS)
def test_a_threshold_changes_its_own_places_and_nothing_else(threshold: shipped.Threshold) -> None:
    value = "77" if threshold.default.isdigit() else "7m7s"
    value = "77m" if threshold.name == "keep_firing_for" else value
    changed = rules({threshold.name: value}).splitlines()
    before = TEMPLATE.splitlines()
    for line, default, place in zip(changed, rules({}).splitlines(), before, strict=True):
        assert (line != default) == (f"<<{threshold.name}>>" in place), place
        assert line == default or value in line


@law(
    [
        ("unknown_for", "15"),
        ("unknown_for", "15 minutes"),
        ("unknown_for", "5m\n        labels: {}"),
        ("unknown_for", ""),
        ("unknown_for", "30s1m"),
        ("unknown_for", "1m1m"),
        ("minors_behind", "3m"),
        ("minors_behind", "-1"),
        ("minors_behind", "two"),
        ("no_such_for", "5m"),
    ],
)
def test_a_wrong_threshold_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(ShippedError, match=name):
        rules({name: value})


@pytest.mark.parametrize(("keep", "down"), [("5m", "5m"), ("300s", "5m"), ("10m", "1h"), ("59s999ms", "1m")])
def test_no_alert_ends_before_the_alert_that_the_agent_is_down(keep: str, down: str) -> None:
    with pytest.raises(ShippedError, match="keep_firing_for"):
        rules({"keep_firing_for": keep, "agent_down_for": down})


@pytest.mark.parametrize("url", ["", "https://wiki/a b", "x: y\n", "{{ $value }}", "a#b"])
def test_an_address_that_would_break_the_file_is_refused(url: str) -> None:
    with pytest.raises(ShippedError):
        rules({}, url)


def test_runbooks_are_at_their_announced_addresses() -> None:
    for name, alert in _alerts(rules({}, "https://wiki.example.com/r/")).items():
        assert alert["annotations"]["runbook_url"] == f"https://wiki.example.com/r/{name}.md"  # type: ignore[index]


def test_the_command_writes_the_rules_with_what_is_set(tmp_path: Path) -> None:
    out = tmp_path / "out.yaml"
    done = command("rules", "--set", "unknown_for=30m", "--set", "minors_behind=2", str(out))
    assert (done.exit_code, done.stdout.strip()) == (0, str(out))
    assert _alerts(out.read_text())["TemporalCompatUnknown"]["for"] == "30m"
    assert ">= 2" in _alerts(out.read_text())["TemporalServerOutOfWindow"]["expr"]


def test_without_a_file_the_rules_go_to_standard_output() -> None:
    done = command("rules")
    assert (done.exit_code, done.stdout) == (0, rules({}))


def test_help_lists_every_threshold_with_its_default_and_so_does_the_documentation() -> None:
    text = command("rules", "--help").stdout
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.+) \|$", page, re.MULTILINE)
    assert rows == [(each.name, each.default, each.meaning) for each in THRESHOLDS]
    for each in THRESHOLDS:
        assert f"{each.name}={each.default} " in text
        assert each.meaning in text


@pytest.mark.parametrize(
    "arguments", [("--set", "unknown_for"), ("--set", "x=1"), ("--set", "unknown_for=x")]
)
def test_wrong_use_is_explained_in_one_line(arguments: tuple[str, ...]) -> None:
    done = command("rules", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith("Error: ")


def test_a_place_that_can_t_be_written_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert command("rules", str(tmp_path / "none" / "out.yaml")).exit_code == 2
    assert command("dashboards", str(tmp_path / "file" / "below")).exit_code == 2


def test_the_command_writes_every_dashboard_under_its_uid(tmp_path: Path) -> None:
    done = command("dashboards", str(tmp_path / "new" / "folder"))
    assert done.exit_code == 0
    written = {Path(line) for line in done.stdout.splitlines()}
    assert {json.loads(file.read_text())["uid"] for file in written} == UIDS
    assert {file.stem for file in written} == UIDS


def test_config_maps_hold_the_same_and_are_small_enough_to_apply(tmp_path: Path) -> None:
    assert command("dashboards", "--config-map", str(tmp_path)).exit_code == 0
    maps = [json.loads(file.read_text()) for file in tmp_path.iterdir()]
    assert {each["metadata"]["name"] for each in maps} == UIDS
    plain = shipped.dashboards()
    for each in maps:
        assert (each["apiVersion"], each["kind"]) == ("v1", "ConfigMap")
        assert each["metadata"]["labels"] == {"grafana_dashboard": "1"}
        ((name, text),) = each["data"].items()
        assert json.loads(text) == json.loads(plain[name])
        # `kubectl apply` writes the map once more into an annotation; all annotations may have 256 KiB.
        assert len(json.dumps(each)) < 256 * 1024


def test_manifests_of_the_grafana_operator_have_the_same_dashboards(tmp_path: Path) -> None:
    assert command("dashboards", "--format", "grafana-operator", str(tmp_path)).exit_code == 0
    manifests = [json.loads(file.read_text()) for file in tmp_path.iterdir()]
    assert {each["metadata"]["name"] for each in manifests} == UIDS
    plain = shipped.dashboards()
    for each in manifests:
        assert (each["apiVersion"], each["kind"]) == ("grafana.integreatly.org/v1beta1", "GrafanaDashboard")
        assert json.loads(each["spec"]["json"]) == json.loads(plain[f"{each['metadata']['name']}.json"])
        assert len(json.dumps(each)) < 256 * 1024


def test_the_format_of_config_maps_has_two_spellings(tmp_path: Path) -> None:
    folders = [tmp_path / "flag", tmp_path / "format"]
    command("dashboards", "--config-map", str(folders[0]))
    command("dashboards", "--format", "configmap", str(folders[1]))
    first, second = ({file.name: file.read_text() for file in folder.iterdir()} for folder in folders)
    assert first == second


def test_a_prometheus_rule_has_the_rules_and_its_labels() -> None:
    labels = ("--label", "release=prometheus", "--label", "example.com/team=42")
    done = command("rules", "--set", "unknown_for=30m", "--format", "prometheusrule", *labels)
    manifest = yaml.safe_load(done.stdout)
    assert (manifest["apiVersion"], manifest["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert manifest["metadata"]["labels"] == {"release": "prometheus", "example.com/team": "42"}
    assert manifest["spec"] == yaml.safe_load(rules({"unknown_for": "30m"}))
    assert "labels" not in yaml.safe_load(command("rules", "--format", "prometheusrule").stdout)["metadata"]


@law(
    [
        "",
        "release",
        "=x",
        "release=",
        "a b=c",
        "a=b c",
        "a=b\n  x: y",
        "-a=b",
        "a=-b",
        "/a=b",
        f"a={'b' * 64}",
        "é=b",
    ]
)
def test_a_label_that_kubernetes_refuses_is_wrong_use(label: str) -> None:
    done = command("rules", "--format", "helm", "--label", label)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "write KEY=VALUE" in done.stderr


def test_a_plain_rules_file_takes_no_labels() -> None:
    assert "--format prometheusrule" in command("rules", "--label", "a=b").stderr


def test_the_example_of_alertmanager_is_printed_and_takes_no_options_of_rules() -> None:
    example = ROOT / "dashboards" / "rules" / "alertmanager.example.yml"
    assert command("rules", "--format", "alertmanager").stdout == example.read_text(encoding="utf-8")
    for option in (("--set", "unknown_for=30m"), ("--runbook-url", "https://x"), ("--label", "a=b")):
        assert "--format" in command("rules", "--format", "alertmanager", *option).stderr
