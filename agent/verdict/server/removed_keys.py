"""Keys in the server's own files that a release does not have: it ignores them, and starts."""

from __future__ import annotations

from collections.abc import Iterator

from agent.matrix import Matrix, Release
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import ClusterView
from agent.verdict.result import Result
from agent.verdict.server.running_versions import RunningVersions

#: More keys would make the message too long for people.
MAX_KEYS_SHOWN = 5


def dropped_key_results(matrix: Matrix, view: ClusterView, running: RunningVersions) -> list[Result]:
    """One finding for the keys of stores, and one for those of dynamic configuration."""
    file = view.subject.server_file
    if file is None:
        return []
    # If several releases run, the newest ignores the most keys.
    releases = [release for match in running.matches for release in match.releases or match.neighbours]
    if not releases:
        return []
    results = [*_of_stores(matrix, releases[-1], file.store_keys)]
    dropped = matrix.dynamic_keys.dropped(releases[-1], file.dynamic_keys)
    if dropped:
        more = f" and {len(dropped) - MAX_KEYS_SHOWN} more" if len(dropped) > MAX_KEYS_SHOWN else ""
        keys = f"{', '.join(dropped[:MAX_KEYS_SHOWN])}{more}"
        message = f"ignores keys of the dynamic configuration: {keys}"
        results.append(_result(releases[-1], message, matrix.dynamic_keys.source))
    return results


def _of_stores(matrix: Matrix, release: Release, keys: tuple[str, ...]) -> Iterator[Result]:
    for entry in matrix.server_keys.ignored(release, keys):
        yield _result(release, f"ignores the key persistence.{entry.key} ({entry.note})", entry.source)


def _result(release: Release, message: str, source: str) -> Result:
    text = f"Temporal {release.name} {message}"
    return Result(
        Role.SERVER,
        Check.CONFIGURATION,
        "temporal",
        Verdict.SUPPORTED,
        Reason.KEY_DROPPED,
        text,
        source,
    )
