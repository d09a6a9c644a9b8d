"""The Go version that built the running binaries, compared with what their release requires."""

from __future__ import annotations

import re

from agent.matrix import Matrix, Release
from agent.model.versions import UnreadableVersionError, Version, parse, parse_temporal
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.check import CheckInputs, Outcome, one
from agent.verdict.cluster import ClusterView
from agent.verdict.result import Result
from agent.verdict.role_version import worst_result
from agent.verdict.server.running_versions import RunningVersions

#: What runtime.Version() returns for a release of Go: `go1.26.8`, or `go1.26.8 X:boringcrypto`. `devel …` has
#: no number.
_GO = re.compile(r"go(?P<version>[0-9]+\.[0-9]+(?:\.[0-9]+)?(?:(?:rc|beta)[0-9]+)?)(?!\.?[0-9])", re.ASCII)


def toolchain_check(inputs: CheckInputs) -> Outcome:
    """The worst result of all binaries; nothing where no endpoint reports a Go version."""
    return one(_toolchain(inputs.matrix, inputs.view, inputs.running))


def _toolchain(matrix: Matrix, view: ClusterView, running: RunningVersions) -> Result | None:
    answers = [facts for facts in map(view.fresh, view.of(Role.SERVER)) if facts is not None]
    built_with = sorted(
        {(node.version, node.toolchain) for facts in answers for node in facts.nodes if node.toolchain}
    )
    results = [
        _best([_judge(matrix, release, toolchain) for release in releases])
        for version, toolchain in built_with
        if (releases := _releases(running, version))
    ]
    if not built_with or not running.matches:
        return None
    if not results:
        message = f"built with {built_with[0][1][:60]}, but the server's release is not known"
        return _result(Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN, message)
    return worst_result(results)


def _best(results: list[Result]) -> Result:
    """Of several releases that report one version, it must be one that this Go can build."""
    return next((result for result in results if result.verdict is Verdict.SUPPORTED), results[0])


def _releases(running: RunningVersions, raw: str) -> tuple[Release, ...]:
    try:
        number = parse_temporal(raw).number
    except UnreadableVersionError:
        return ()
    return next((match.releases for match in running.matches if match.version.number == number), ())


def _judge(matrix: Matrix, release: Release, raw: str) -> Result:
    built_with = _read(raw)
    if built_with is None:
        message = f"cannot parse a Go version from {raw[:60]!r}"
        return _result(Verdict.UNKNOWN, Reason.VERSION_UNREADABLE, message)
    oldest = matrix.support.oldest_go(release)
    if oldest is None:
        message = f"built with Go {built_with}, but the Go that Temporal {release.name} requires is not known"
        return _result(Verdict.UNTESTED, Reason.RELEASE_NOT_READ, message, release.source)
    required, source = oldest
    message = f"Temporal {release.name} requires Go {required} or newer, and was built with {built_with}"
    if built_with.number < parse(required).number:
        return _result(Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM, message, source)
    return _result(Verdict.SUPPORTED, Reason.DOCUMENTED, message, source)


def _read(raw: str) -> Version | None:
    match = _GO.match(raw)
    return parse(match["version"]) if match else None


def _result(verdict: Verdict, reason: Reason, message: str, source: str = "") -> Result:
    return Result(Role.SERVER, Check.TOOLCHAIN, "go", verdict, reason, message, source)
