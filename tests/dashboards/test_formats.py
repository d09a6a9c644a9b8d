"""Rules and dashboards in the formats of other tools, read by these tools."""

import json
from pathlib import Path
from subprocess import run

import pytest
import yaml

from agent import mixin
from tests.commands import command
from tests.dashboards.conftest import ROOT, Promtool
from tests.integration.servers.delivery_tools import evaluate_jsonnet, helm
from tests.integration.servers.requirement import require

MIXIN = ROOT / "deploy" / "mixin" / "mixin.libsonnet"


def test_promtool_accepts_the_rules_of_a_prometheus_rule(promtool: Promtool, tmp_path: Path) -> None:
    manifest = yaml.safe_load(command("rules", "--format", "prometheusrule").stdout)
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(manifest["spec"]))
    count = len(manifest["spec"]["groups"][0]["rules"])
    assert f"{count} rules found" in promtool("check", "rules", file)


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


@pytest.mark.full
def test_helm_renders_the_template_as_the_manifest(tmp_path: Path) -> None:
    program = require(helm)
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: chart, version: 0.1.0}")
    options = ("--label", "release=prometheus")
    command("rules", "--format", "helm", *options, str(tmp_path / "templates" / "rules.yaml"))
    done = run([program, "template", "test", tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    plain = command("rules", "--format", "prometheusrule", *options).stdout
    assert yaml.safe_load(done.stdout) == yaml.safe_load(plain)
