"""`python -m tests.integration.oracle [RELEASE…]` writes docs/oracle.md: it takes minutes a release."""

from __future__ import annotations

import sys

from ..servers.temporal_build import ORACLE_TEMPORAL_VERSIONS, temporal_binaries
from .ask import ask, kinds
from .table import PAGE, Seen, page


def _note(seen: Seen) -> None:
    sys.stderr.write(f"{seen.kind} {seen.release} {seen.state}: {seen.cell}\n")
    if seen.cell not in ("starts", "exits"):
        sys.stderr.write(f"    {seen.answer}\n")


def main(releases: list[str]) -> None:
    """Write the page."""
    seen: list[Seen] = []
    with kinds() as every:
        for kind in every:
            for release in releases or ORACLE_TEMPORAL_VERSIONS:
                for each in ask(kind, temporal_binaries(release)):
                    _note(each)
                    seen.append(each)
    PAGE.write_text(page(seen), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
