"""A store's schema version as the server parses it, which is stricter than other parsers of versions.

The server treats what it cannot parse as 0.0.0, and refuses it (temporalio/temporal@v1.31.2:
common/persistence/schema/version.go; the same since 1.0.0, by ParseTolerant of blang/semver/v4@v4.0.0).
"""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.version import Version as PackagingVersion

from agent.model.versions import MAX_LENGTH, Version

_PRE = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_BUILD = r"[0-9A-Za-z-]+"
# More may follow only after all three numbers.
_SEMVER = re.compile(
    r"v?([0-9]+)(?:\.([0-9]+)(?:\.([0-9]+)"
    rf"(-{_PRE}(?:\.{_PRE})*)?(?:\+{_BUILD}(?:\.{_BUILD})*)?)?)?"
)
_MAX_NUMBER = 2**64 - 1


@lru_cache(maxsize=4096)
def read_schema_version(raw: str) -> Version | None:
    """The version; None where the server cannot parse one."""
    text = raw.strip()
    match = _SEMVER.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        return None
    numbers = [int(part or 0) for part in match.groups()[:3]]
    if max(numbers) > _MAX_NUMBER:
        return None
    base = ".".join(map(str, numbers))
    # The order of pre-releases does not matter: no server needs one.
    return Version(text, PackagingVersion(f"{base}.dev0" if match[4] else base))
