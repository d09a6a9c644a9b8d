"""`python -m tests.evidence` tries releases on real stores, and writes what has no record yet.

Each record is written at once, so a run that was stopped goes on where it ended. The logs of the servers are
kept in the cache, under their digests. The whole run takes about an hour and a half on 2 cores.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime

from tests.integration.servers.commands import UnavailableError
from tests.integration.servers.process import StartError
from tests.integration.servers.temporal_build import temporal_binaries

from . import records
from .places import PLACES, Place
from .stores import Pair
from .trial import describe, try_release

#: A release of each of the three newest minors.
RELEASES = ("1.32.1", "1.31.2", "1.30.4")
#: Seconds after which no new trial starts.
LIMIT = 3 * 3600


def _note(text: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")


def _try(release: str, pair: Pair) -> bool:
    """Write the record of one trial. False if the trial itself broke, or its failure did not repeat."""
    binaries = temporal_binaries(release)
    try:
        record = try_release(binaries, pair)
        if record["result"] == "failed":
            _note(f"failed at {record['step']}, tried again: {record['error']}")
            again = try_release(binaries, pair)
            if (again["result"], again.get("step")) != ("failed", record["step"]):
                _note(f"the failure did not repeat: {again}")
                return False
    except Exception as error:
        _note(f"no record: {error!r}"[:500])
        return False
    records.add(record)
    _note(f"{record['result']} in {record['seconds']} s")
    return True


def _run_place(place: Place, releases: list[str], deadline: float) -> bool:
    whole = True
    with ExitStack() as stack:
        try:
            pairs = stack.enter_context(place.open())
        except (UnavailableError, StartError) as reason:
            _note(f"{place.name} cannot be started here: {reason}")
            return False
        for release in releases:
            for pair in pairs:
                wanted = describe(release, pair)
                if records.has_record(records.read(), wanted):
                    continue
                if time.monotonic() > deadline:
                    return False
                _note(f"{place.name}: {wanted}")
                whole &= _try(release, pair)
    return whole


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.evidence")
    parser.add_argument("release", nargs="*", choices=(*RELEASES, []))
    names = [place.name for place in PLACES]
    parser.add_argument("--store", choices=names, action="append", help="only these stores")
    return parser.parse_args()


def main() -> int:
    """Try what has no record. Returns 1 if something still has none."""
    options = _options()
    deadline = time.monotonic() + LIMIT
    chosen = [place for place in PLACES if not options.store or place.name in options.store]
    whole = [_run_place(place, options.release or list(RELEASES), deadline) for place in chosen]
    return int(not all(whole))


if __name__ == "__main__":
    sys.exit(main())
