"""Changes of version as marks on the time axis.

A version that is seen now and was not during the hour before. What is seen for the first time is no change,
and neither is what an agent sees again after it was away.
"""

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery
from grafana_foundation_sdk.models import dashboard as model

from dashboards.panels import DATASOURCE
from dashboards.queries import about_cluster, chosen, merged

#: How long a mark holds, so that none falls between two steps of a long time range.
_MARK = "10m"
_BEFORE = "1h"
_STEP = "1m"


class _Change(model.AnnotationQuery):
    """With what the SDK's model lacks: how Grafana's Prometheus data source names and places a mark.

    The query stands twice: older releases of Grafana read `expr` and `step`, newer ones `target`.
    """

    def __init__(self, name: str, color: str, expr: str, title: str) -> None:
        super().__init__(name=name, datasource=DATASOURCE, enable=True, icon_color=color, expr=expr)
        self._title = title

    def to_json(self) -> dict[str, object]:
        shown = {"titleFormat": self._title, "textFormat": ""}
        target = {"refId": self.name, "expr": self.expr, "interval": _STEP}
        return {**super().to_json(), **shown, "step": _STEP, "target": target}


class _Built(AnnotationQuery):
    def __init__(self, change: _Change) -> None:
        self._internal = change


def _new(labels: str, metric: str) -> str:
    """What has these labels for the first time, in clusters that were watched before."""
    before = f"last_over_time({about_cluster(metric)}[{_BEFORE}] offset {_MARK})"
    new = f"{merged('max', labels, metric)} unless on ({labels}) {before}"
    return chosen(f"({new}) and on (temporal_cluster, role, component) {before}")


CHANGES = (
    _Built(
        _Change(
            "Versions",
            "blue",
            _new("temporal_cluster, role, component, version", "component_info"),
            "{{role}}: {{component}} {{version}}",
        )
    ),
    _Built(
        _Change(
            "Schemas",
            "orange",
            _new("temporal_cluster, role, component, version", "schema_info"),
            "{{role}}: schema {{version}}",
        )
    ),
)
