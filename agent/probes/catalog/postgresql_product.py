"""Which product answers as PostgreSQL: by version(), and by functions and settings of compatible products.

Every user may read pg_proc, and may ask for any setting whether it exists.
"""

from __future__ import annotations

import re

from agent.components.registry import OTHER, Detected, detect, texts_of

_FUNCTIONS, _SETTINGS = texts_of("postgresql", "function"), texts_of("postgresql", "setting")
_NAMED = ", ".join(f"'{name}'" for name in _FUNCTIONS)
_EXISTING = ", ".join(
    f"CASE WHEN current_setting('{name}', true) IS NOT NULL THEN 'setting {name}' END" for name in _SETTINGS
)

#: Ends with the transaction (SET LOCAL), so no other client of a pooler gets it.
LIMIT = "set_config('statement_timeout', :milliseconds, true)"
#: The version of PostgreSQL, version(), and the names of what exists, each after its kind.
QUESTION = (
    f"SELECT {LIMIT}, current_setting('server_version'), version(), concat_ws(' ',"  # noqa: S608 - constants
    " (SELECT string_agg(DISTINCT 'function ' || proname, ' ') FROM pg_catalog.pg_proc"
    f" WHERE proname IN ({_NAMED})), {_EXISTING})"
)
#: For products that cannot answer that: a server without these catalogues is not PostgreSQL.
NAME = "SELECT version()"

_MARK = re.compile(r"(?:function|setting) \S+")


def read(version: str, full: str, names: str) -> tuple[Detected, str]:
    """The product and its version, from the answers to QUESTION."""
    found = detect("postgresql", {"version": full, **dict.fromkeys(_MARK.findall(names), "yes")})
    return found, found.version or version


def read_name(full: str) -> tuple[Detected, str]:
    """The product and its version, from version() of one that lacks PostgreSQL's catalogues.

    Raises:
        ValueError: the text contains no version.
    """
    if not any(map(str.isdigit, full)):
        raise ValueError(f"{full[:60]!r} contains no version")
    found = detect("postgresql", {"version": full})
    if found == Detected("postgresql"):
        found = Detected("postgresql", OTHER)
    return found, found.version or full.removeprefix("PostgreSQL ")
