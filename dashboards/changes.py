"""Version changes as annotations on the time axis.

A version change is a version that was not reported in the hour before. The first version of a cluster is not
a change, and neither is a version that an agent reports again after downtime.
"""

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery
from grafana_foundation_sdk.models import dashboard as model

from dashboards.panels import DATASOURCE
from dashboards.queries import about_cluster, chosen, merged

#: How long an annotation stays active, so that it is not missed between two steps of a long time range.
_ACTIVE_TIME = "10m"
_LOOKBACK = "1h"
_STEP = "1m"


class _Change(model.AnnotationQuery):
    """Adds what the SDK's model lacks: title and step for Grafana's Prometheus data source.

    The query is there twice: older releases of Grafana read `expr` and `step`, newer ones `target`.
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
    """Series with these labels for the first time, in clusters that were already monitored."""
    before = f"last_over_time({about_cluster(metric)}[{_LOOKBACK}] offset {_ACTIVE_TIME})"
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
