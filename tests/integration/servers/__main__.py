"""`python -m tests.integration.servers [NAME…]` obtains servers into the cache, all unless told which."""

from __future__ import annotations

import sys

from .commands import UnavailableError
from .prefetch import OBTAINABLE


def main(names: list[str]) -> int:
    """Obtains them; 1 if any is unavailable."""
    failed = False
    for name in names or OBTAINABLE:
        try:
            OBTAINABLE[name]()
        except UnavailableError as reason:
            sys.stderr.write(f"{name}: {reason}\n")
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
