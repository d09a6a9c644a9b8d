"""Writes the dashboards' JSON and the rules with their defaults: `python -m dashboards`."""

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from agent import mixin as shipped
from dashboards.boards import boards

HERE = Path(__file__).parent
FOLDER = HERE / "grafana"
#: Places for the chart's values stay open in these rules.
RULES_OF_CHART = HERE.parent / "deploy" / "helm" / "temporal-compat-agent" / "files" / "rules.yaml.in"
RULES = HERE / "rules" / "temporal-compat.rules.yaml"


def rendered() -> dict[Path, str]:
    """Each file and its text. The file of a dashboard is named after its uid."""
    texts = {RULES: shipped.rules({}), RULES_OF_CHART: shipped.rules_of_chart()}
    for board in boards():
        dashboard = board.build()
        text = json.dumps(dashboard, cls=JSONEncoder, indent=2, sort_keys=True)
        texts[FOLDER / f"{dashboard.uid}.json"] = f"{text}\n"
    return texts


if __name__ == "__main__":
    for path, text in rendered().items():
        path.write_text(text, encoding="utf-8")
