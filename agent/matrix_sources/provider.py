"""Which matrix is in use: what the configuration asks for, or the best that there is for now."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config import ConfigError, MatrixSource, Problem
from agent.matrix import Matrix

if TYPE_CHECKING:
    from agent.matrix_sources.fetch import Fetcher

#: Seconds until another attempt, where the last one failed.
_SOON = 300.0


@dataclass(frozen=True)
class InUse:
    """The matrix in use. `base` is it without overlays; `problems` says why it is not a newer one.

    `due` is the monotonic time at which to look again.
    """

    settings: MatrixSource
    matrix: Matrix
    base: Matrix
    problems: tuple[Problem, ...]
    due: float


class Source:
    """Obtains matrices: the built-in one, or what a configuration names, never an older one."""

    def __init__(self, built_in: Matrix) -> None:
        self._built_in = built_in
        self._fetcher: Fetcher | None = None
        self._fetched: tuple[tuple[str | None, ...], Matrix] | None = None

    def obtain(self, settings: MatrixSource, before: InUse | None = None) -> InUse:
        """What these settings ask for. Until that can be had, the one before stays, or the built-in one.

        Raises:
            ConfigError: a file is damaged or not there.
        """
        base, problems = self._base(settings)
        if base is None:
            base = before.base if before else self._built_in
        matrix = _overlaid(base, settings)
        if before and (matrix.digest, matrix.published) == (before.matrix.digest, before.matrix.published):
            matrix = before.matrix
        return _in_use(settings, matrix, base, problems)

    def refresh(self, before: InUse) -> InUse:
        """The same settings once more; whatever is wrong now, the one before stays."""
        try:
            return self.obtain(before.settings, before)
        except ConfigError as error:
            return _in_use(before.settings, before.matrix, before.base, tuple(error.problems))

    def _base(self, settings: MatrixSource) -> tuple[Matrix | None, tuple[Problem, ...]]:
        """The matrix without overlays; None, and why, where the one before has to do."""
        if settings.file:
            from agent.matrix_sources.bundle import AgentTooOldError, read_file

            try:
                found = read_file(Path(settings.file), settings.sha256)
            except AgentTooOldError as error:
                return None, tuple(error.problems)
            return self._unless_older(settings.file, found)
        if not settings.url:
            return self._built_in, ()
        wanted = (settings.url, settings.sha256)
        if self._fetched is None or self._fetched[0] != wanted:
            # What a checksum pins never changes, so it is fetched once.
            try:
                self._fetched = (wanted, self._fetch(settings.url, settings.sha256, settings.ca_file))
            except ConfigError as error:
                return None, tuple(error.problems)
        return self._unless_older(settings.url, self._fetched[1])

    def _fetch(self, url: str, sha256: str | None, ca_file: str | None) -> Matrix:
        from agent.matrix_sources.bundle import MOST, parse_bundle
        from agent.matrix_sources.fetch import Fetcher, FetchError

        self._fetcher = self._fetcher or Fetcher()
        try:
            content = self._fetcher.fetch(url, MOST, ca_file)
        except FetchError as error:
            raise ConfigError([Problem(url, 0, "", f"cannot be had: {error}")]) from error
        return parse_bundle(url, content, sha256)

    def _unless_older(self, name: str, found: Matrix) -> tuple[Matrix | None, tuple[Problem, ...]]:
        from agent.matrix_sources.bundle import older

        why = older(found, self._built_in)
        return (None, (Problem(name, 0, "", f"is not used: it {why}"),)) if why else (found, ())


def _overlaid(matrix: Matrix, settings: MatrixSource) -> Matrix:
    if not settings.overlays:
        return matrix
    from agent.matrix_sources.overlay import overlaid

    return overlaid(matrix, [Path(path) for path in settings.overlays])


def _in_use(settings: MatrixSource, matrix: Matrix, base: Matrix, problems: tuple[Problem, ...]) -> InUse:
    wait = min(settings.refresh, _SOON) if problems else settings.refresh
    watches = settings.file or settings.url or settings.overlays
    return InUse(settings, matrix, base, problems, time.monotonic() + wait if watches else float("inf"))
