"""The running releases of the server, from all answers."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version as PackagingVersion

from agent.matrix import Matrix, ReleaseMatch
from agent.model.observation import Facts
from agent.model.versions import UnreadableVersionError, parse_temporal
from agent.model.vocabulary import Role
from agent.verdict.cluster import ClusterView
from agent.verdict.result import ServerState


@dataclass(frozen=True)
class RunningVersions:
    """The running versions, oldest first. `stale`: the server does not answer; these are from its last
    answer.

    `unreadable`: reported texts that are not versions. `plugins`: the plugin of each store, as the server
    reports it. `image_release`: no server has answered, and `matches` is the release of the image's tag.
    """

    matches: tuple[ReleaseMatch, ...]
    unreadable: tuple[str, ...]
    plugins: dict[Role, tuple[str, ...]]
    stale: bool
    image_release: str = ""

    def plugin(self, role: Role) -> str:
        """The plugin or store that the server reports for a role; empty where it reports none.

        For two visibility stores the server reports both, the primary one first.
        """
        secondary = role is Role.SECONDARY_VISIBILITY
        names = self.plugins.get(Role.VISIBILITY if secondary else role, ())
        place = int(secondary)
        return names[place] if len(names) > place else ""


def detect_running_versions(matrix: Matrix, view: ClusterView) -> RunningVersions:
    """The running versions by the fresh answers, else by the last ones. An assumed release overrides both."""
    observations = view.of(Role.SERVER)
    fresh = [facts for facts in map(view.fresh, observations) if facts is not None and facts.nodes]
    last = [o.facts for o in observations if o.facts is not None and o.facts.nodes]
    facts = fresh or last
    matches, unreadable = _matches(matrix, facts)
    plugins: dict[Role, tuple[str, ...]] = {}
    # Plugins are configuration, so they stay known if only the frontend does not answer. Fresh answers
    # override older ones.
    for source in (*last, *fresh):
        plugins.update(source.plugins)
    if view.subject.assumed:
        # It would run with the configuration of the running release.
        return RunningVersions(
            (matrix.releases.resolve_release(view.subject.assumed),), (), plugins, stale=False
        )
    file = view.subject.server_file
    if file is not None and file.image_release and not last:
        by_image = (matrix.releases.resolve_release(file.image_release),)
        return RunningVersions(by_image, (), plugins, stale=True, image_release=file.image_release)
    return RunningVersions(matches, unreadable, plugins, stale=bool(last) and not fresh)


def _matches(matrix: Matrix, facts: list[Facts]) -> tuple[tuple[ReleaseMatch, ...], tuple[str, ...]]:
    matches: dict[PackagingVersion, ReleaseMatch] = {}
    unreadable = []
    for raw in sorted({node.version for source in facts for node in source.nodes}):
        try:
            version = parse_temporal(raw)
        except UnreadableVersionError:
            unreadable.append(raw)
            continue
        # 1.31.2 from gRPC and 1_31_2 from metrics are the same version.
        matches.setdefault(version.number, matrix.releases.match(version))
    ordered = sorted(matches.values(), key=lambda match: match.version.number)
    return tuple(ordered), tuple(unreadable)


def skips_minor(matrix: Matrix, older: tuple[int, ...], newer: tuple[int, ...]) -> bool:
    """Whether there is a minor between these two."""
    between = [minor for minor in matrix.releases.minors if older < minor < newer]
    # For releases that the matrix does not know, only the numbers can be compared.
    return bool(between) or (older[0] == newer[0] and newer[1] - older[1] > 1)


def server_state(matrix: Matrix, running: RunningVersions) -> ServerState | None:
    """The oldest running release; None until a server has reported a version."""
    if not running.matches or running.image_release:
        return None
    match = running.matches[0]
    release = match.releases[0] if match.releases else None
    last = running.matches[-1].releases
    newest = last[0].name if last else ""
    if release is None:
        return ServerState(match.version.raw, "", None, 0, 0, running.stale, newest)
    return ServerState(
        version=match.version.raw,
        release=release.name,
        published=release.published,
        patches_behind=len(matrix.releases.newer_patches(release)),
        minors_behind=len(matrix.releases.newer_minors(release)),
        stale=running.stale,
        newest=newest,
    )
