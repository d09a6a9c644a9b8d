"""All components, and lookups over their records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from agent.components.cassandra import CASSANDRA
from agent.components.cockroachdb import COCKROACHDB
from agent.components.monitoring import GRAFANA, PROMETHEUS
from agent.components.record import Component, Flavor, Kind, Marker
from agent.components.search import ELASTICSEARCH, OPENSEARCH
from agent.components.sql import MYSQL, POSTGRESQL, SQLITE
from agent.components.streaming import KAFKA, ZOOKEEPER
from agent.components.temporal import CUSTOM_STORE, GO, TEMPORAL
from agent.model.versions import PRE_RELEASE_WORDS
from agent.model.vocabulary import Role

#: The flavor of a compatible product that no record describes.
OTHER = "other"

#: What PostgreSQL writes around its version in version(): its name, the platform, the compiler.
_NAME = re.compile(r"^\s*PostgreSQL (?=[0-9])", re.IGNORECASE)
_PLATFORM = re.compile(r",| on | compiled ")
_VERSION = re.compile(r"\s*v?[0-9]")
_WORD = re.compile("[a-z]+")

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
    if flavor == OTHER:
        return f"a product compatible with {record(component).title}"
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
    return _detect_flavor(default, texts)


@lru_cache(maxsize=4096)
def identify(component: str, version: str) -> Detected:
    """The software that reports this version, where the version itself shows it: 8.0.11-TiDB-v7.5.1.

    Its own version is empty where the text is that version.
    """
    known = record(component)
    texts = {"version": version}
    for relative in (c for c in ALL if c.relative_of == component):
        if (own := _recognized(relative.markers, texts)) is not None:
            return Detected(relative.name, version=own)
    if known.packager_words is None:
        return Detected(component)
    found = _detect_flavor(known, texts)
    return found if found.version else replace(found, version=_NAME.sub("", version))


def texts_of(probe: str, kind: str) -> tuple[str, ...]:
    """The functions, settings or variables by which products behind this probe are recognized."""
    markers = [
        marker
        for component in ALL
        if any(reader.probe == probe for reader in component.readers)
        for flavor in component.flavors
        for marker in flavor.markers
    ]
    names = [marker.text.partition(" ")[2] for marker in markers if marker.text.startswith(f"{kind} ")]
    return tuple(dict.fromkeys(names))


def _detect_flavor(component: Component, texts: Mapping[str, str]) -> Detected:
    for flavor in component.flavors:
        if (version := _recognized(flavor.markers, texts)) is not None:
            return Detected(component.name, flavor.name, version)
    return Detected(component.name, "" if _is_own_build(component, texts.get("version", "")) else OTHER)


def _is_own_build(component: Component, text: str) -> bool:
    """Whether a version has only words of its packagers, and of pre-releases, behind the numbers."""
    text = _NAME.sub("", text)
    if component.packager_words is None or not _VERSION.match(text):
        return True
    words = _WORD.findall(_PLATFORM.split(text, maxsplit=1)[0].lower().removeprefix("v"))
    return component.packager_words.union(PRE_RELEASE_WORDS).issuperset(words)


def _recognized(markers: tuple[Marker, ...], texts: Mapping[str, str]) -> str | None:
    """The version in the text that matches, empty where it has none; None: nothing matches."""
    for marker in markers:
        match = marker.pattern.search(texts.get(marker.text, ""))
        if match is not None:
            return match.groupdict().get("version") or ""
    return None
