"""Every example is valid as it is, and the page lists all of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from agent.config import load_config
from tests.delivery.building import ROOT
from tests.integration.servers.custom_resources import custom_resource_problems, is_custom
from tests.integration.servers.delivery_tools import helm
from tests.integration.servers.requirement import require
from tests.integration.servers.schemas import kubernetes_problems
from tests.laws import law

FOLDER = ROOT / "deploy" / "examples"
CONFIGURATIONS = {file.parent.name: file for file in sorted(FOLDER.glob("*/agent.yaml"))}


@law(CONFIGURATIONS.items())
def test_an_example_is_a_valid_configuration_without_a_word_about_secrets(name: str, file: Path) -> None:
    clusters = [cluster.name for cluster in load_config(file).clusters]
    assert len(clusters) == (2 if name in ("staging-and-live", "file-discovery") else 1)
    # Passwords are variables or files, never texts.
    assert not re.search(r"password: (?!\"\$\{)", file.read_text())


def test_the_page_lists_every_example() -> None:
    listed = re.findall(r"^\| \[([\w-]+)\]", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(each.name for each in FOLDER.iterdir() if each.is_dir())


def test_the_umbrella_chart_renders_the_gate_before_everything_else(tmp_path: Path) -> None:
    program = require(helm)
    # Next to the agent's chart, as the path in Chart.yaml says; Helm writes archives into the folder.
    shutil.copytree(ROOT / "deploy" / "helm", tmp_path / "helm")
    chart = tmp_path / "examples" / "umbrella-chart"
    shutil.copytree(FOLDER / "umbrella-chart", chart)
    commands: tuple[list[str | Path], ...] = (
        ["dependency", "update", chart],
        ["template", "test", chart, "--kube-version", "1.31.0"],
    )
    for command in commands:
        done = subprocess.run([program, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    manifests = [each for each in yaml.safe_load_all(done.stdout) if each]
    own = [each for each in manifests if not is_custom(each)]
    custom = [each for each in manifests if is_custom(each)]
    assert require(lambda: kubernetes_problems(own, "1.31")) == []
    assert require(lambda: custom_resource_problems(custom)) == []
    assert [each["kind"] for each in custom] == ["PrometheusRule"]
    (gate,) = (each for each in manifests if each["kind"] == "Job")
    assert gate["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert "--assume-schema-upgraded" in gate["spec"]["template"]["spec"]["containers"][0]["args"]
    (settings,) = (
        each
        for each in manifests
        if each["kind"] == "ConfigMap" and "helm.sh/hook" in each["metadata"].get("annotations", {})
    )
    file = tmp_path / "agent.yaml"
    file.write_text(settings["data"]["agent.yaml"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PG_PASSWORD", "x")
        assert [cluster.name for cluster in load_config(file).clusters] == ["orders-live"]
