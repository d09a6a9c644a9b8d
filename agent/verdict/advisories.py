"""Published warnings about what runs. They change no verdict, unless a release is broken for its store."""

from __future__ import annotations

from agent.components.registry import original, relative_or
from agent.matrix import Advisory, Concerns, Match, Matrix, StoreUse, Uses
from agent.matrix.schema import is_store_of
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import StoreSpec, View
from agent.verdict.result import Result
from agent.verdict.server.running_versions import Running


class Warnings:
    """What was published about the releases that run, with the stores that they use."""

    def __init__(self, matrix: Matrix, view: View, running: Running) -> None:
        used = _uses(matrix, view, running)
        self._matrix = matrix
        self._concerns = [
            (match, [matrix.advisories.concerning(release, used) for release in match.releases])
            for match in running.matches
        ]

    def advisories(self) -> tuple[Advisory, ...]:
        """Those that concern any release that runs, or may; each once, the most urgent first."""
        found = [concerns for _, of_match in self._concerns for concerns in of_match]
        if len(found) == 1:
            return found[0].all
        ids = {advisory.id for concerns in found for advisory in concerns.all}
        return tuple(advisory for advisory in self._matrix.advisories.all if advisory.id in ids)

    def broken_results(self) -> list[Result]:
        """The server's check `version`, for each version that is broken for its stores, or may be."""
        results = [_broken(match, of_match) for match, of_match in self._concerns]
        return [result for result in results if result is not None]


def _uses(matrix: Matrix, view: View, running: Running) -> Uses:
    """What fills each role, by the server's own word where it gave one, else as configured."""
    specs = view.subject.stores
    roles = [*specs, *(role for role in running.plugins if role not in specs)]
    return tuple((role, _use(matrix, view, running, role, specs.get(role))) for role in roles)


def _use(matrix: Matrix, view: View, running: Running, role: Role, spec: StoreSpec | None) -> StoreUse:
    told = running.plugin(role)
    if told and (spec is None or not is_store_of(matrix.plugins, told, original(spec.component))):
        # Whatever was observed, it was another store.
        return StoreUse(matrix.plugins.component_of(told), told)
    facts = [observation.facts for observation in view.of(role) if observation.facts is not None]
    component, plugin = (spec.component, spec.plugin) if spec else ("", "")
    if facts:
        component = relative_or(component, facts[0].component)
    # As they were last read: a store that falls silent is not another one.
    versions = tuple(node.version for source in facts for node in source.nodes)
    return StoreUse(component, told or plugin, facts[0].flavor if facts else "", versions)


def _broken(match: Match, concerns: list[Concerns]) -> Result | None:
    broken = [advisory for of_release in concerns for advisory in of_release.broken]
    open_ = [advisory for of_release in concerns for advisory in of_release.may_be_broken]
    if not broken and not open_:
        return None
    name, advisory = match.version.raw[:60], (broken or open_)[0]
    if all(of_release.broken for of_release in concerns):
        message = f"Temporal {name} is broken here: {advisory.summary}"
        return _result(Verdict.UNSUPPORTED, Reason.RELEASE_BROKEN, message, advisory.source)
    # Of several releases behind this version not all are, or it depends on a plugin.
    reason = Reason.RELEASE_AMBIGUOUS if broken else Reason.PLUGIN_UNKNOWN
    message = f"Temporal {name} may be broken here: {advisory.summary}"
    return _result(Verdict.UNKNOWN, reason, message, advisory.source)


def _result(verdict: Verdict, reason: Reason, message: str, source: str) -> Result:
    return Result(Role.SERVER, Check.VERSION, "temporal", verdict, reason, message, source)
