"""Files with one cluster each, which the configuration names by globs."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.config.document import Document, read
from agent.config.errors import ConfigError, Problem
from agent.config.model import Cluster
from agent.config.section import ConfigSection
from agent.config.sources import find


@dataclass
class Part:
    """One cluster while it is read. `problems` takes its errors, with those of the rest of its file."""

    section: ConfigSection
    problems: list[Problem]
    is_own_file: bool = False
    cluster: Cluster | None = None


@dataclass(frozen=True)
class ClusterFiles:
    """What came from files with one cluster each.

    `valid`: the clusters, by file; that of a rejected file is its last valid one, if there was one.
    `rejected`: the errors of the files that have some, by file.
    """

    valid: Mapping[str, Cluster]
    rejected: Mapping[str, tuple[Problem, ...]]

    @classmethod
    def of(cls, parts: Iterable[Part], problems: Mapping[str, list[Problem]]) -> ClusterFiles:
        """The result of reading these parts; `problems` has an entry for each file."""
        valid = {
            part.section.document.file: part.cluster
            for part in parts
            if part.is_own_file and part.cluster is not None and not part.problems
        }
        return cls(valid, {file: tuple(found) for file, found in problems.items() if found})

    def keeping(self, before: ClusterFiles | None, taken: Iterable[str]) -> ClusterFiles:
        """The same, and the clusters that `before` has of files that are rejected now.

        `taken`: the names of clusters elsewhere; names stay unique.
        """
        names = {*taken, *(cluster.name for cluster in self.valid.values())}
        last = {} if before is None else before.valid
        kept = {file: last[file] for file in self.rejected if file in last and last[file].name not in names}
        return ClusterFiles(dict(sorted({**self.valid, **kept}.items())), self.rejected)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All errors."""
        return tuple(problem for problems in self.rejected.values() for problem in problems)


def sections(document: Document, whole: Any, problems: dict[str, list[Problem]]) -> list[ConfigSection]:
    """One section for each file that the globs find; `problems` takes the errors, by file."""
    patterns = whole.get("cluster_files") if isinstance(whole, dict) else None
    if not isinstance(patterns, tuple):
        return []
    # Only the user's text is a pattern; the folder's own name must match literally.
    folder = Path(glob.escape(str(Path(document.file).parent)))
    # No path contains NUL: such a pattern matches nothing, and `glob` would fail.
    texts = [pattern for pattern in patterns if isinstance(pattern, str) and "\0" not in pattern]
    parts = []
    for name in sorted({name for text in texts for name in find(str(folder / text))}):
        try:
            extra = read(Path(name))
        except ConfigError as error:
            problems[name] = list(error.problems)
            continue
        problems[name] = list(extra.problems)
        parts.append(ConfigSection(extra, (), {} if extra.data is None else extra.data))
    return parts
