"""What Temporal's Helm chart fills in by itself where that changed between its versions.

Source: data/chart_versions.json, which a maintainer's command writes from temporalio/helm-charts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources
from typing import TypeVar

_VERSION = re.compile(r"(?:temporal-|v)?([0-9]{1,4})\.([0-9]{1,4})(?:\.([0-9]{1,4}))?\b.*", re.ASCII)


_Fact = TypeVar("_Fact")


class SearchLayout(Enum):
    """Where the chart puts Elasticsearch: the keys of `persistence` that it renders."""

    #: visibilityStore is the SQL or Cassandra store, advancedVisibilityStore is Elasticsearch.
    BOTH = ("visibilityStore", "advancedVisibilityStore")
    #: Only advancedVisibilityStore, which is Elasticsearch.
    SEARCH = ("advancedVisibilityStore",)
    #: visibilityStore is Elasticsearch.
    VISIBILITY = ("visibilityStore",)


@dataclass(frozen=True)
class ChartVersion:
    """One tag of the chart's repository; data/chart_versions.json explains the fields."""

    tag: str
    chart: str
    image: str
    search: tuple[str, ...] | None
    own_cassandra: bool
    cassandra_visibility: bool
    sql_visibility_by_default: bool
    kafka: bool
    search_index: str | None
    search_login: bool
    search_version: bool
    metadata: bool
    shards: int
    http_port: int | None


@dataclass(frozen=True)
class ChartEra:
    """The versions of the chart that a file of values may be for. None: it is not known."""

    versions: Sequence[ChartVersion]

    @property
    def search_layout(self) -> SearchLayout | None:
        """Where Elasticsearch is; None also where the versions differ."""
        keys = self._agreed(lambda version: version.search)
        return SearchLayout(keys) if keys else None

    @property
    def driver_decides(self) -> bool:
        """Whether the key `driver` of a store decides alone, and not `cassandra.enabled`."""
        return self._agreed(lambda version: version.own_cassandra) is False

    def visibility_kinds(self, default: str, visibility: str) -> tuple[str, ...]:
        """The kinds of store that the chart renders for visibility, by the drivers of both stores.

        Temporal refuses any number but one. Where the versions differ, it is the driver of visibility.
        """
        found = self._agreed(lambda version: _visibility_kinds(version, default, visibility))
        return (visibility,) if found is None else found

    @property
    def renders_kafka(self) -> bool:
        return self._agreed(lambda version: version.kafka) is True

    @property
    def search_index(self) -> str:
        """The index that the chart renders whatever the values say; '' if it is that of the values."""
        return self._agreed(lambda version: version.search_index) or ""

    @property
    def reads_search_login(self) -> bool:
        return self._agreed(lambda version: version.search_login) is not False

    @property
    def reads_search_version(self) -> bool:
        return self._agreed(lambda version: version.search_version) is not False

    @property
    def reads_metadata(self) -> bool:
        """Whether the values decide the names of the clusters."""
        return self._agreed(lambda version: version.metadata) is not False

    @property
    def http_port(self) -> int:
        """The chart's own HTTP port of the frontend; 0 if it has none, or if it is not known."""
        return self._agreed(lambda version: version.http_port) or 0

    @property
    def shards(self) -> int:
        """The chart's own number of shards; 0 if it is not known and differs."""
        either = self if self.versions else ChartEra(_versions())
        return either._agreed(lambda version: version.shards) or 0

    def _agreed(self, fact: Callable[[ChartVersion], _Fact]) -> _Fact | None:
        """What all these versions have in common."""
        found = {fact(version) for version in self.versions}
        return found.pop() if len(found) == 1 else None


def _visibility_kinds(version: ChartVersion, default: str, visibility: str) -> tuple[str, ...]:
    drivers = {
        "cassandra": visibility if version.cassandra_visibility else "",
        "sql": default if version.sql_visibility_by_default else visibility,
    }
    return tuple(kind for kind, driver in drivers.items() if driver == kind)


def era_of_datastores() -> ChartEra:
    """The charts whose values list the datastores."""
    return ChartEra([version for version in _versions() if version.search is None])


def era_of_drivers(chart: str, tag: str | None) -> ChartEra:
    """The charts whose values name a driver for each store.

    `chart`: the version, or the tag of the chart's repository, such as `v1.22.4`. Without it (''), the tag of
    the image counts: '' if the values have an empty one, None if they have none. A chart has the image of its
    own time, unless somebody changed it.
    """
    versions = [version for version in _versions() if version.search is not None]
    if not chart:
        return ChartEra(_by_image(versions, tag))
    named = [version for version in versions if version.tag == chart]
    return ChartEra(named or _by_chart(versions, _numbers(chart), tag))


def image_of(chart: str) -> str:
    """The tag of the image that exactly this version of the chart has; '' if it is not known."""
    named = [each for each in _versions() if chart and chart in (each.tag, each.chart)]
    images = {each.image for each in named}
    return images.pop() if len(images) == 1 else ""


def _by_chart(
    versions: Sequence[ChartVersion], number: tuple[int, ...] | None, tag: str | None
) -> Sequence[ChartVersion]:
    """The versions with this number, else with the next lower one. The image tells several apart."""
    if number is None:
        return ()
    lower = [found for each in versions if (found := _numbers(each.chart)) and found <= number]
    chosen = [each for each in versions if lower and _numbers(each.chart) == max(lower)]
    return [each for each in chosen if each.image == tag] or chosen


def _by_image(versions: Sequence[ChartVersion], tag: str | None) -> Sequence[ChartVersion]:
    if tag is None:
        return ()
    number = _numbers(tag)
    if number is None:
        # An empty tag is that of charts from 0.38.1 on. So is a tag without a version, such as `latest`.
        return versions[-1:]
    images = sorted({found for each in versions if (found := _numbers(each.image))})
    lower = [image for image in images if image[:2] == number[:2] and image <= number]
    higher = [image for image in images if image > number]
    own = lower[-1] if lower else higher[0] if higher else images[-1]
    return [each for each in versions if _numbers(each.image) == own]


@cache
def _versions() -> tuple[ChartVersion, ...]:
    """All tags, the oldest first."""
    file = resources.files("agent.config.temporal_files") / "data" / "chart_versions.json"
    charts = json.loads(file.read_bytes())["charts"]
    return tuple(
        ChartVersion(**{**chart, "search": chart["search"] and tuple(chart["search"])}) for chart in charts
    )


def _numbers(text: str) -> tuple[int, ...] | None:
    match = _VERSION.fullmatch(text.strip())
    return tuple(int(part or 0) for part in match.groups()) if match else None
