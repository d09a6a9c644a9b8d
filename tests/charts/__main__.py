"""Compares values of Temporal's Helm chart with the configuration that Helm renders from them.

    python -m tests.charts CLONE HELM

CLONE is a clone of temporalio/helm-charts with its tags, HELM a Helm 3. For each tag and each file of values,
the agent reads the whole values as `helm_values`, and the rendered ConfigMap as `server_config`. It prints
what differs, and ends with 1 if anything does.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.charts.comparison import differences, rendered_configs
from tests.charts.values import values_for

TAGS = (
    "v1.1.0",
    "v1.4.0",
    "v1.6.2",
    "v1.8.2",
    "v1.12.0",
    "v1.16.2",
    "v1.20.0",
    "v1.20.3",
    "v1.22.4",
    "temporal-0.33.0",
    "temporal-0.37.0",
    "temporal-0.38.1",
    "temporal-0.43.0",
    "temporal-0.44.0",
    "temporal-0.52.0",
    "temporal-0.64.0",
    "temporal-0.74.0",
    "temporal-1.0.0",
    "temporal-1.3.0",
    "temporal-1.6.0",
)
_RELEASE = "prod"


def checked_out(clone: Path, tag: str, folder: Path) -> Path:
    """The chart at a tag, without the charts that it depends on."""
    archive = subprocess.run(["git", "-C", clone, "archive", tag], capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
    chart = folder / "charts" / "temporal"
    chart = chart if chart.exists() else folder
    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    about.pop("dependencies", None)
    (chart / "Chart.yaml").write_text(yaml.safe_dump(about))
    (chart / "Chart.lock").unlink(missing_ok=True)
    (chart / "requirements.lock").unlink(missing_ok=True)
    return chart


def coalesced(defaults: Any, own: Any) -> Any:
    """The values of a release as Helm merges them: null removes a default."""
    if not (isinstance(defaults, dict) and isinstance(own, dict)):
        return own
    merged = {key: coalesced(value, own[key]) if key in own else value for key, value in defaults.items()}
    merged |= {key: value for key, value in own.items() if key not in defaults}
    return {key: value for key, value in merged.items() if value is not None or key not in own}


def compare(helm: str, tag: str, chart: Path, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """What differs for each file of values, by its name."""
    defaults = yaml.safe_load((chart / "values.yaml").read_text())
    version = tag if tag.startswith("v1.") else tag.removeprefix("temporal-")
    for name, own in values_for(defaults, version).items():
        (folder / "own.yaml").write_text(yaml.safe_dump(own))
        (folder / "all.yaml").write_text(yaml.safe_dump(coalesced(defaults, own)))
        command = [helm, "template", _RELEASE, str(chart), "-f", str(folder / "own.yaml")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            yield name, [f"helm: {done.stderr.strip()[:300]}"]
            continue
        for rendered in rendered_configs(done.stdout):
            yield name, differences(folder, rendered, version, _RELEASE)


def main(clone: Path, helm: str, *tags: str) -> int:
    """Print each pair that differs, and how many pairs there were."""
    pairs = different = 0
    for tag in tags or TAGS:
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            chart = checked_out(clone, tag, Path(first))
            for name, found in compare(helm, tag, chart, Path(second)):
                pairs += 1
                different += bool(found)
                for each in found:
                    sys.stdout.write(f"{tag} {name}: {each}\n")
    sys.stdout.write(f"{len(tags or TAGS)} tags, {pairs} pairs, {different} different\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
