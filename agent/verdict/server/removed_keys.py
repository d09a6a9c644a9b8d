"""Keys of the server's own files that a release has not or no longer: it leaves them out, and starts."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.specifiers import SpecifierSet

from agent.matrix import Release
from agent.matrix.dynamic_keys import SOURCE, dropped_keys
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import View
from agent.verdict.result import Result
from agent.verdict.server.running_versions import Running

#: Keys of stores that not every release has.
_STORE_KEYS = {
    "advancedVisibilityStore": (SpecifierSet("<1.25.0"), "gone since 1.25.0", "v1.25.0"),
    "secondaryVisibilityStore": (SpecifierSet(">=1.21.0"), "there since 1.21.0", "v1.21.0"),
}

#: A message is for people.
_MOST = 5


def dropped_key_results(view: View, running: Running) -> list[Result]:
    """One finding for the keys of stores, and one for those of dynamic configuration."""
    file = view.subject.server_file
    if file is None:
        return []
    # For several, the newest release says the most.
    releases = [release for match in running.matches for release in match.releases or match.neighbours]
    if not releases:
        return []
    told = [*_of_stores(releases[-1], file.store_keys)]
    dropped = dropped_keys(releases[-1], file.dynamic_keys)
    if dropped:
        more = f" and {len(dropped) - _MOST} more" if len(dropped) > _MOST else ""
        keys = f"{', '.join(dropped[:_MOST])}{more}"
        told.append(_result(releases[-1], f"dynamic configuration leaves out {keys}", SOURCE))
    return told


def _of_stores(release: Release, keys: tuple[str, ...]) -> Iterator[Result]:
    for key in keys:
        known, since, tag = _STORE_KEYS.get(key, (None, "", ""))
        if known is not None and not release.version.within(known):
            source = f"temporalio/temporal@{tag}: common/config/config.go"
            yield _result(release, f"persistence leaves out {key} ({since})", source)


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
