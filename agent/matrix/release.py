"""Temporal's releases, and which of them can report a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property, lru_cache
from types import MappingProxyType

from packaging.specifiers import SpecifierSet
from packaging.version import Version as PackagingVersion

from agent.matrix.plugins import SqlPlugins
from agent.model.versions import Version, parse_temporal
from agent.model.vocabulary import Reason


def read_specifier(text: str) -> SpecifierSet:
    """A specifier of versions, as the data files have them; `*` contains all versions."""
    return SpecifierSet("" if text == "*" else text)


@dataclass(frozen=True, eq=False)
class Release:
    """One published server release.

    `schema` maps a schema folder (`postgresql/v12`) to the version it needs for each store
    (`default`, `visibility`; null where the release has none). `go` is what its go.mod requires, `index`
    the newest Elasticsearch template it ships. All are empty, like `plugins`, where the release is only
    known to exist (`was_read` is false). `known_plugins` has what the matrix knows about plugins in general.
    """

    version: Version
    reported: str
    source: str
    published: date | None = None
    was_read: bool = True
    plugins: frozenset[str] = frozenset()
    known_plugins: SqlPlugins = field(default_factory=SqlPlugins)
    schema: Mapping[str, Mapping[str, str | None]] = field(default_factory=lambda: MappingProxyType({}))
    tested_with: tuple[str, ...] = ()
    go: str = ""
    index: int | None = None

    @property
    def name(self) -> str:
        return self.version.raw

    @cached_property
    def minor(self) -> tuple[int, ...]:
        return self.version.release[:2]


@dataclass(frozen=True, eq=False)
class ReleaseMatch:
    """The releases that a reported server version can mean.

    `releases` are the releases that report it (several: ambiguous; none: outside the matrix).
    `below` and `above` are the nearest releases with known facts, for questions on which both agree.
    """

    version: Version
    reason: Reason
    releases: tuple[Release, ...]
    below: Release | None
    above: Release | None

    @property
    def neighbours(self) -> tuple[Release, ...]:
        """The releases on both sides; none where one side has none, since a single one decides nothing."""
        if self.below is None or self.above is None:
            return ()
        return self.below, self.above


class Releases:
    """All releases in order, with the lookups over them."""

    def __init__(self, releases: tuple[Release, ...]) -> None:
        self.all = tuple(sorted(releases, key=lambda release: release.version.number))
        self._by_name = {release.name: release for release in self.all}
        self._by_number = {release.version.number: release for release in self.all}

    def named(self, name: str) -> Release | None:
        """The release of exactly this name, as people write it (`1.11.0`)."""
        return self._by_name.get(name)

    def newest_patch_of(self, minor: str) -> Release | None:
        """The newest patch of a minor as people write it (`1.29`), with known facts if one has them."""
        patches = [each for each in self.all if ".".join(map(str, each.minor)) == minor]
        read = [each for each in patches if each.was_read]
        return next(reversed(read or patches), None)

    @lru_cache(maxsize=4096)  # noqa: B019 - a matrix lives about as long as the process
    def match(self, version: Version) -> ReleaseMatch:
        """Which releases report this version, else between which releases it lies."""
        found = self._by_reported.get(version.number, ())
        read = [release for release in found if release.was_read]
        if read:
            reason = Reason.RELEASE_KNOWN if len(found) == 1 else Reason.RELEASE_AMBIGUOUS
            return ReleaseMatch(version, reason, found, found[0], found[-1])
        below = [r for r in self._read if r.version.number < version.number]
        above = [r for r in self._read if r.version.number > version.number]
        reason = Reason.RELEASE_NOT_READ if found else Reason.RELEASE_UNKNOWN
        return ReleaseMatch(version, reason, found, below[-1] if below else None, above[0] if above else None)

    def resolve_release(self, name: str) -> ReleaseMatch:
        """The release of exactly this name; for any other, what a server that reports it could be.

        Raises:
            UnreadableVersionError: the name is not a version.
        """
        version = parse_temporal(name)
        # 1.31.2, v1.31.2 and 1_31_2 name one release.
        release = self._by_number.get(version.number)
        if release is None or not release.was_read:
            return self.match(version)
        return ReleaseMatch(release.version, Reason.RELEASE_KNOWN, (release,), release, release)

    @cache  # noqa: B019 - releases are few, and live as long as this does
    def newer_patches(self, release: Release) -> tuple[Release, ...]:
        return tuple(
            r for r in self.all if r.minor == release.minor and r.version.number > release.version.number
        )

    @cache  # noqa: B019 - the same
    def newer_minors(self, release: Release) -> tuple[tuple[int, ...], ...]:
        return tuple(minor for minor in self.minors if minor > release.minor)

    def is_beyond_next_minor(self, release: Release, other: Release) -> bool:
        """Whether the other release is of a later minor than the one after this release's."""
        return other.minor in self.newer_minors(release)[1:]

    @cached_property
    def minors(self) -> tuple[tuple[int, ...], ...]:
        return tuple(sorted({release.minor for release in self.all}))

    @cached_property
    def newest_published(self) -> Release:
        """The newest release by version whose day of publication is known."""
        return [release for release in self.all if release.published][-1]

    @cached_property
    def _read(self) -> tuple[Release, ...]:
        return tuple(release for release in self.all if release.was_read)

    @cached_property
    def _by_reported(self) -> dict[PackagingVersion, tuple[Release, ...]]:
        found: dict[PackagingVersion, list[Release]] = {}
        for release in self.all:
            found.setdefault(PackagingVersion(release.reported), []).append(release)
        return {number: tuple(releases) for number, releases in found.items()}
