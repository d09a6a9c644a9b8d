"""Published warnings about the running releases. They change a verdict only where a release is broken."""

from __future__ import annotations

from collections.abc import Sequence

from agent.components.registry import original, relative_or
from agent.matrix import Application, Concerns, Matrix, ReleaseMatch, StoreUse, Uses
from agent.matrix.advisories import either
from agent.matrix.schema import is_store_of
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import ClusterView, StoreSpec
from agent.verdict.conditions import seen
from agent.verdict.result import Result, Warned
from agent.verdict.server.running_versions import RunningVersions


class Warnings:
    """The warnings about the running releases with the stores that they use."""

    def __init__(self, matrix: Matrix, view: ClusterView, running: RunningVersions) -> None:
        uses, facts = _uses(matrix, view, running), seen(view.subject, view.observations)
        self._matrix = matrix
        self._concerns = [
            (match, [matrix.advisories.concerning(release, uses) for release in match.releases])
            for match in running.matches
        ]
        self._applying = [
            [matrix.advisories.applying(release, uses, facts) for release in match.releases]
            for match in running.matches
        ]

    def advisories(self) -> tuple[Warned, ...]:
        """The warnings about a running release with its stores; each once, the most urgent first.

        Those whose condition is not true are among them.
        """
        answers: dict[str, list[bool | None]] = {}
        for of_match in filter(None, self._applying):
            for name, applies in _of_version(of_match).items():
                answers.setdefault(name, []).append(applies)
        return tuple(
            Warned(advisory, either(answers[advisory.id]))
            for advisory in self._matrix.advisories.all
            if advisory.id in answers
        )

    def broken_results(self) -> list[Result]:
        """The server's check `version`, for each version that is, or may be, broken for its stores."""
        results = [_broken(match, of_match) for match, of_match in self._concerns]
        return [result for result in results if result is not None]


def _of_version(releases: Sequence[tuple[Application, ...]]) -> dict[str, bool | None]:
    """The warnings about one version. If several releases report it, all must agree; else it is not known."""
    answers = [{each.advisory.id: each.applies for each in of_release} for of_release in releases]
    merged: dict[str, bool | None] = {}
    for name in {name for of_release in answers for name in of_release}:
        found = {of_release.get(name, False) for of_release in answers}
        merged[name] = found.pop() if len(found) == 1 else None
    return merged


def _uses(matrix: Matrix, view: ClusterView, running: RunningVersions) -> Uses:
    """The component in each role, as the server reports it, else as configured."""
    specs = view.subject.stores
    roles = [*specs, *(role for role in running.plugins if role not in specs)]
    return tuple((role, _use(matrix, view, running, role, specs.get(role))) for role in roles)


def _use(
    matrix: Matrix, view: ClusterView, running: RunningVersions, role: Role, spec: StoreSpec | None
) -> StoreUse:
    reported = running.plugin(role)
    if reported and (spec is None or not is_store_of(matrix.plugins, reported, original(spec.component))):
        # What was observed is another store.
        return StoreUse(matrix.plugins.component_of(reported), reported)
    facts = [observation.facts for observation in view.of(role) if observation.facts is not None]
    component, plugin = (spec.component, spec.plugin) if spec else ("", "")
    if facts:
        component = relative_or(component, facts[0].component)
    # The last answers, however old: a store that does not answer has not changed.
    versions = tuple(node.version for source in facts for node in source.nodes)
    return StoreUse(component, reported or plugin, facts[0].flavor if facts else "", versions)


def _broken(match: ReleaseMatch, concerns: list[Concerns]) -> Result | None:
    broken = [advisory for of_release in concerns for advisory in of_release.broken]
    possible = [advisory for of_release in concerns for advisory in of_release.may_be_broken]
    if not broken and not possible:
        return None
    name, advisory = match.version.raw[:60], (broken or possible)[0]
    if all(of_release.broken for of_release in concerns):
        message = f"Temporal {name} is broken with these stores: {advisory.summary}"
        return _result(Verdict.UNSUPPORTED, Reason.RELEASE_BROKEN, message, advisory.source)
    # Several releases report this version and not all are broken, or it depends on the plugin.
    reason = Reason.RELEASE_AMBIGUOUS if broken else Reason.PLUGIN_UNKNOWN
    message = f"Temporal {name} may be broken with these stores: {advisory.summary}"
    return _result(Verdict.UNKNOWN, reason, message, advisory.source)


def _result(verdict: Verdict, reason: Reason, message: str, source: str) -> Result:
    return Result(Role.SERVER, Check.VERSION, "temporal", verdict, reason, message, source)
