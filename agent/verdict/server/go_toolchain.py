"""The Go that the running binaries were built with, against what their release asks for."""

from __future__ import annotations

import re

from agent.matrix import Matrix, Release
from agent.model.versions import UnreadableVersionError, Version, parse, parse_temporal
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.check import CheckInputs, Outcome, one
from agent.verdict.cluster import View
from agent.verdict.result import Result
from agent.verdict.role_version import decisive
from agent.verdict.server.running_versions import Running

#: What runtime.Version() writes of a release of Go (`go1.26.8`), and what may stand behind it
#: (`go1.26.8 X:boringcrypto`); `devel …` has no number.
_GO = re.compile(r"go(?P<version>[0-9]+\.[0-9]+(?:\.[0-9]+)?(?:(?:rc|beta)[0-9]+)?)(?!\.?[0-9])", re.ASCII)


def toolchain_check(inputs: CheckInputs) -> Outcome:
    """The worst of all binaries; nothing where no endpoint says what a binary was built with."""
    return one(_toolchain(inputs.matrix, inputs.view, inputs.running))


def _toolchain(matrix: Matrix, view: View, running: Running) -> Result | None:
    facts = [found for found in map(view.fresh, view.of(Role.SERVER)) if found is not None]
    told = sorted(
        {(node.version, node.toolchain) for found in facts for node in found.nodes if node.toolchain}
    )
    results = [
        _best([_judge(matrix, release, toolchain) for release in releases])
        for version, toolchain in told
        if (releases := _releases(running, version))
    ]
    if not told or not running.matches:
        return None
    if not results:
        return _result(Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN, f"built with {told[0][1][:60]}")
    return decisive(results)


def _best(results: list[Result]) -> Result:
    """Of several releases behind one reported version, it is none that this Go could not have built."""
    return next((result for result in results if result.verdict is Verdict.SUPPORTED), results[0])


def _releases(running: Running, raw: str) -> tuple[Release, ...]:
    try:
        number = parse_temporal(raw).number
    except UnreadableVersionError:
        return ()
    return next((match.releases for match in running.matches if match.version.number == number), ())


def _judge(matrix: Matrix, release: Release, raw: str) -> Result:
    built_with = _read(raw)
    if built_with is None:
        message = f"no version of Go can be read in {raw[:60]!r}"
        return _result(Verdict.UNKNOWN, Reason.VERSION_UNREADABLE, message)
    oldest = matrix.support.oldest_go(release)
    if oldest is None:
        message = f"built with Go {built_with}; what Temporal {release.name} asks for was not read"
        return _result(Verdict.UNTESTED, Reason.RELEASE_NOT_READ, message, release.source)
    asked, source = oldest
    message = f"Temporal {release.name} asks for Go {asked} or newer, and was built with {built_with}"
    if built_with.number < parse(asked).number:
        return _result(Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM, message, source)
    return _result(Verdict.SUPPORTED, Reason.DOCUMENTED, message, source)


def _read(raw: str) -> Version | None:
    match = _GO.match(raw)
    return parse(match["version"]) if match else None


def _result(verdict: Verdict, reason: Reason, message: str, source: str = "") -> Result:
    return Result(Role.SERVER, Check.TOOLCHAIN, "go", verdict, reason, message, source)
