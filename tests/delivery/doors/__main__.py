"""`python -m tests.delivery.doors [DOOR…]` takes these doors, or all, and writes their rows of the record."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime

from tests.delivery.doors.doors import DOORS, go
from tests.delivery.doors.record import Record, load
from tests.integration.servers.commands import CommandError, UnavailableError
from tests.integration.servers.process import StartError


def main(names: list[str]) -> int:
    """Take the doors; 1 if one ends too early, which leaves the record as it is.

    The record is of one machine: another one must take all doors.
    """
    unknown = set(names) - {door.name for door in DOORS}
    if unknown:
        sys.exit(f"no such door: {', '.join(sorted(unknown))}")
    machine, recorded = _machine(), load()
    if names and machine != recorded.machine:
        sys.exit(f"the record is of another machine ({recorded.machine}): take all doors")
    chosen = [door for door in DOORS if not names or door.name in names]
    passages, failed = [], False
    for door in chosen:
        sys.stdout.write(f"{door.name}\n")
        try:
            passages.append(go(door))
        except (CommandError, StartError, UnavailableError) as error:
            sys.stderr.write(f"{door.name}: {error}\n")
            failed = True
            continue
        sys.stdout.write(f"  {passages[-1].seconds:6.1f} s  {door.end}\n")
    if not failed:
        today = datetime.now(UTC).date().isoformat()
        (recorded.updated(passages) if names else Record(today, machine, tuple(passages))).save()
    return int(failed)


def _machine() -> str:
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{os.cpu_count()} cores, {system}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
