"""Published warnings about releases, and which of them concern what runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from packaging.specifiers import SpecifierSet

from agent.components.registry import SQL, has_versions_of, original, record
from agent.matrix.conditions import Condition, Seen, all_hold
from agent.matrix.release import Release
from agent.matrix.schema import plugins_for
from agent.model.versions import UnreadableVersionError, parse
from agent.model.vocabulary import Level, Role


@dataclass(frozen=True)
class StoreUse:
    """The component in a role. `plugin` is empty where there is none, or none is known.

    `versions` are those of its nodes, as they reported them; empty where they are not known.
    """

    component: str
    plugin: str = ""
    flavor: str = ""
    versions: tuple[str, ...] = ()


#: What applies to a visibility store also applies to a secondary one.
_LISTED_AS = {Role.SECONDARY_VISIBILITY: Role.VISIBILITY}

#: The component in each role of a cluster.
Uses = tuple[tuple[Role, StoreUse], ...]


@dataclass(frozen=True, eq=False)
class Advisory:
    """One published warning; data/advisories.json explains the fields.

    It concerns a release if one of `releases` contains it and, where stores or versions are given, one store
    of the cluster matches them. `condition` says in words what else must be true, `conditions` how to find
    out. `fixed_in`: the releases that no longer have the fault, each the first of its minor.
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
    conditions: tuple[Condition, ...] = ()
    fixed_in: tuple[str, ...] = ()

    def applies(self, release: Release, uses: Uses) -> bool | None:
        """Whether it concerns this release with these stores; None: not known."""
        return self.holds(release) and self.concerns(release, uses)

    def holds(self, release: Release) -> bool:
        """Whether it is about this release."""
        return any(release.version.within(specifier) for specifier in self.releases)

    def concerns(self, release: Release, uses: Uses) -> bool | None:
        """Whether one of these stores matches, with this release's plugins; None: not known."""
        if not self.stores and not self.versions:
            return True
        answers = [
            _both(_is_listed(names, release, use), self._has_version(use))
            for role, use in uses
            if (names := self.stores.get(_LISTED_AS.get(role, role))) or not self.stores
        ]
        return either(answers)

    def answer(self, release: Release, uses: Uses, seen: Seen) -> bool | None:
        """Whether it applies to a cluster with this release and these stores; None: not known."""
        return _both(self.applies(release, uses), all_hold(self.conditions, release, seen))

    def _has_version(self, use: StoreUse) -> bool | None:
        if not self.versions:
            return True
        specifier = self.versions.get(use.component)
        if specifier is None or not has_versions_of(use.component, use.flavor):
            return False
        return either([_within(raw, specifier) for raw in use.versions] or [None])


@dataclass(frozen=True)
class Concerns:
    """The advisories that concern a combination, or may, the most urgent first.

    `broken`: those that certainly say it is broken; `may_be_broken`: those where this is not known.
    """

    all: tuple[Advisory, ...]
    broken: tuple[Advisory, ...]
    may_be_broken: tuple[Advisory, ...]


@dataclass(frozen=True)
class Application:
    """A warning about a release and its stores, and whether it applies to the cluster; None: not known."""

    advisory: Advisory
    applies: bool | None


class Advisories:
    """All published warnings."""

    def __init__(self, advisories: Sequence[Advisory]) -> None:
        urgency = list(Level)
        self.all = tuple(sorted(advisories, key=lambda advisory: urgency.index(advisory.level)))
        self._about = lru_cache(maxsize=None)(self._about_release)
        self.concerning = lru_cache(maxsize=65536)(self._concerning)
        self.applying = lru_cache(maxsize=65536)(self._applying)

    def _concerning(self, release: Release, uses: Uses) -> Concerns:
        """Those that concern this release with these stores."""
        answers = [(advisory, advisory.concerns(release, uses)) for advisory in self._about(release)]
        return Concerns(
            all=tuple(advisory for advisory, answer in answers if answer is not False),
            broken=tuple(advisory for advisory, answer in answers if answer is True and advisory.broken),
            may_be_broken=tuple(
                advisory for advisory, answer in answers if answer is None and advisory.broken
            ),
        )

    def _applying(self, release: Release, uses: Uses, seen: Seen) -> tuple[Application, ...]:
        """Those that concern this release with these stores, whether or not their condition is true."""
        return tuple(
            Application(advisory, advisory.answer(release, uses, seen))
            for advisory in self.concerning(release, uses).all
        )

    def _about_release(self, release: Release) -> tuple[Advisory, ...]:
        return tuple(advisory for advisory in self.all if advisory.holds(release))


def _is_listed(names: frozenset[str] | None, release: Release, use: StoreUse) -> bool | None:
    """Whether the names include this store: a database by its plugin, anything else by its component."""
    if names is None or use.flavor in names:
        return True
    is_relative = bool(record(use.component).relative_of)
    if use.component not in SQL or (is_relative and use.component in names):
        return use.component in names
    component = original(use.component)
    plugins = plugins_for(release, component, use.plugin)
    if not plugins and not release.was_read:
        plugins = release.known_plugins.of(component)
    answers = {plugin in names for plugin in plugins}
    return answers.pop() if len(answers) == 1 else (None if answers else False)


def _within(raw: str, specifier: SpecifierSet) -> bool | None:
    try:
        return parse(raw).within(specifier)
    except UnreadableVersionError:
        return None


def _both(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def either(answers: Sequence[bool | None]) -> bool | None:
    """Whether at least one answer is yes; None: not known."""
    if True in answers:
        return True
    return None if None in answers else False


def first_fixed(releases: Sequence[Release], affected: Sequence[SpecifierSet]) -> tuple[str, ...]:
    """In each minor, the first release after the affected ones; `releases` in order, oldest first.

    A release of a later minor is listed only if the fault ends with a minor.
    """
    numbers = [release.version.number for release in releases]
    hit = {number for specifier in affected for number in specifier.filter(numbers, prereleases=True)}
    pairs = pairwise(releases)
    return tuple(
        new.name for old, new in pairs if old.version.number in hit and new.version.number not in hit
    )
