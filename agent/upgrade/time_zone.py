"""Whether a MySQL server's time zone is east of UTC, from its variables."""

from __future__ import annotations

import re
from collections.abc import Mapping

_OFFSET = re.compile(r"\+(\d{1,2}):(\d{2})", re.ASCII)
#: `system_time_zone` has an abbreviation or a number of hours (the system's own tzdata).
_HOURS = re.compile(r"\+0*[1-9]\d*", re.ASCII)
_EAST = frozenset(
    {
        *("CET", "CEST", "EET", "EEST", "WEST", "BST", "MSK", "SAST", "EAT", "CAT", "WAT", "IDT", "PKT"),
        *("WIB", "HKT", "SGT", "JST", "KST", "AWST", "ACST", "ACDT", "AEST", "AEDT", "NZST", "NZDT"),
    }
)
#: Time zones of these areas are all east of UTC.
_AREAS = ("Asia/", "Australia/", "Indian/")


def is_east_of_utc(settings: Mapping[str, str]) -> bool:
    """Whether `time_zone`, or the system's where it says SYSTEM, is surely east of UTC.

    A name that is both, such as IST, and a name of another area are not.
    """
    zone = settings.get("time_zone", "")
    if zone.upper() == "SYSTEM":
        zone = settings.get("system_time_zone", "")
    if offset := _OFFSET.fullmatch(zone):
        return any(int(part) for part in offset.groups())
    return zone in _EAST or zone.startswith(_AREAS) or bool(_HOURS.fullmatch(zone))
