"""`python -m tests.integration.oracle` runs all states and writes docs/oracle.md.

It takes minutes a release, and writes the page after each.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from datetime import UTC, datetime

from ..servers.temporal_build import ORACLE_TEMPORAL_VERSIONS, temporal_binaries
from .ask import KINDS, ask
from .table import PAGE, Page, Seen


def _note(seen: Seen) -> None:
    sys.stderr.write(f"{seen.kind} {seen.release} {seen.state}: {seen.cell}\n")
    if seen.cell not in ("starts", "exits"):
        sys.stderr.write(f"    {seen.answer}\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.integration.oracle")
    parser.add_argument("release", nargs="*", choices=(*ORACLE_TEMPORAL_VERSIONS, []))
    parser.add_argument("--kind", choices=tuple(KINDS), action="append")
    parser.add_argument("--state", action="append", help="only states whose name contains this text")
    parser.add_argument("--resume", action="store_true", help="skip what was run today")
    return parser.parse_args()


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, {system}"


def main() -> int:
    """Write the page. Returns 1 if a server did the opposite of what the agent said."""
    options, differs = _options(), False
    day = datetime.now(UTC).date().isoformat()
    is_part = bool(options.release or options.kind or options.state or options.resume)
    page = Page.read(PAGE.read_text(encoding="utf-8")) if is_part else Page()
    page.machine = _machine()
    for title in options.kind or KINDS:
        with KINDS[title]() as kind:
            for release in options.release or ORACLE_TEMPORAL_VERSIONS:
                if options.resume and page.runs.get((title, release)) == day:
                    continue
                seen: list[Seen] = []
                for each in ask(kind, temporal_binaries(release), options.state or [""]):
                    _note(each)
                    seen.append(each)
                page.update(seen, day)
                PAGE.write_text(page.text(), encoding="utf-8")
                differs |= any(each.differs for each in seen)
    return int(differs)


if __name__ == "__main__":
    sys.exit(main())
