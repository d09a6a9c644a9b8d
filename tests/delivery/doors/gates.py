"""The doors of pipelines: their end is the exit code of the gate, which stops the deployment."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from tests.delivery.building import ROOT
from tests.delivery.composite_action import run_action
from tests.delivery.doors.cluster import RELEASE
from tests.delivery.doors.journey import Journey
from tests.delivery.doors.steps import PASSWORD, prepare
from tests.integration.servers.commands import CommandError

#: The program of this environment stands for the one in an image.
IN_IMAGE = Path(sys.executable).parent
#: The store stays as it is, so a gate that waits for it only takes longer.
WITHOUT_WAITING = {"--wait 2m": "--wait 1s"}

_DEPLOY = ROOT / "deploy"
_CLUSTER = "orders-live"


def github(journey: Journey) -> None:
    """The composite action, with its own installation."""
    _prepare(journey)
    inputs = {"config-file": "agent.yaml", "cluster": _CLUSTER, "assume-server": RELEASE}
    action = _DEPLOY / "github-action" / "action.yml"

    def gate() -> None:
        outcome = run_action(action, inputs, journey.folder, journey.environment)
        _expect(outcome.outputs == {"exit-code": "1"} and "::error" in outcome.printed, outcome.printed)

    journey.do("uses: OWNER/temporal-compat-agent/deploy/github-action", gate)


def gitlab(journey: Journey) -> None:
    """The strict job, with its report."""
    _prepare(journey)
    jobs = _read(_DEPLOY / "gitlab" / "temporal-compat-gate.gitlab-ci.yml")
    (line,) = jobs["temporal-compat-strict"]["script"]
    variables = {
        "TEMPORAL_COMPAT_CONFIG": "agent.yaml",
        "TEMPORAL_CLUSTER": _CLUSTER,
        "TEMPORAL_RELEASE": RELEASE,
    }
    journey.environment |= variables
    journey.add_path(IN_IMAGE)
    journey.places |= WITHOUT_WAITING
    journey.do(line, partial(journey.shell, line, code=1))
    (suite,) = ET.parse(journey.folder / "temporal-compat.xml").getroot().iter("testsuite")
    _expect(suite.attrib["failures"] != "0", ET.tostring(suite, encoding="unicode"))


def argo_cd(journey: Journey) -> None:
    """The Job of the PreSync hook, in its strict form: the lenient one accepts a schema that is behind."""
    _prepare(journey)
    pod = _read(_DEPLOY / "argocd" / "presync-gate.yaml")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    arguments = [each for each in container["args"] if each != "--assume-schema-upgraded"]
    (mount,) = container["volumeMounts"]
    journey.do(
        "sync with deploy/argocd/presync-gate.yaml",
        partial(run_container, journey, arguments, {mount["mountPath"]: journey.folder}, code=1),
    )


def run_container(journey: Journey, arguments: list[str], mounts: dict[str, Path], *, code: int) -> None:
    """The program with a container's arguments; `mounts`: folders in place of those of the container."""
    journey.add_path(IN_IMAGE)
    journey.places |= {**WITHOUT_WAITING, **{inside: str(outside) for inside, outside in mounts.items()}}
    journey.shell(f"temporal-compat-agent {' '.join(arguments)}", code)


def _prepare(journey: Journey) -> None:
    prepare(journey, journey.folder / "agent.yaml")
    journey.environment["AGENT_PASSWORD"] = PASSWORD  # a secret of the pipeline


def _expect(condition: bool, text: str) -> None:
    if not condition:
        raise CommandError(f"the gate did not stop the deployment:\n{text}")


def _read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))
