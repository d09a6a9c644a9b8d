"""A store's schema version as the server itself reads it, which is stricter than what else writes versions.

The server takes what it cannot read for 0.0.0, and refuses it (temporalio/temporal@v1.31.2:
common/persistence/schema/version.go; the same since 1.0.0, by ParseTolerant of blang/semver/v4@v4.0.0).
"""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.version import Version as PackagingVersion

from agent.model.versions import MAX_LENGTH, Version

_PRE = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_BUILD = r"[0-9A-Za-z-]+"
# Only where all three numbers are there may more follow.
_SEMVER = re.compile(
    r"v?([0-9]+)(?:\.([0-9]+)(?:\.([0-9]+)"
    rf"(-{_PRE}(?:\.{_PRE})*)?(?:\+{_BUILD}(?:\.{_BUILD})*)?)?)?"
)
_LARGEST = 2**64 - 1


@lru_cache(maxsize=4096)
def read_schema_version(raw: str) -> Version | None:
    """The version, or nothing where the server reads none."""
    text = raw.strip()
    found = _SEMVER.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if found is None:
        return None
    numbers = [int(part or 0) for part in found.groups()[:3]]
    if max(numbers) > _LARGEST:
        return None
    base = ".".join(map(str, numbers))
    # How pre-releases compare with one another matters to nobody: what a server needs is none.
    return Version(text, PackagingVersion(f"{base}.dev0" if found[4] else base))
