"""The server's side: which releases run, by every answer that there is, and what is to be said of them."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version as Number

from agent.matrix import Match, Matrix
from agent.matrix.requirements import DOCUMENT
from agent.model.observation import Facts
from agent.model.versions import UnreadableVersionError, parse_temporal
from agent.model.vocabulary import Check, Reason, Role, Verdict, worst
from agent.verdict.cluster import View
from agent.verdict.result import Result, ServerState

_REPORTED_BY = "the server itself"

#: Endpoints that tell the version of every replica, not of whichever answers.
_SHOW_REPLICAS = frozenset({"metrics", "prometheus"})


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


def version_result(view: View, running: Running, broken: list[Result]) -> Result:
    """The check `version` of the server: the worst of all versions that run.

    `broken` says of which it is known that they are, or may be, broken for their stores. That stays so when
    the server falls silent: a broken one may do just that.
    """
    if running.stale or not (running.matches or running.unreadable):
        results = [_result(Check.VERSION, Verdict.UNKNOWN, *view.silence(Role.SERVER))]
    else:
        results = [_judge_version(match) for match in running.matches]
        results += [_unreadable(Check.VERSION, raw) for raw in running.unreadable]
    results += broken
    decisive = worst([result.verdict for result in results])
    return next(result for result in results if result.verdict is decisive)


def _unreadable(check: Check, raw: str) -> Result:
    message = f"no version can be read in {raw[:60]!r}"
    return _result(check, Verdict.UNKNOWN, Reason.VERSION_UNREADABLE, message)


def _judge_version(match: Match) -> Result:
    names = " or ".join(release.name for release in match.releases)
    if match.reason is Reason.RELEASE_UNKNOWN and match.below is None:
        message = (
            f"Temporal {match.version.raw[:60]} is older than 1.0.0, where the matrix begins; its "
            "documentation does not recommend any version before that"
        )
        return _result(Check.VERSION, Verdict.UNKNOWN, match.reason, message, DOCUMENT)
    if match.reason is Reason.RELEASE_UNKNOWN:
        message = f"the matrix knows no release that reports {match.version.raw[:60]}"
        return _result(Check.VERSION, Verdict.UNKNOWN, match.reason, message)
    source = match.releases[0].source
    if match.reason is Reason.RELEASE_NOT_READ:
        message = f"Temporal {names} is known to exist, but what it supports was not read"
        return _result(Check.VERSION, Verdict.UNTESTED, match.reason, message, source)
    message = f"Temporal {match.version.raw} is release {names}"
    return _result(Check.VERSION, Verdict.SUPPORTED, match.reason, message, source)


def replicas_result(matrix: Matrix, view: View, running: Running) -> Result | None:
    """The check `replicas`, where some target shows every replica."""
    if not view.subject.sees_replicas:
        return None
    if running.stale or not (running.matches or running.unreadable):
        return _result(Check.REPLICAS, Verdict.UNKNOWN, *view.silence(Role.SERVER))
    versions = " and ".join(match.version.raw for match in running.matches)
    # A version of a single number is still a version.
    minors = [(*match.version.release, 0)[:2] for match in running.matches]
    if minors and skips_minor(matrix, minors[0], minors[-1]):
        message = f"{versions} run at the same time; only neighbouring minors may"
        return _result(Check.REPLICAS, Verdict.UNSUPPORTED, Reason.MINOR_SKIPPED, message, _REPORTED_BY)
    if running.unreadable:
        return _unreadable(Check.REPLICAS, running.unreadable[0])
    unseen = [o for o in view.of(Role.SERVER) if o.target.endpoint in _SHOW_REPLICAS and not view.fresh(o)]
    if unseen:
        # The frontend alone, or some replicas, say nothing of the others.
        return _result(Check.REPLICAS, Verdict.UNKNOWN, *view.silence_of(unseen))
    if len(running.matches) == 1:
        message = f"every replica that was seen runs {versions}"
        return _result(Check.REPLICAS, Verdict.SUPPORTED, Reason.SAME_VERSION, message, _REPORTED_BY)
    message = f"{versions} run at the same time, as they do during a rollout"
    return _result(Check.REPLICAS, Verdict.SUPPORTED, Reason.MIXED_VERSIONS, message, _REPORTED_BY)


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


def _result(check: Check, verdict: Verdict, reason: Reason, message: str, source: str = "") -> Result:
    return Result(Role.SERVER, check, "temporal", verdict, reason, message, source)
