"""The release that a person names, and why there is none of that name."""

from __future__ import annotations

from difflib import get_close_matches

from agent.matrix import Matrix, Release
from agent.model.versions import UnreadableVersionError, parse_temporal

#: From the page on upgrades (self-hosted-guide/upgrade-server).
FORUM = (
    "Upgrades from releases before 1.0.0 are not documented: ask in Temporal's forum, community.temporal.io"
)
#: What a version with so few numbers names.
_SERIES = {1: "major", 2: "minor"}


class PlanError(ValueError):
    """No plan is possible; the message says why."""


class StartUnknownError(PlanError):
    """The running release is unknown."""


def find_release(matrix: Matrix, text: str) -> Release:
    """The release with this name.

    Raises:
        PlanError: the matrix does not have it.
    """
    shown = repr(text[:60])
    try:
        version = parse_temporal(text)
    except UnreadableVersionError as error:
        raise PlanError(f"{shown} is not a Temporal version (expected e.g. 1.31.2)") from error
    known = matrix.releases.all
    if version.number < known[0].version.number:
        raise PlanError(f"{shown} is older than {known[0].name}, the oldest release in the matrix. {FORUM}")
    if len(version.release) < 3:
        names = [release.name for release in known if release.minor == version.release]
        choice = f"choose one of {', '.join(names)}" if names else "write all three numbers, as in 1.31.2"
        raise PlanError(f"{shown} is a {_SERIES[len(version.release)]} series, not a release; {choice}")
    release = next((release for release in known if release.version.number == version.number), None)
    if release is not None:
        return release
    patches = [release for release in known if release.minor == version.release[:2]]
    if version.number > known[-1].version.number:
        newest = known[-1].name
        hint = f" is newer than {newest}, the newest release in the matrix. {matrix.how_to_get_newer}"
    elif patches and version.number > patches[-1].version.number:
        newest = patches[-1].name
        hint = (
            f" is newer than {newest}, the newest patch of its minor in the matrix. {matrix.how_to_get_newer}"
        )
    else:
        close = get_close_matches(text[:60], [release.name for release in known], 3)
        hint = f" is not a Temporal release; did you mean {' or '.join(close)}?"
    raise PlanError(shown + hint)
