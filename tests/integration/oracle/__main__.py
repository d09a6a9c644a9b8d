"""`python -m tests.integration.oracle` runs all states and writes docs/oracle.md.

It takes minutes a release.
"""

from __future__ import annotations

import argparse
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
    return parser.parse_args()


def main() -> int:
    """Write the page. Returns 1 if a server did the opposite of what the agent said."""
    options = _options()
    is_part = bool(options.release or options.kind or options.state)
    page = Page.read(PAGE.read_text(encoding="utf-8")) if is_part else Page()
    seen: list[Seen] = []
    for title in options.kind or KINDS:
        with KINDS[title]() as kind:
            for release in options.release or ORACLE_TEMPORAL_VERSIONS:
                for each in ask(kind, temporal_binaries(release), options.state or [""]):
                    _note(each)
                    seen.append(each)
    page.update(seen, datetime.now(UTC).date().isoformat())
    PAGE.write_text(page.text(), encoding="utf-8")
    return int(any(each.differs for each in seen))


if __name__ == "__main__":
    sys.exit(main())
