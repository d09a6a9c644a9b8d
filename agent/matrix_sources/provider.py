"""Obtains the matrix in use: the one in the configuration, or the best available one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config import ConfigError, MatrixSource, Problem
from agent.matrix import Matrix

if TYPE_CHECKING:
    from agent.matrix_sources.fetch import Fetcher

#: Wait after a failed attempt.
RETRY_SECONDS = 300.0


@dataclass(frozen=True)
class ActiveMatrix:
    """The matrix in use. `base`: the same without overlays. `problems`: why the configured one is not used.

    `due`: the monotonic time of the next attempt, in seconds.
    """

    settings: MatrixSource
    matrix: Matrix
    base: Matrix
    problems: tuple[Problem, ...]
    due: float


class MatrixProvider:
    """Obtains matrices: the built-in one or the configured one, never one older than the built-in one."""

    def __init__(self, built_in: Matrix) -> None:
        self._built_in = built_in
        self._fetcher: Fetcher | None = None
        self._fetched: tuple[tuple[str | None, ...], Matrix] | None = None

    def obtain(self, settings: MatrixSource, before: ActiveMatrix | None = None) -> ActiveMatrix:
        """The matrix of these settings. If it is not available: the previous matrix, or the built-in one.

        Raises:
            ConfigError: a file is damaged or missing.
        """
        base, problems = self._base(settings)
        if base is None:
            base = before.base if before else self._built_in
        matrix = _overlaid(base, settings)
        if before and (matrix.digest, matrix.published) == (before.matrix.digest, before.matrix.published):
            matrix = before.matrix
        return _active(settings, matrix, base, problems)

    def refresh(self, before: ActiveMatrix) -> ActiveMatrix:
        """Obtain the matrix of the same settings again; on any error, keep the previous one."""
        try:
            return self.obtain(before.settings, before)
        except ConfigError as error:
            return _active(before.settings, before.matrix, before.base, tuple(error.problems))

    def _base(self, settings: MatrixSource) -> tuple[Matrix | None, tuple[Problem, ...]]:
        """The matrix without overlays; None with the reasons if the previous one must stay in use."""
        if settings.file:
            from agent.matrix_sources.bundle import AgentTooOldError, read_file

            try:
                matrix = read_file(Path(settings.file), settings.sha256)
            except AgentTooOldError as error:
                return None, tuple(error.problems)
            return self._unless_older(settings.file, matrix)
        if not settings.url:
            return self._built_in, ()
        source = (settings.url, settings.sha256)
        if self._fetched is None or self._fetched[0] != source:
            # A file with a fixed checksum never changes, so it is fetched once.
            try:
                self._fetched = (source, self._fetch(settings.url, settings.sha256, settings.ca_file))
            except ConfigError as error:
                return None, tuple(error.problems)
        return self._unless_older(settings.url, self._fetched[1])

    def _fetch(self, url: str, sha256: str | None, ca_file: str | None) -> Matrix:
        from agent.matrix_sources.bundle import MAX_BUNDLE_BYTES, parse_bundle
        from agent.matrix_sources.fetch import Fetcher, FetchError

        self._fetcher = self._fetcher or Fetcher()
        try:
            content = self._fetcher.fetch(url, MAX_BUNDLE_BYTES, ca_file)
        except FetchError as error:
            raise ConfigError([Problem(url, 0, "", f"cannot be fetched: {error}")]) from error
        return parse_bundle(url, content, sha256)

    def _unless_older(self, name: str, matrix: Matrix) -> tuple[Matrix | None, tuple[Problem, ...]]:
        from agent.matrix_sources.bundle import why_older

        why = why_older(matrix, self._built_in)
        return (None, (Problem(name, 0, "", f"is not used: it {why}"),)) if why else (matrix, ())


def _overlaid(matrix: Matrix, settings: MatrixSource) -> Matrix:
    if not settings.overlays:
        return matrix
    from agent.matrix_sources.overlay import overlaid

    return overlaid(matrix, [Path(path) for path in settings.overlays])


def _active(
    settings: MatrixSource, matrix: Matrix, base: Matrix, problems: tuple[Problem, ...]
) -> ActiveMatrix:
    wait = min(settings.refresh, RETRY_SECONDS) if problems else settings.refresh
    watches = settings.file or settings.url or settings.overlays
    return ActiveMatrix(
        settings, matrix, base, problems, time.monotonic() + wait if watches else float("inf")
    )
