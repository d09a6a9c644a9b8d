"""`python -m tests.delivery.doors [DOOR…]` takes these doors. If it takes all, it writes the record."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime

from tests.delivery.doors.doors import DOORS, go
from tests.delivery.doors.record import Record
from tests.integration.servers.commands import CommandError, UnavailableError
from tests.integration.servers.process import StartError


def main(names: list[str]) -> int:
    """Take the doors; 1 if one ends too early, which leaves the record as it is."""
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
    if len(passages) == len(DOORS):
        Record(datetime.now(UTC).date().isoformat(), _machine(), tuple(passages)).save()
    return int(failed)


def _machine() -> str:
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{os.cpu_count()} cores, {system}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
