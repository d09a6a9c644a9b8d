"""All components, and lookups over their records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.components.cassandra import CASSANDRA
from agent.components.cockroachdb import COCKROACHDB
from agent.components.monitoring import GRAFANA, PROMETHEUS
from agent.components.record import Component, Flavor, Kind, Marker
from agent.components.search import ELASTICSEARCH, OPENSEARCH
from agent.components.sql import MYSQL, POSTGRESQL, SQLITE
from agent.components.streaming import KAFKA, ZOOKEEPER
from agent.components.temporal import CUSTOM_STORE, GO, TEMPORAL
from agent.model.vocabulary import Role

#: Every component, in the order in which people read them.
ALL = (
    TEMPORAL,
    CASSANDRA,
    MYSQL,
    POSTGRESQL,
    COCKROACHDB,
    SQLITE,
    ELASTICSEARCH,
    OPENSEARCH,
    KAFKA,
    ZOOKEEPER,
    PROMETHEUS,
    GRAFANA,
    CUSTOM_STORE,
    GO,
)

_BY_NAME = {component.name: component for component in ALL}
_FLAVORS = {(c.name, flavor.name): flavor for c in ALL for flavor in c.flavors}

#: SQL databases, which a release can use if it has a plugin for them.
SQL = frozenset(component.name for component in ALL if component.kind is Kind.SQL)
#: Search engines.
SEARCH = frozenset(component.name for component in ALL if component.kind is Kind.SEARCH)

#: The components that at least one release can use in each role, without those that have no versions.
FILLED_BY: Mapping[Role, frozenset[str]] = {
    role: frozenset(c.name for c in ALL if c.has_versions and c.can_fill(role))
    for role in Role
    if role is not Role.SERVER
}

#: Components whose versions the matrix judges, in the order in which people read them.
JUDGED = tuple(c.name for c in ALL if any(c.name in names for names in FILLED_BY.values()))

#: Compatible products by name, each with the component whose protocol it uses.
FLAVOR_OF: Mapping[str, str] = {flavor: component for component, flavor in _FLAVORS}


@dataclass(frozen=True)
class Detected:
    """The software that answered a probe. `flavor` is empty for the component itself.

    `version`: its own version, where the text that identifies it contains one; else empty.
    """

    component: str
    flavor: str = ""
    version: str = ""


def record(component: str) -> Component:
    """The record of a component. An unknown component gets a record without roles."""
    return _BY_NAME.get(component) or Component(component, component)


def flavor_record(component: str, flavor: str) -> Flavor | None:
    """The record of a compatible product; None for the component itself and for an unknown product."""
    return _FLAVORS.get((component, flavor))


def original(component: str) -> str:
    """The component whose plugins and schema the server uses for this one."""
    return record(component).original


def component_for(role: Role) -> str:
    """The one component for a role that is not a store: Kafka for event streaming.

    Raises:
        ValueError: the role has several.
    """
    (name,) = FILLED_BY[role]
    return name


def share_a_probe(one: str, other: str) -> bool:
    """Whether the same probe reads both, so that one can answer where the other is configured."""
    return record(one).readers == record(other).readers


def relative_or(configured: str, observed: str) -> str:
    """The observed component if it is a compatible product of the configured one, else the configured one."""
    return observed if record(observed).relative_of == configured else configured


def title_of(component: str, flavor: str = "") -> str:
    """The display name, in the vendor's spelling; for an unknown product, the name that it reported."""
    if not flavor:
        return record(component).title
    known = flavor_record(component, flavor)
    return known.title if known else flavor


def has_versions_of(component: str, flavor: str) -> bool:
    """Whether its version numbers are those of the component that Temporal supports.

    If so, minimums and exclusions apply. An unknown product is taken to have its own version numbers.
    """
    if record(component).relative_of:
        return False
    known = flavor_record(component, flavor)
    return not flavor or (known is not None and not known.has_own_versions)


def has_own_catalogue(component: str, flavor: str) -> bool:
    """Whether the catalogue may describe the same tables differently; for an unknown product it may."""
    if not flavor:
        return record(component).has_own_catalogue
    known = flavor_record(component, flavor)
    return known is None or known.has_own_catalogue


def lifecycle_product(component: str, flavor: str) -> str:
    """The product in lifecycle.json; empty where no end-of-life dates are known."""
    if not flavor:
        return record(component).lifecycle
    known = flavor_record(component, flavor)
    return known.lifecycle if known else ""


def detect(probe: str, texts: Mapping[str, str]) -> Detected:
    """The component or compatible product that wrote these texts. `probe`: the kind that read them.

    The records say which texts there are and what to search for. If nothing is recognized, it is the
    component without markers.
    """
    candidates = [c for c in ALL if any(reader.probe == probe for reader in c.readers)]
    for component in (c for c in candidates if c.markers):
        if (version := _recognized(component.markers, texts)) is not None:
            return Detected(component.name, version=version)
    (default,) = (c for c in candidates if not c.markers)
    for flavor in default.flavors:
        if (version := _recognized(flavor.markers, texts)) is not None:
            return Detected(default.name, flavor.name, version)
    return Detected(default.name)


def _recognized(markers: tuple[Marker, ...], texts: Mapping[str, str]) -> str | None:
    """The version in the text that matches, empty where it has none; None: nothing matches."""
    for marker in markers:
        match = marker.pattern.search(texts.get(marker.text, ""))
        if match is not None:
            return match.groupdict().get("version") or ""
    return None
