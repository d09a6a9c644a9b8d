"""The search engines that Temporal writes visibility records to."""

from __future__ import annotations

import re

from agent.components.record import Component, Filling, Flavor, Kind, Marker, Reader
from agent.model.vocabulary import Role

_ROLES = (
    Filling(Role.SEARCH, "<1.25.0", "temporalio/temporal@v1.25.2: common/config/persistence.go"),
    Filling(Role.VISIBILITY, ">=1.21.0", "temporalio/temporal@v1.21.6: common/config/persistence.go"),
)
_READERS = (Reader("api", "elasticsearch"),)

#: The same probe reads both. If neither distribution nor tagline can be read, the majors decide: OpenSearch
#: started at 1.0 when Elasticsearch was at 7, and Elasticsearch 1 to 4 are long out of use.
OPENSEARCH = Component(
    name="opensearch",
    title="OpenSearch",
    kind=Kind.SEARCH,
    roles=_ROLES,
    readers=_READERS,
    markers=(
        Marker("distribution", re.compile("^opensearch$")),
        Marker("tagline", re.compile("OpenSearch")),
        Marker("majors", re.compile("^[1-4](,[1-4])*$")),
    ),
    packager_words=frozenset(),
    ci_image=re.compile(r"(?:.+/)?opensearch:(.+)"),
    rights="give the agent's user `cluster_monitor` and `indices:admin/mappings/get` on the index",
    lifecycle="opensearch",
)

ELASTICSEARCH = Component(
    name="elasticsearch",
    title="Elasticsearch",
    kind=Kind.SEARCH,
    roles=_ROLES,
    readers=_READERS,
    # The documentation lists it by itself. Its clusters are named ACCOUNT:DOMAIN
    # (https://docs.aws.amazon.com/opensearch-service/latest/developerguide).
    flavors=(
        Flavor(
            "aws-elasticsearch",
            "Elasticsearch of Amazon OpenSearch Service",
            (Marker("cluster_name", re.compile("^[0-9]{12}:")),),
            has_own_versions=False,
        ),
    ),
    packager_words=frozenset(),
    document_series_parts=2,
    ci_image=re.compile(r"(?:.+/)?elasticsearch(?:-oss)?:(.+)"),
    v6_client_below=7,
    rights="give the agent's user `monitor` on the cluster and `view_index_metadata` on the index",
    lifecycle="elasticsearch",
)
