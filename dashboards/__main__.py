"""Writes the dashboards' JSON beside this package: `python -m dashboards`."""

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.fleet import fleet

FOLDER = Path(__file__).parent / "grafana"


def rendered() -> dict[Path, str]:
    """Each dashboard's file, named by its uid, and its text."""
    texts = {}
    for dashboard in (fleet().build(),):
        text = json.dumps(dashboard, cls=JSONEncoder, indent=2, sort_keys=True)
        texts[FOLDER / f"{dashboard.uid}.json"] = f"{text}\n"
    return texts


if __name__ == "__main__":
    for path, text in rendered().items():
        path.write_text(text, encoding="utf-8")
