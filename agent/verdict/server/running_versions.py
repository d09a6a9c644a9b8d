"""Which releases of the server run, by every answer that there is."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version as Number

from agent.matrix import Match, Matrix
from agent.model.observation import Facts
from agent.model.versions import UnreadableVersionError, parse_temporal
from agent.model.vocabulary import Role
from agent.verdict.cluster import View
from agent.verdict.result import ServerState


@dataclass(frozen=True)
class Running:
    """The versions that run, oldest first. `stale`: as of the server's last answer.

    `unreadable` holds versions that are none, as they were written. `plugins` are the server's own
    words for the plugin of each store.
    """

    matches: tuple[Match, ...]
    unreadable: tuple[str, ...]
    plugins: dict[Role, tuple[str, ...]]
    stale: bool

    def plugin(self, role: Role) -> str:
        """The server's own word for what holds a role, empty where it gives none.

        Two visibility stores come comma-joined, the primary one first.
        """
        secondary = role is Role.SECONDARY_VISIBILITY
        names = self.plugins.get(Role.VISIBILITY if secondary else role, ())
        place = int(secondary)
        return names[place] if len(names) > place else ""


def running(matrix: Matrix, view: View) -> Running:
    """What runs, by the fresh answers; without any, by the last ones. An assumed release goes before all."""
    observations = view.of(Role.SERVER)
    fresh = [facts for facts in map(view.fresh, observations) if facts is not None and facts.nodes]
    last = [o.facts for o in observations if o.facts is not None and o.facts.nodes]
    facts = fresh or last
    matches, unreadable = _matches(matrix, facts)
    plugins: dict[Role, tuple[str, ...]] = {}
    # The plugins are configuration and stay known when, of all endpoints, only the frontend is silent.
    # A fresh answer comes after the others, so that its word is the one that counts.
    for source in (*last, *fresh):
        plugins.update(source.plugins)
    if view.subject.assumed:
        # It would run with the configuration of what runs now.
        return Running((matrix.releases.assume(view.subject.assumed),), (), plugins, stale=False)
    return Running(matches, unreadable, plugins, stale=bool(last) and not fresh)


def _matches(matrix: Matrix, facts: list[Facts]) -> tuple[tuple[Match, ...], tuple[str, ...]]:
    matches: dict[Number, Match] = {}
    unreadable = []
    for raw in sorted({node.version for source in facts for node in source.nodes}):
        try:
            version = parse_temporal(raw)
        except UnreadableVersionError:
            unreadable.append(raw)
            continue
        # 1.31.2 by gRPC and 1_31_2 in metrics are one version.
        matches.setdefault(version.number, matrix.releases.match(version))
    ordered = sorted(matches.values(), key=lambda match: match.version.number)
    return tuple(ordered), tuple(unreadable)


def skips_minor(matrix: Matrix, older: tuple[int, ...], newer: tuple[int, ...]) -> bool:
    """Whether there is a minor between these two."""
    between = [minor for minor in matrix.releases.minors if older < minor < newer]
    # Beyond what the matrix knows, the numbers themselves must do.
    return bool(between) or (older[0] == newer[0] and newer[1] - older[1] > 1)


def server_state(matrix: Matrix, running: Running) -> ServerState | None:
    """The oldest release that runs; nothing until a version was read."""
    if not running.matches:
        return None
    match = running.matches[0]
    release = match.releases[0] if match.releases else None
    if release is None:
        return ServerState(match.version.raw, "", None, 0, 0, running.stale)
    return ServerState(
        version=match.version.raw,
        release=release.name,
        published=release.published,
        patches_behind=len(matrix.releases.newer_patches(release)),
        minors_behind=len(matrix.releases.newer_minors(release)),
        stale=running.stale,
    )
