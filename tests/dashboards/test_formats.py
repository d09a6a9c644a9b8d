"""Rules and dashboards in the formats of other tools, read by these tools."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from agent import mixin
from tests.commands import command
from tests.dashboards.conftest import ROOT, RULES
from tests.dashboards.test_rules import CASES
from tests.integration.servers.commands import run
from tests.integration.servers.custom_resources import custom_resource_problems
from tests.integration.servers.delivery_tools import evaluate_jsonnet, helm
from tests.integration.servers.prometheus import prometheus_binaries
from tests.integration.servers.requirement import require
from tests.laws import law

MIXIN = ROOT / "deploy" / "mixin" / "mixin.libsonnet"
CHART = ROOT / "deploy" / "helm" / "temporal-compat-agent"
#: The least that the chart needs besides its PrometheusRule.
VALUES = {"config": {"clusters": [{"name": "orders-live"}]}, "prometheusRule": {"enabled": True}}
#: The ways to a PrometheusRule: two formats of the command `rules`, and the chart.
WAYS = ("prometheusrule", "helm", "chart")
LABEL = ("--label", "release=prometheus")


def rendered(chart: Path) -> Any:
    """What Helm makes of the chart's one PrometheusRule."""
    values = chart / "rendered-values.json"
    values.write_text(json.dumps(VALUES))
    options: list[str | Path] = ["--kube-version", "1.31.0", "--values", values]
    command_line: list[str | Path] = [require(helm), "template", "test", chart, *options]
    done = subprocess.run(command_line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (manifest,) = (each for each in yaml.safe_load_all(done.stdout) if each["kind"] == "PrometheusRule")
    return manifest


def by_format(name: str, folder: Path) -> Any:
    """The PrometheusRule, as a user gets it by this way."""
    if name == "chart":
        shutil.copytree(CHART, folder / "chart")
        return rendered(folder / "chart")
    if name == "helm":
        (folder / "templates").mkdir()
        (folder / "Chart.yaml").write_text("{apiVersion: v2, name: chart, version: 0.1.0}")
        command("rules", "--format", "helm", *LABEL, str(folder / "templates" / "rules.yaml"))
        return rendered(folder)
    return yaml.safe_load(command("rules", "--format", name, *LABEL).stdout)


@law(WAYS)
def test_every_prometheus_rule_has_the_rules_of_the_file(name: str) -> None:
    with TemporaryDirectory() as folder:
        manifest = by_format(name, Path(folder))
        assert manifest["spec"] == yaml.safe_load(RULES.read_text(encoding="utf-8"))
        assert name == "chart" or manifest["metadata"] == {
            "name": "temporal-compat",
            "labels": {"release": "prometheus"},
        }
        assert require(lambda: custom_resource_problems([manifest])) == []
        file = Path(folder) / "rules.yaml"
        file.write_text(yaml.safe_dump(manifest["spec"]))
        program = require(prometheus_binaries).promtool
        assert f"{len(manifest['spec']['groups'][0]['rules'])} rules found" in run(
            [program, "check", "rules", file]
        )


@pytest.mark.full
@law(WAYS)
def test_the_alerts_of_every_prometheus_rule_fire_as_their_cases_say(name: str) -> None:
    """Takes half a minute for each way."""
    with TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.yaml"
        rules.write_text(yaml.safe_dump(by_format(name, Path(folder))["spec"]))
        files = []
        for case in CASES:
            text = case.read_text(encoding="utf-8")
            own = text.replace("../../../dashboards/rules/temporal-compat.rules.yaml", str(rules))
            assert own != text
            files.append(Path(folder) / case.name)
            files[-1].write_text(own)
        run([require(prometheus_binaries).promtool, "test", "rules", *files])


def test_the_schema_of_the_grafana_operator_accepts_every_dashboard() -> None:
    dashboards = [json.loads(text) for text in mixin.grafana_operator().values()]
    assert len(dashboards) == 3
    assert require(lambda: custom_resource_problems(dashboards)) == []
    dashboards[0]["spec"]["instanceSelector"]["labels"] = {}
    (problem,) = custom_resource_problems(dashboards)
    assert "'labels' was unexpected" in problem


def test_the_jsonnet_mixin_has_the_rules_and_dashboards_of_the_commands() -> None:
    changed = {"unknown_for": "30m", "minors_behind": "2"}
    overrides = (
        f"{{_config+:: {{thresholds+: {json.dumps(changed)}, runbook_url: 'https://wiki.example.com'}}}}"
    )
    parts = "{config: m._config, rules: m.prometheusAlerts, dashboards: m.grafanaDashboards}"
    snippet = f"local shown(m) = {parts}; local m = import '{MIXIN}'; [shown(m), shown(m + {overrides})]"
    default, overridden = require(lambda: evaluate_jsonnet(snippet))
    assert default["config"]["thresholds"] == {each.name: each.default for each in mixin.THRESHOLDS}
    assert default["rules"] == yaml.safe_load(mixin.rules({}))
    assert overridden["rules"] == yaml.safe_load(mixin.rules(changed, "https://wiki.example.com"))
    boards = {name: json.loads(text) for name, text in mixin.dashboards().items()}
    assert default["dashboards"] == overridden["dashboards"] == boards
