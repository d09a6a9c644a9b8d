"""What the values of a Helm chart do not say: the release that has them."""

from __future__ import annotations

from dataclasses import dataclass

from agent.config.temporal_files.chart_era import ChartEra, era_of_datastores, era_of_drivers
from agent.config.temporal_files.yaml_tree import YamlNode

#: The longest name of an object in Kubernetes that the chart allows (templates/_helpers.tpl).
_MAX_NAME = 63


@dataclass(frozen=True)
class HelmRelease:
    """What the values do not say: the version of the `chart`, the release's `name`, and the chart's `alias`
    in an umbrella chart. Each may be ''.
    """

    chart: str = ""
    name: str = ""
    alias: str = ""

    def era(self, values: YamlNode) -> ChartEra:
        """The versions of the chart that the values may be for."""
        if values.at("server", "config", "persistence", "datastores").is_there:
            return era_of_datastores()
        image = values.at("server", "image")
        return era_of_drivers(self.chart, image["tag"].text if "tag" in image.children else None)

    def full_name(self, values: YamlNode) -> str:
        """The name with which the chart's objects begin; '' if it is not known (_helpers.tpl)."""
        if override := values["fullnameOverride"].text:
            return override[:_MAX_NAME].removesuffix("-")
        chart = values["nameOverride"].text or self.alias or "temporal"
        if not self.name:
            return ""
        whole = self.name if chart in self.name else f"{self.name}-{chart}"
        return whole[:_MAX_NAME].removesuffix("-")
