"""Runs the steps of a composite GitHub Action, as far as this repository's action needs it.

The rules are those of docs.github.com, "Metadata syntax": defaults of inputs, expressions in `env` and
outputs, `shell: bash` (which is `bash --noprofile --norc -eo pipefail`), and the file of `GITHUB_OUTPUT`.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Outcome:
    """The exit code of the last step that ran, what all steps printed, and the outputs of the action."""

    code: int
    printed: str
    outputs: dict[str, str]


def run_action(
    file: Path, inputs: Mapping[str, str], folder: Path, environment: Mapping[str, str] | None = None
) -> Outcome:
    """Run the action in `folder`, which is also the runner's temporary folder. A failed step ends it."""
    action: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    known = {f"inputs.{name}": _input(name, each, inputs) for name, each in action["inputs"].items()}
    known |= {"github.action_path": str(file.parent), "runner.temp": str(folder)}
    assert set(inputs) <= set(action["inputs"])
    code, printed = 0, ""
    for number, step in enumerate(action["runs"]["steps"]):
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an expression inside a script can be a command"
        output = folder / f"output-{number}"
        output.touch()
        given = {name: _evaluate(str(value), known) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder,
            env={**os.environ, **(environment or {}), **given, "GITHUB_OUTPUT": str(output)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        code, printed = done.returncode, printed + done.stdout
        for line in output.read_text().splitlines():
            name, _, value = line.partition("=")
            known[f"steps.{step['id']}.outputs.{name}"] = value
        if code:
            break
    outputs = {name: _evaluate(each["value"], known) for name, each in action.get("outputs", {}).items()}
    return Outcome(code, printed, outputs)


def _input(name: str, declared: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
    if declared.get("required"):
        assert name in inputs, f"the input {name} is required"
    return inputs.get(name, str(declared.get("default", "")))


def _evaluate(text: str, known: Mapping[str, str]) -> str:
    # A step that did not run has no outputs: GitHub puts nothing there.
    return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: _value(found[1], known), text)


def _value(name: str, known: Mapping[str, str]) -> str:
    return known.get(name, "") if name.startswith("steps.") else known[name]
