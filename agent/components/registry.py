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

#: What each role can be filled with, in at least one release. Stores without versions are not among them.
FILLED_BY: Mapping[Role, frozenset[str]] = {
    role: frozenset(c.name for c in ALL if c.has_versions and c.can_fill(role))
    for role in Role
    if role is not Role.SERVER
}

#: Components whose versions the matrix judges, in the order in which people read them.
JUDGED = tuple(c.name for c in ALL if any(c.name in names for names in FILLED_BY.values()))

#: Relatives by the name that people write, and the component whose protocol each speaks.
FLAVOR_OF: Mapping[str, str] = {flavor: component for component, flavor in _FLAVORS}


@dataclass(frozen=True)
class Detected:
    """What answered a probe. `flavor` is empty for the component itself.

    `version`: its own version, where that is part of the words that identify it; else empty.
    """

    component: str
    flavor: str = ""
    version: str = ""


def record(component: str) -> Component:
    """The record of a component. One that is not known can fill no role."""
    return _BY_NAME.get(component) or Component(component, component)


def flavor_record(component: str, flavor: str) -> Flavor | None:
    """The record of a relative; None for the component itself, and for a relative that is not known."""
    return _FLAVORS.get((component, flavor))


def original(component: str) -> str:
    """The component whose plugins and schema the server uses for this one."""
    return record(component).original


def component_for(role: Role) -> str:
    """The one component that can fill a role outside the stores: Kafka for event streaming.

    Raises:
        ValueError: several can.
    """
    (name,) = FILLED_BY[role]
    return name


def share_a_probe(one: str, other: str) -> bool:
    """Whether the same probe reads both, so that one may answer where the other is configured."""
    return record(one).readers == record(other).readers


def relative_or(configured: str, observed: str) -> str:
    """What answers where a relative of the configured component does; else what is configured."""
    return observed if record(observed).relative_of == configured else configured


def title_of(component: str, flavor: str = "") -> str:
    """The name as its makers write it; of a relative that is not known, the name that was reported."""
    if not flavor:
        return record(component).title
    known = flavor_record(component, flavor)
    return known.title if known else flavor


def has_versions_of(component: str, flavor: str) -> bool:
    """Whether version numbers mean what they mean for the component that Temporal supports.

    So its minimums and exclusions hold. A relative that is not known has numbers of its own.
    """
    if record(component).relative_of:
        return False
    known = flavor_record(component, flavor)
    return not flavor or (known is not None and not known.has_own_versions)


def has_own_catalogue(component: str, flavor: str) -> bool:
    """Whether the catalogue may describe the same tables in other words, as one of unknown software may."""
    if not flavor:
        return record(component).has_own_catalogue
    known = flavor_record(component, flavor)
    return known is None or known.has_own_catalogue


def lifecycle_product(component: str, flavor: str) -> str:
    """The product in lifecycle.json; empty where no release cycles are known."""
    if not flavor:
        return record(component).lifecycle
    known = flavor_record(component, flavor)
    return known.lifecycle if known else ""


def detect(probe: str, texts: Mapping[str, str]) -> Detected:
    """Which component, and which relative of it, wrote these texts. `probe`: the kind that read them.

    Records say which texts there are and what to look for. The component that has no markers is what
    answers where nothing else is recognized.
    """
    read = [c for c in ALL if any(reader.probe == probe for reader in c.readers)]
    for component in (c for c in read if c.markers):
        if (version := _recognized(component.markers, texts)) is not None:
            return Detected(component.name, version=version)
    (usual,) = (c for c in read if not c.markers)
    for flavor in usual.flavors:
        if (version := _recognized(flavor.markers, texts)) is not None:
            return Detected(usual.name, flavor.name, version)
    return Detected(usual.name)


def _recognized(markers: tuple[Marker, ...], texts: Mapping[str, str]) -> str | None:
    """The version in the words that match, empty where they hold none; None: nothing matches."""
    for marker in markers:
        found = marker.pattern.search(texts.get(marker.text, ""))
        if found is not None:
            return found.groupdict().get("version") or ""
    return None
