"""File descriptors: as many as the system allows, and a warning where that is too few for the fleet."""

from __future__ import annotations

import logging
import sys

log = logging.getLogger(__name__)

#: A target keeps one connection. While it is made there can be a second address and what waits for both.
PER_TARGET = 3

#: HTTP connections (512 at most), the program's own files, and some for reserve.
OTHERS = 600

if sys.platform == "win32":

    def raise_limit() -> int | None:
        """Windows has no such limit."""
        return None

    def current_limit() -> int | None:
        """Windows has no such limit."""
        return None

else:
    import resource

    def raise_limit() -> int | None:
        """Raise the soft limit to the hard one, as far as the system lets this process; the limit then.

        None: there is no limit.
        """
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != hard:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            except (OSError, ValueError) as error:
                extra = {"limit": soft, "error": str(error)}
                log.warning("the limit of file descriptors was not raised", extra=extra)
        return current_limit()

    def current_limit() -> int | None:
        """How many descriptors this process may have; None: as many as it likes."""
        soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        return None if soft == resource.RLIM_INFINITY else soft


def needed(targets: int) -> int:
    """How many descriptors the agent may need at once for so many targets."""
    return OTHERS + PER_TARGET * targets


def check_limit(targets: int) -> None:
    """Log an error if there may be too few descriptors for so many targets."""
    limit = current_limit()
    if limit is not None and limit < needed(targets):
        log.error(
            "too few file descriptors for the configured targets: some of them will be unknown; raise the"
            " hard limit (LimitNOFILE= of systemd, --ulimit nofile= of docker, ulimit -Hn of a shell)",
            extra={"limit": limit, "needed": needed(targets), "targets": targets},
        )
