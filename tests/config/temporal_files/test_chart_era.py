"""The layout of each chart version, and of each image of a chart whose version is not known."""

from __future__ import annotations

from agent.config.temporal_files.chart_era import SearchLayout, driver_decides, renders_kafka, search_layout
from tests.laws import law

BOTH, SEARCH, VISIBILITY = SearchLayout.BOTH, SearchLayout.SEARCH, SearchLayout.VISIBILITY


@law(
    [
        ("0.2.0", "1.1.0", BOTH),
        ("0.20.0", "1.22.4", BOTH),
        ("0.20.1", None, SEARCH),
        ("0.31.0", "", SEARCH),
        ("0.32.0", "1.22.4", None),
        ("0.33.0", "1.22.4", VISIBILITY),
        ("temporal-0.37.0", "1.16.0", VISIBILITY),
        ("v0.74.0", None, VISIBILITY),
        ("main", "1.16.0", None),
        ("", "1.16.2", BOTH),
        ("", "v1.22.3-alpine", SEARCH),
        ("", "1.22.4", None),
        ("", "1.23.0", VISIBILITY),
        ("", "", VISIBILITY),
        ("", None, None),
    ]
)
def test_chart_or_image_decides_where_elasticsearch_is(
    chart: str, tag: str | None, layout: SearchLayout | None
) -> None:
    assert search_layout(chart, tag) is layout


@law(
    [
        ("0.43.0", None, True),
        ("0.44.0", "1.16.0", False),
        ("", "1.24.1", True),
        ("", "1.24.2", False),
        ("", None, False),
        ("", "latest", False),
    ]
)
def test_the_driver_decides_until_chart_0_43(chart: str, tag: str | None, decides: bool) -> None:
    assert driver_decides(chart, tag) is decides


@law(
    [
        ("0.2.0", "1.8.0", True),
        ("0.2.2", None, False),
        ("", "1.6.2", True),
        ("", "1.7.0", False),
        ("", None, False),
    ]
)
def test_kafka_belongs_to_charts_up_to_1_6(chart: str, tag: str | None, renders: bool) -> None:
    assert renders_kafka(chart, tag) is renders
