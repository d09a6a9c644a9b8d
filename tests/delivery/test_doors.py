"""The doors for pipelines: GitHub Action, GitLab, Argo CD and pre-commit, run as far as this machine can."""

from __future__ import annotations

import os
import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.demo import Demo
from tests.commands import command
from tests.delivery.building import ROOT
from tests.delivery.composite_action import Outcome, run_action
from tests.integration.servers.delivery_tools import installers
from tests.integration.servers.requirement import require
from tests.integration.servers.schemas import kubernetes_problems

DEPLOY = ROOT / "deploy"
ACTION = DEPLOY / "github-action" / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"


@pytest.fixture(scope="module")
def configuration() -> Iterator[Path]:
    """Clusters in different states."""
    with Demo(postgres=False) as demo:
        yield demo.config_file


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture
def runner(environment: Path, tmp_path: Path) -> dict[str, str]:
    """Variables of a runner whose `python3 -m venv` gives the environment with the wheel.

    Its pip only writes down its arguments, so nothing is downloaded; test_wheel.py installs for real.
    """
    tools = tmp_path / "tools"
    tools.mkdir()
    python = tools / "python3"
    python.write_text(f'#!/bin/sh\n[ "$1 $2" = "-m venv" ] && exec ln -s {environment} "$3"\nexit 9\n')
    pip = environment / "bin" / "pip"
    pip.write_text(f'#!/bin/sh\necho "pip $*" >>{tmp_path}/pip.log\n')
    for script in (python, pip):
        script.chmod(0o755)
    return {"PATH": f"{tools}:{os.environ['PATH']}"}


def test_the_action_fails_with_the_gate_and_runs_no_input_as_a_command(
    configuration: Path, runner: dict[str, str], tmp_path: Path
) -> None:
    def gate(number: int, **inputs: str) -> Outcome:
        folder = tmp_path / str(number)
        folder.mkdir()
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        return run_action(ACTION, {"config-file": str(configuration), **given}, folder, runner)

    failed = gate(1, cluster="payments-live", assume_server="1.31.2")
    assert (failed.code, failed.outputs) == (1, {"exit-code": "1"}), failed.printed
    assert "::error" in failed.printed
    wrong = gate(2, cluster="$(touch broken)", fail_on="untested", wait="1s", assume_schema_upgraded="true")
    assert (wrong.code, wrong.outputs) == (2, {"exit-code": "2"}), wrong.printed
    assert not list(tmp_path.rglob("broken"))
    assert (tmp_path / "pip.log").read_text() == f"pip install --quiet {ROOT}[all]\n" * 2


def test_the_documented_step_uses_inputs_that_the_action_has() -> None:
    page = (ROOT / "docs" / "gates.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(steps:\n.*?)```", page, re.DOTALL)
    *_, step = yaml.safe_load(block)["steps"]
    assert step["uses"].partition("@")[0].endswith("temporal-compat-agent/deploy/github-action")
    action = load(ACTION)
    assert set(step["with"]) <= set(action["inputs"])
    assert action["runs"]["using"] == "composite"
    assert all(each["description"] for each in action["inputs"].values())


def test_the_jobs_of_gitlab_gate_and_write_a_report(
    configuration: Path, environment: Path, tmp_path: Path
) -> None:
    jobs = load(DEPLOY / "gitlab" / "temporal-compat-gate.gitlab-ci.yml")
    base = jobs.pop(".temporal-compat-gate")
    (report,) = base["artifacts"]["reports"].values()
    variables = {
        "PATH": f"{environment / 'bin'}:{os.environ['PATH']}",
        "TEMPORAL_COMPAT_CONFIG": str(configuration),
        "TEMPORAL_CLUSTER": "orders-live",
        "TEMPORAL_RELEASE": "1.31.2",
    }
    assert set(jobs) == {"temporal-compat-lenient", "temporal-compat-strict"}
    (line,) = jobs["temporal-compat-strict"]["script"]
    line = line.replace("--wait 2m", "--wait 1s")
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", line], cwd=tmp_path, env={**os.environ, **variables}, check=False
    )
    assert done.returncode == 0
    (suite,) = ET.parse(tmp_path / report).getroot().iter("testsuite")
    assert (suite.attrib["name"], suite.attrib["failures"]) == ("orders-live", "0")
    (lenient,) = jobs["temporal-compat-lenient"]["script"]
    assert "--assume-schema-upgraded" in lenient


def test_the_hook_of_argo_cd_gates(configuration: Path) -> None:
    job = load(DEPLOY / "argocd" / "presync-gate.yaml")
    assert job["metadata"]["annotations"]["argocd.argoproj.io/hook"] == "PreSync"
    assert require(lambda: kubernetes_problems([job], "1.31")) == []
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (mount,) = container["volumeMounts"]
    arguments = [
        str(configuration) if each == f"{mount['mountPath']}/agent.yaml" else each
        for each in container["args"]
    ]
    assert str(configuration) in arguments
    assert command(*arguments).exit_code == 0
    assert [volume["name"] for volume in pod["volumes"]] == [mount["name"]]


def test_the_hook_of_pre_commit_runs_a_command_that_takes_several_files(tmp_path: Path) -> None:
    (hook,) = load(HOOKS)
    assert {"id", "name", "entry", "language"} <= set(hook)
    program, *arguments = hook["entry"].split()
    assert program == "temporal-compat-agent"
    files = re.compile(hook["files"])
    assert all(files.search(name) for name in ("agent.yaml", "ops/agent.yml", "a/temporal-compat-agent.yaml"))
    assert not any(files.search(name) for name in ("user-agent.yaml", "agent.yaml.bak", "agents.yaml"))
    good, bad = tmp_path / "agent.yaml", tmp_path / "agent.yml"
    good.write_text("clusters:\n- {name: a, temporal: {frontend: 'x:7233'}}\n")
    bad.write_text("clusters:\n- {name: a, temporal: {frontend: 'x:7233'}, colour: red}\nmore: 1\n")
    assert command(*arguments, str(good)).exit_code == 0
    page = (ROOT / "docs" / "gates.md").read_text(encoding="utf-8")
    assert f"- id: {hook['id']}\n" in page


@pytest.mark.full
def test_pre_commit_itself_installs_and_runs_the_hook(tmp_path: Path) -> None:
    """Takes a minute: pre-commit builds an environment with every dependency of the agent."""
    repository = tmp_path / "repository"
    repository.mkdir()
    for arguments in (("init", "--quiet"), ("add", ".")):
        (repository / "agent.yaml").write_text(
            "clusters:\n- {name: a, temporal: {frontend: 'x:7233'}, colour: red}\n"
        )
        subprocess.run(["git", *arguments], cwd=repository, check=True)
    done = subprocess.run(
        ["python3", "-m", "pre_commit", "try-repo", ROOT, "temporal-compat-config", "--all-files"],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(installers()), "PRE_COMMIT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "agent.yaml:2: clusters[0].colour: unknown key" in done.stdout
