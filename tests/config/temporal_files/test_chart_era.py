"""What is known of each chart version, and of each image of a chart whose version is not known."""

from __future__ import annotations

from agent.config.temporal_files.chart_era import SearchLayout, era_of_datastores, era_of_drivers
from tests.laws import law

BOTH, SEARCH, VISIBILITY = SearchLayout.BOTH, SearchLayout.SEARCH, SearchLayout.VISIBILITY


@law(
    [
        ("0.2.0", "1.1.0", BOTH),
        ("0.20.0", "1.22.4", BOTH),
        ("0.20.1", None, SEARCH),
        ("0.31.0", "", SEARCH),
        # Two different charts are 0.32.0.
        ("0.32.0", "1.22.4", None),
        ("v1.22.4", "1.22.4", SEARCH),
        ("temporal-0.32.0", "1.22.4", VISIBILITY),
        ("0.33.0", "1.22.4", VISIBILITY),
        ("temporal-0.37.0", "1.16.0", VISIBILITY),
        ("v0.74.0", None, VISIBILITY),
        ("0.99.0", None, VISIBILITY),
        ("0.0.1", None, None),
        ("main", "1.16.0", None),
        ("", "1.16.2", BOTH),
        ("", "1.0.0", BOTH),
        ("", "v1.22.3-alpine", SEARCH),
        ("", "1.22.4", None),
        # A newer patch of the same image.
        ("", "1.22.7", None),
        ("", "1.23.0", VISIBILITY),
        ("", "2.0.0", VISIBILITY),
        ("", "", VISIBILITY),
        ("", "latest", VISIBILITY),
        ("", None, None),
    ]
)
def test_chart_or_image_decides_where_elasticsearch_is(
    chart: str, tag: str | None, layout: SearchLayout | None
) -> None:
    assert era_of_drivers(chart, tag).search_layout is layout


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
    assert era_of_drivers(chart, tag).driver_decides is decides


@law(
    [
        ("0.31.0", "cassandra", "cassandra", ("cassandra",)),
        ("0.31.0", "sql", "sql", ("sql",)),
        ("0.31.0", "cassandra", "sql", ()),
        ("0.31.0", "sql", "cassandra", ("cassandra", "sql")),
        ("0.37.0", "sql", "cassandra", ("sql",)),
        ("0.37.0", "cassandra", "cassandra", ()),
        ("0.40.1", "cassandra", "sql", ("sql",)),
        ("0.74.0", "cassandra", "cassandra", ()),
        ("0.74.0", "cassandra", "sql", ("sql",)),
        # Not known: the driver decides.
        ("0.0.1", "sql", "cassandra", ("cassandra",)),
    ]
)
def test_the_chart_decides_which_visibility_store_it_renders(
    chart: str, default: str, visibility: str, kinds: tuple[str, ...]
) -> None:
    assert era_of_drivers(chart, None).visibility_kinds(default, visibility) == kinds


@law(
    [
        ("0.2.3", "1.8.2", True),
        ("0.9.2", None, True),
        ("", "1.6.2", True),
        ("0.10.1", None, False),
        ("", None, False),
    ]
)
def test_kafka_belongs_to_charts_up_to_1_9(chart: str, tag: str | None, renders: bool) -> None:
    assert era_of_drivers(chart, tag).renders_kafka is renders


@law(
    [
        # Tag of the image; the fixed index; user, version and metadata are read.
        ("1.1.0", "temporal-visibility-dev", False, False, False),
        ("1.3.0", "", True, False, False),
        ("1.5.0", "", True, False, True),
        ("1.6.2", "", True, True, True),
        # Not known: as the later charts.
        (None, "", True, True, True),
    ]
)
def test_the_image_tells_charts_0_2_0_apart(
    tag: str | None, index: str, login: bool, version: bool, metadata: bool
) -> None:
    era = era_of_drivers("0.2.0" if tag else "", tag)
    assert era.search_index == index
    assert (era.reads_search_login, era.reads_search_version, era.reads_metadata) == (
        login,
        version,
        metadata,
    )


def test_what_charts_have_by_themselves() -> None:
    assert (era_of_datastores().shards, era_of_datastores().http_port) == (512, 7243)
    assert (era_of_drivers("0.43.0", None).shards, era_of_drivers("0.43.0", None).http_port) == (512, 0)
    assert era_of_drivers("0.44.0", None).http_port == 7243
