"""Published warnings about releases, and which of them concern what runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from packaging.specifiers import SpecifierSet

from agent.components.registry import SQL, original, record
from agent.matrix.release import Release
from agent.matrix.schema import plugins_for
from agent.model.versions import UnreadableVersionError, parse
from agent.model.vocabulary import Level, Role


@dataclass(frozen=True)
class StoreUse:
    """What fills a role. `plugin` is empty where there is none, or none is known.

    `versions` are those of its nodes, as they wrote them; without any they are not known.
    """

    component: str
    plugin: str = ""
    flavor: str = ""
    versions: tuple[str, ...] = ()


#: What is said of visibility stores is said of a second one, too.
_NAMED_AS = {Role.SECONDARY_VISIBILITY: Role.VISIBILITY}

#: What fills the roles of a cluster.
Uses = tuple[tuple[Role, StoreUse], ...]


@dataclass(frozen=True, eq=False)
class Advisory:
    """One published warning; data/advisories.json explains the fields.

    It concerns a release when one of `releases` holds it and, where stores or versions are named, one store
    of the cluster is meant by them. What else must hold is `condition`, in words.
    """

    id: str
    level: Level
    releases: tuple[SpecifierSet, ...]
    stores: Mapping[Role, frozenset[str]]
    versions: Mapping[str, SpecifierSet]
    broken: bool
    condition: str
    summary: str
    remedy: str
    source: str

    def applies(self, release: Release, uses: Uses) -> bool | None:
        """Whether it concerns this release with these stores; None: what is known does not tell."""
        return self.holds(release) and self.concerns(release, uses)

    def holds(self, release: Release) -> bool:
        """Whether the release is among those that it speaks of."""
        return any(release.version.within(specifier) for specifier in self.releases)

    def concerns(self, release: Release, uses: Uses) -> bool | None:
        """Whether one of these stores is meant, as this release can use them."""
        if not self.stores and not self.versions:
            return True
        answers = [
            _both(_is_named(names, release, use), self._has_version(use))
            for role, use in uses
            if (names := self.stores.get(_NAMED_AS.get(role, role))) or not self.stores
        ]
        return _either(answers)

    def _has_version(self, use: StoreUse) -> bool | None:
        if not self.versions:
            return True
        specifier = self.versions.get(use.component)
        # A relative counts its versions in its own way.
        if specifier is None or use.flavor:
            return False
        return _either([_within(raw, specifier) for raw in use.versions] or [None])


@dataclass(frozen=True)
class Concerns:
    """The advisories that concern a combination, or may, the most urgent first.

    `broken`: those by which it certainly is broken; `may_be_broken`: those that what is known leaves open.
    """

    all: tuple[Advisory, ...]
    broken: tuple[Advisory, ...]
    may_be_broken: tuple[Advisory, ...]


class Advisories:
    """All published warnings."""

    def __init__(self, advisories: Sequence[Advisory]) -> None:
        urgency = list(Level)
        self.all = tuple(sorted(advisories, key=lambda advisory: urgency.index(advisory.level)))
        self._of = lru_cache(maxsize=None)(self._holding)
        self.concerning = lru_cache(maxsize=65536)(self._concerning)

    def _concerning(self, release: Release, uses: Uses) -> Concerns:
        """Those that concern this release with these stores."""
        answers = [(advisory, advisory.concerns(release, uses)) for advisory in self._of(release)]
        return Concerns(
            all=tuple(advisory for advisory, answer in answers if answer is not False),
            broken=tuple(advisory for advisory, answer in answers if answer is True and advisory.broken),
            may_be_broken=tuple(
                advisory for advisory, answer in answers if answer is None and advisory.broken
            ),
        )

    def _holding(self, release: Release) -> tuple[Advisory, ...]:
        return tuple(advisory for advisory in self.all if advisory.holds(release))


def _is_named(names: frozenset[str] | None, release: Release, use: StoreUse) -> bool | None:
    """Whether the names mean this store: databases go by their plugin, all else by component."""
    if names is None or use.flavor in names:
        return True
    is_relative = bool(record(use.component).relative_of)
    if use.component not in SQL or (is_relative and use.component in names):
        return use.component in names
    component = original(use.component)
    plugins = plugins_for(release, component, use.plugin)
    if not plugins and not release.was_read:
        plugins = release.known_plugins.of(component)
    meant = {plugin in names for plugin in plugins}
    return meant.pop() if len(meant) == 1 else (None if meant else False)


def _within(raw: str, specifier: SpecifierSet) -> bool | None:
    try:
        return parse(raw).within(specifier)
    except UnreadableVersionError:
        return None


def _both(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _either(answers: Sequence[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers else False
