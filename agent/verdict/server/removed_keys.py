"""Keys of the server's own files that a release has not or no longer: it leaves them out, and starts."""

from __future__ import annotations

from collections.abc import Iterator

from agent.matrix import Matrix, Release
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import View
from agent.verdict.result import Result
from agent.verdict.server.running_versions import Running

#: A message is for people.
_MOST = 5


def dropped_key_results(matrix: Matrix, view: View, running: Running) -> list[Result]:
    """One finding for the keys of stores, and one for those of dynamic configuration."""
    file = view.subject.server_file
    if file is None:
        return []
    # For several, the newest release says the most.
    releases = [release for match in running.matches for release in match.releases or match.neighbours]
    if not releases:
        return []
    found = [*_of_stores(matrix, releases[-1], file.store_keys)]
    dropped = matrix.dynamic_keys.dropped(releases[-1], file.dynamic_keys)
    if dropped:
        more = f" and {len(dropped) - _MOST} more" if len(dropped) > _MOST else ""
        keys = f"{', '.join(dropped[:_MOST])}{more}"
        message = f"dynamic configuration leaves out {keys}"
        found.append(_result(releases[-1], message, matrix.dynamic_keys.source))
    return found


def _of_stores(matrix: Matrix, release: Release, keys: tuple[str, ...]) -> Iterator[Result]:
    for entry in matrix.server_keys.ignored(release, keys):
        yield _result(release, f"persistence leaves out {entry.key} ({entry.note})", entry.source)


def _result(release: Release, message: str, source: str) -> Result:
    text = f"Temporal {release.name}: {message}"
    return Result(
        Role.SERVER,
        Check.CONFIGURATION,
        "temporal",
        Verdict.SUPPORTED,
        Reason.KEY_DROPPED,
        text,
        source,
    )
