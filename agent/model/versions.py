"""Raw version strings as servers report them, made comparable; the raw string is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion
from packaging.version import Version as PackagingVersion

#: A longer string is not a version. Limits the work that an answer can cause.
MAX_LENGTH = 256

# Longer numbers, or more of them, are not read as a version: a part of a number would be a wrong version.
_NUMBERS = re.compile(r"v?([0-9]{1,9}(?:[._][0-9]{1,9}){0,4})(?![._]?[0-9])", re.ASCII)
#: Words that mark a build before the release, wherever they are in what follows the numbers.
PRE_RELEASE_WORDS = frozenset(
    ("alpha", "beta", "canary", "cr", "dev", "devel", "dmr", "ea", "edge", "experimental", "labs")
) | frozenset(
    ("milestone", "nightly", "pre", "preview", "rc", "snapshot", "trunk", "unstable", "a", "b", "m")
)
_LONG = "|".join(sorted((word for word in PRE_RELEASE_WORDS if len(word) > 1), key=len, reverse=True))
_PRE_RELEASE = re.compile(rf"(?<![a-z])(?:{_LONG})(?![a-z])", re.IGNORECASE)
# One letter counts only right behind the numbers, and not at the start of a hash: 3.4.10-b9d3a4f.
_PRE_RELEASE_LETTER = re.compile(r"[-_.+~]?[abm](?:[-_.]?[0-9]+)?(?![a-z0-9])", re.IGNORECASE)

#: MariaDB from 10 on may put this before its own version, for clients that expect MySQL's numbers.
_MARIADB_PREFIX = re.compile(r"\s*5\.5\.5-(?=[0-9.]{1,20}-MariaDB)", re.ASCII | re.IGNORECASE)

#: Aurora MySQL's name of an engine version has only the series of MySQL: 8.0.mysql_aurora.3.08.0. Each series
#: started with this version of MySQL
#: (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraMySQLReleaseNotes/AuroraMySQL.release-calendars.html).
_AURORA = re.compile(r"\s*([0-9]\.[0-9])\.mysql_aurora\.[0-9]", re.ASCII | re.IGNORECASE)
_AURORA_STARTS = {"5.6": "5.6.10", "5.7": "5.7.12", "8.0": "8.0.23"}


class UnreadableVersionError(ValueError):
    """The string does not begin with a version; the message quotes its start."""


@dataclass(frozen=True)
class Version:
    """A version: how it was written (`raw`) and how it compares (`number`)."""

    raw: str
    number: PackagingVersion

    @property
    def release(self) -> tuple[int, ...]:
        """The numbers alone, as written: (1, 28, 3, 1)."""
        return self.number.release

    def series(self, parts: int) -> str:
        """The first `parts` numbers joined by dots, zeros for missing ones: the unit of support."""
        return ".".join(str(part) for part in (*self.release, *[0] * parts)[:parts])

    @property
    def is_pre_release(self) -> bool:
        """Whether it is a build before the release with these numbers."""
        return self.number.is_prerelease

    def within(self, specifier: SpecifierSet) -> bool:
        """Whether a PEP 440 specifier such as `>=12,<17` contains this version, pre-releases included."""
        return specifier.contains(self.number, prereleases=True)

    def __str__(self) -> str:
        return self.raw


@lru_cache(maxsize=4096)
def parse(raw: str) -> Version:
    """Read what a dependency reports: `16.6 (Debian 16.6-1)`, `17beta1`, `8.0.36-0ubuntu0.22.04.1`.

    What follows the numbers is a packager's suffix unless it names a pre-release.

    Raises:
        UnreadableVersionError: the string does not begin with a version.
    """
    aurora = _AURORA.match(raw)
    if aurora and aurora[1] in _AURORA_STARTS:
        return Version(raw, PackagingVersion(_AURORA_STARTS[aurora[1]]))
    prefix = _MARIADB_PREFIX.match(raw)
    base, suffix = _split(raw[prefix.end() :] if prefix else raw)
    if _names_pre_release(suffix):
        return Version(raw, _pre_release(base, suffix))
    return Version(raw, PackagingVersion(base))


@lru_cache(maxsize=4096)
def parse_temporal(raw: str) -> Version:
    """Read what a Temporal server reports: `1.31.2`, `1_31_2`, `v1.24.0-rc.2`, `1.25.0-113.3`.

    Temporal has no suffixes of packagers: what follows a hyphen marks a build before the release. What
    follows a plus sign is build metadata (semantic versioning) and changes nothing.

    Raises:
        UnreadableVersionError: the string does not begin with a version.
    """
    base, suffix = _split(raw)
    is_build = bool(suffix) and not suffix[0].isspace() and suffix[0] != "+"
    if is_build or (suffix[:1].isspace() and _names_pre_release(suffix)):
        return Version(raw, _pre_release(base, suffix))
    return Version(raw, PackagingVersion(base))


def _split(raw: str) -> tuple[str, str]:
    text = raw.strip()
    match = _NUMBERS.match(text) if len(raw) <= MAX_LENGTH else None
    if match is None:
        raise UnreadableVersionError(f"cannot parse a version from {raw[:60]!r}")
    return match[1].replace("_", "."), text[match.end() :]


def _names_pre_release(suffix: str) -> bool:
    """Whether the first word behind the numbers names a pre-release: `-rc1`, ` beta 2`, ` (SNAPSHOT)`."""
    first = suffix.lstrip(" \t\n([").partition(" ")[0]
    return bool(_PRE_RELEASE_LETTER.match(first) or _PRE_RELEASE.search(first))


def _pre_release(base: str, suffix: str) -> PackagingVersion:
    try:
        number = PackagingVersion(base + suffix.split()[0])
    except InvalidVersion:
        number = None
    # A suffix that PEP 440 does not know (SNAPSHOT, 113.3) also comes before the release.
    return number if number is not None and number.is_prerelease else PackagingVersion(f"{base}.dev0")
