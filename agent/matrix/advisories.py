"""Published warnings about releases, and which of them concern what runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from agent.matrix.release import Release
from agent.versions import Version
from agent.vocabulary import Role


@dataclass(frozen=True)
class StoreUse:
    """What fills a role: component, plugin (empty: none, or not known) and version (None: not known)."""

    component: str
    plugin: str = ""
    version: Version | None = None


@dataclass(frozen=True)
class Advisory:
    """One published warning; data/advisories.json explains the fields.

    `stores`: plugins or components of a role that it concerns. `versions`: versions of a component that it
    concerns. `broken`: such a combination is `unsupported`. `condition`: what else must hold, in words.
    """

    id: str
    level: str
    releases: tuple[SpecifierSet, ...]
    stores: Mapping[Role, frozenset[str]]
    versions: Mapping[str, SpecifierSet]
    broken: bool
    condition: str
    summary: str
    remedy: str
    source: str

    def applies(self, release: Release, uses: Mapping[Role, StoreUse]) -> bool | None:
        """Whether it concerns this release with these stores; None: what is known does not tell."""
        if not any(release.version.within(specifier) for specifier in self.releases):
            return False
        answers = [self._store(role, names, uses) for role, names in self.stores.items()]
        answers += [self._version(component, spec, uses) for component, spec in self.versions.items()]
        if False in answers:
            return False
        return None if None in answers else True

    def _store(self, role: Role, names: frozenset[str], uses: Mapping[Role, StoreUse]) -> bool | None:
        use = uses.get(role)
        if use is None:
            return False
        if use.component in names or use.plugin in names:
            return True
        # A plugin of this component is meant, and which one is used is not known.
        from_component = any(name.startswith(_stem(use.component)) for name in names)
        return None if from_component and not use.plugin else False

    def _version(self, component: str, specifier: SpecifierSet, uses: Mapping[Role, StoreUse]) -> bool | None:
        versions = [use.version for use in uses.values() if use.component == component]
        known = [version for version in versions if version is not None]
        if any(version.within(specifier) for version in known):
            return True
        return None if len(known) < len(versions) else False


class Advisories:
    """All published warnings."""

    def __init__(self, advisories: Sequence[Advisory]) -> None:
        self.all = tuple(advisories)

    def concerning(self, release: Release, uses: Mapping[Role, StoreUse]) -> tuple[Advisory, ...]:
        """Those that concern this combination, or may."""
        return tuple(a for a in self.all if a.applies(release, uses) is not False)


def _stem(component: str) -> str:
    return "postgres" if component == "postgresql" else component
