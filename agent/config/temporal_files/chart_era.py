"""What Temporal's Helm chart renders for its stores where that changed between its versions.

Source: temporalio/helm-charts, templates/server-configmap.yaml at the tags v1.4.0 to v1.22.4 and
temporal-0.32.0 to temporal-0.74.0. From 1.0.0 on the values have stores in another layout.
"""

from __future__ import annotations

import re
from enum import Enum

_VERSION = re.compile(r"(?:temporal-|v)?([0-9]{1,4})\.([0-9]{1,4})(?:\.([0-9]{1,4}))?\b.*", re.ASCII)


class SearchLayout(Enum):
    """Where the chart puts Elasticsearch."""

    #: visibilityStore is the SQL or Cassandra store, advancedVisibilityStore is Elasticsearch.
    BOTH = "both"
    #: Only advancedVisibilityStore, which is Elasticsearch.
    SEARCH = "search"
    #: visibilityStore is Elasticsearch.
    VISIBILITY = "visibility"


def search_layout(chart: str, tag: str | None) -> SearchLayout | None:
    """What a chart of this version renders; None: it is not known.

    Without the version (''), the tag of its image counts: '' if the values have an empty one, None if they
    have none. A chart has the image of its own time, unless somebody changed it.
    """
    if chart:
        return _by_chart(_numbers(chart))
    if tag is None:
        return None
    return _by_image(_numbers(tag))


def driver_decides(chart: str, tag: str | None) -> bool:
    """Whether the key `driver` of a store decides alone, as up to chart 0.43; then its Cassandra wins."""
    version = _numbers(chart or tag or "")
    return version is not None and version < ((0, 44, 0) if chart else (1, 24, 2))


def renders_kafka(chart: str, tag: str | None) -> bool:
    """Whether it is a chart of a server that writes search records by Kafka, as up to 1.6 (chart 0.2.0)."""
    version = _numbers(chart or tag or "")
    return version is not None and version < ((0, 2, 1) if chart else (1, 7, 0))


def _by_chart(version: tuple[int, ...] | None) -> SearchLayout | None:
    # Two different charts are 0.32.0: v1.22.4 and temporal-0.32.0.
    if version is None or version == (0, 32, 0):
        return None
    if version <= (0, 20, 0):
        return SearchLayout.BOTH
    return SearchLayout.SEARCH if version < (0, 32, 0) else SearchLayout.VISIBILITY


def _by_image(version: tuple[int, ...] | None) -> SearchLayout | None:
    # Charts 0.32.0 to 0.37.0 have the image of v1.22.4, and another layout.
    if version == (1, 22, 4):
        return None
    # An empty tag is that of charts from 0.38.1 on. So is a tag without a version, such as `latest`.
    if version is None or version >= (1, 23, 0):
        return SearchLayout.VISIBILITY
    return SearchLayout.BOTH if version <= (1, 20, 0) else SearchLayout.SEARCH


def _numbers(text: str) -> tuple[int, ...] | None:
    match = _VERSION.fullmatch(text.strip())
    return tuple(int(part or 0) for part in match.groups()) if match else None
