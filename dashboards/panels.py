"""The kinds of panel that the dashboards use, each with title, description and unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from agent.model.vocabulary import Verdict
from dashboards.queries import code

Panel = stat.Panel | statetimeline.Panel | table.Panel | timeseries.Panel
Properties = list[model.DynamicConfigValue]

DATASOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")

#: A panel always shows the name of the verdict, too, not only its colour.
COLORS = {
    Verdict.SUPPORTED: "green",
    Verdict.UNTESTED: "yellow",
    Verdict.UNKNOWN: "purple",
    Verdict.UNSUPPORTED: "red",
}

#: Without data a panel must not look healthy.
NO_DATA = "#6e6e6e"


def words(mapping: Mapping[int, tuple[str, str]]) -> model.ValueMap:
    """Numbers that a panel shows as a word in a colour."""
    return model.ValueMap(
        {
            str(value): model.ValueMappingResult(text=text, color=color, index=index)
            for index, (value, (text, color)) in enumerate(mapping.items())
        }
    )


VERDICTS = words({code(verdict): (str(verdict), color) for verdict, color in COLORS.items()})
YES_NO = words({1: ("yes", "green"), 0: ("no", "red")})
NEVER = words({0: ("never", "red")})
NOT_KNOWN = model.SpecialValueMap(
    model.DashboardSpecialValueMapOptions(
        match=model.SpecialValueMatch.NULL_AND_NAN,
        result=model.ValueMappingResult(text="not known", color=NO_DATA),
    )
)
VALUE = "Value"
#: A date without a time, the same day in every time zone: see `queries.day`.
DATE = "time:YYYY-MM-DD"

#: Widths in pixels. A column is at least as wide as its title; the table scrolls if it has too many.
_MIN_WIDTH = 70
_WIDTH_OF_LETTER = 8
_PADDING = 22
_WIDTHS = {DATE: 110, units.DatetimeISO: 160, units.DateTimeFromNow: 150}
_WIDTH_OF_WORD = 115


@dataclass(frozen=True)
class Column:
    """One column of a table: a label or the `VALUE` of a query, and its format."""

    field: str
    title: str
    unit: str = ""
    words: tuple[model.ValueMapping, ...] = ()
    link: str = ""
    link_title: str = "This cluster"
    steps: tuple[tuple[float | None, str], ...] = ()
    min_width: int = 0

    def _width(self) -> int:
        content = self.min_width or _WIDTHS.get(self.unit, _WIDTH_OF_WORD if self.words else _MIN_WIDTH)
        return max(content, len(self.title) * _WIDTH_OF_LETTER + _PADDING)

    def properties(self) -> Properties:
        shown: Properties = [model.DynamicConfigValue("custom.minWidth", self._width())]
        if self.words:
            shown.append(model.DynamicConfigValue("custom.align", "center"))
        if self.unit == units.NoUnit:
            shown.append(model.DynamicConfigValue("decimals", 0))
        if self.unit or self.words:
            shown.append(model.DynamicConfigValue("unit", self.unit or units.NoUnit))
        if self.words:
            shown.append(model.DynamicConfigValue("mappings", self.words))
        if self.steps:
            shown.append(model.DynamicConfigValue("thresholds", _steps(*self.steps).build()))
        if self.words or self.steps:
            shown.append(
                model.DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"})
            )
        if self.link:
            shown.append(model.DynamicConfigValue("links", [{"title": self.link_title, "url": self.link}]))
        return shown


def _steps(*steps: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    thresholds = [model.Threshold(value=value, color=color) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(thresholds)


def _fixed(color: str) -> Properties:
    return [model.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})]


def _transformation(name: str, **options: object) -> model.DataTransformerConfig:
    return model.DataTransformerConfig(name, options=options)


def _query(expr: str, ref_id: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expr).ref_id(ref_id)


def _stat(title: str, description: str, queries: Mapping[str, str]) -> stat.Panel:
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .unit(units.Short)
        .no_value("not known")
        .graph_mode(common_model.BigValueGraphMode.NONE)
        .color_mode(common_model.BigValueColorMode.BACKGROUND_SOLID)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )
    for ref_id, (name, expr) in zip(ascii_uppercase, queries.items(), strict=False):
        panel.with_target(_query(expr, ref_id).instant().legend_format(name))
    return panel


def counts(title: str, description: str, queries: Mapping[str, str], colors: Mapping[str, str]) -> stat.Panel:
    """Current numbers with their names. Above 0 they have their entry of `colors`, or are red."""
    panel = (
        _stat(title, description, queries)
        .mappings([NOT_KNOWN])
        .thresholds(_steps((None, NO_DATA), (0, "green"), (1, "red")))
    )
    for name, color in colors.items():
        steps = _steps((None, NO_DATA), (0, "transparent"), (1, color))
        panel.override_by_name(name, [model.DynamicConfigValue("thresholds", steps.build())])
    return panel


def word(title: str, description: str, expr: str, *mappings: model.ValueMapping) -> stat.Panel:
    """One current number, shown as a word."""
    return (
        _stat(title, description, {title: expr})
        .mappings([*mappings, NOT_KNOWN])
        .thresholds(_steps((None, NO_DATA)))
        .text_mode(common_model.BigValueTextMode.VALUE)
    )


def text(title: str, description: str, expr: str, label: str) -> stat.Panel:
    """The current value of a label; several values side by side."""
    known = model.RegexMap(
        model.DashboardRegexMapOptions(pattern=".+", result=model.ValueMappingResult(color="blue"))
    )
    return (
        _stat(title, description, {})
        .with_target(_query(expr, "A").instant().format(PromQueryFormat.TABLE))
        .unit("string")
        .mappings([known, NOT_KNOWN])
        .thresholds(_steps((None, NO_DATA)))
        .text_mode(common_model.BigValueTextMode.VALUE)
        .reduce_options(common.ReduceDataOptions().values(True).calcs(["lastNotNull"]).fields(f"/^{label}$/"))
    )


def _table(title: str, description: str, queries: Sequence[str]) -> table.Panel:
    # Grafana's default lowest threshold is green, so a cell without a value would look healthy. With any
    # other unit it shows labels that look like numbers as numbers: version 1.10 as 1.1.
    panel = (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .unit("string")
        .thresholds(_steps((None, "transparent")))
        .show_header(True)
    )
    for ref_id, expr in zip(ascii_uppercase, queries, strict=False):
        panel.with_target(_query(expr, ref_id).instant().format(PromQueryFormat.TABLE))
    return panel


def rows(
    title: str,
    description: str,
    queries: Mapping[str, Sequence[Column]],
    *,
    join: str = "",
    highest_first: str = "",
    lowest_first: str = "",
    empty: str = "",
) -> table.Panel:
    """A table of current values: each query with its columns.

    Several queries are joined on the label `join`. Without `join`, rows with equal labels are merged.
    `empty`: shown instead of a table without rows; only for tables in which every cell has a value.
    """
    panel = _table(title, description, list(queries))
    titles: dict[str, str] = {}
    for ref_id, columns in zip(ascii_uppercase, queries.values(), strict=False):
        value = f"{VALUE} #{ref_id}" if len(queries) > 1 else VALUE
        for column in columns:
            titles[value if column.field == VALUE else column.field] = column.title
            panel.override_by_name(column.title, column.properties())
    if join:
        panel.with_transformation(_transformation("joinByField", byField=join, mode="outer"))
    elif len(queries) > 1:
        panel.with_transformation(_transformation("merge"))
    panel.with_transformation(_transformation("filterFieldsByName", include={"names": list(titles)}))
    panel.with_transformation(
        _transformation(
            "organize",
            excludeByName={},
            indexByName={field: index for index, field in enumerate(titles)},
            renameByName=titles,
        )
    )
    if order := highest_first or lowest_first:
        panel.sort_by([common.TableSortByFieldState().display_name(order).desc(bool(highest_first))])
    if empty:
        panel.no_value(f"{empty}, or no data")
    return panel


def timeline(title: str, description: str, legend: str, expr: str, *mappings: model.ValueMapping) -> Panel:
    """A state for each series over time, as a word in its colour."""
    return (
        statetimeline.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .unit(units.Short)
        .no_value("not known")
        .mappings([*mappings, NOT_KNOWN])
        .thresholds(_steps((None, NO_DATA)))
        .merge_values(True)
        .show_value(common_model.VisibilityMode.AUTO)
        .with_target(_query(expr, "A").range().legend_format(legend))
    )


def lines(title: str, description: str, unit: str, queries: Mapping[str, str]) -> timeseries.Panel:
    """Lines over time; the keys are the legends."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .unit(unit)
        .line_width(1)
        .legend(
            common.VizLegendOptions()
            .display_mode(common_model.LegendDisplayMode.LIST)
            .placement(common_model.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(common_model.TooltipDisplayMode.MULTI))
    )
    for ref_id, (legend, expr) in zip(ascii_uppercase, queries.items(), strict=False):
        panel.with_target(_query(expr, ref_id).range().legend_format(legend))
    return panel


def areas(
    title: str, description: str, queries: Mapping[str, str], colors: Mapping[str, str]
) -> timeseries.Panel:
    """Counts stacked over time."""
    panel = (
        lines(title, description, units.Short, queries)
        .min(0)
        .decimals(0)
        .fill_opacity(60)
        .stacking(common.StackingConfig().mode(common_model.StackingMode.NORMAL).group("A"))
    )
    for name, color in colors.items():
        panel.override_by_name(name, _fixed(color))
    return panel
