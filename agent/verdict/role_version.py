"""The version of whatever fills a role, judged against every server version that runs."""

from __future__ import annotations

from agent.components.registry import original, relative_or, share_a_probe
from agent.matrix import Cell, Match, Matrix, Release
from agent.matrix.schema import plugins_for
from agent.model.observation import Facts
from agent.model.versions import UnreadableVersionError, Version, parse
from agent.model.vocabulary import Check, Reason, Role, Verdict, worst
from agent.verdict.cluster import View
from agent.verdict.result import Result
from agent.verdict.server.running_versions import Running

_GREEN = frozenset({Verdict.SUPPORTED, Verdict.UNTESTED})


class RoleJudge:
    """Judges the component of one role. `plugin` is empty where it has none, or none is known."""

    def __init__(
        self, matrix: Matrix, view: View, running: Running, role: Role, component: str, plugin: str = ""
    ) -> None:
        self._matrix = matrix
        self._view = view
        self._running = running
        self._role = role
        self._component = component
        self._plugin = plugin
        observations = view.of(role)
        self._facts: Facts | None = view.fresh(observations[0]) if observations else None
        #: What a message about a version names.
        self._software = relative_or(component, self._facts.component) if self._facts else component

    def version_result(self) -> Result:
        """The check `version`: the worst of all nodes, for the worst of all server versions."""
        if self._facts is None:
            return self._result(Check.VERSION, Verdict.UNKNOWN, *self._view.silence(self._role))
        return decisive([self._judge_version(node.version) for node in self._facts.nodes])

    def _judge_version(self, raw: str) -> Result:
        try:
            version = parse(raw)
        except UnreadableVersionError:
            message = f"no version can be read in {raw[:60]!r}"
            return self._result(Check.VERSION, Verdict.UNKNOWN, Reason.VERSION_UNREADABLE, message)
        if not self._running.matches:
            message = f"{self._software} {raw[:60]} runs; the server's release is not known"
            return self._result(Check.VERSION, Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        return self._dim(decisive([self._judge_for(match, version) for match in self._running.matches]))

    def _judge_for(self, match: Match, version: Version) -> Result:
        releases = match.releases or match.neighbours
        cells = [cell for release in releases for cell in self._cells(release, version)]
        verdicts = {cell.verdict for cell in cells}
        if verdicts == {Verdict.UNSUPPORTED} or (match.releases and len(verdicts) == 1):
            pair = f"{self._software} {version.raw[:60]}, Temporal {match.version.raw}"
            message = f"{cells[0].message} ({pair})"
            return self._result(Check.VERSION, cells[0].verdict, cells[0].reason, message, cells[0].source)
        reason = Reason.RELEASE_UNKNOWN
        if match.releases:
            reason = Reason.RELEASE_AMBIGUOUS if len(match.releases) > 1 else Reason.PLUGIN_UNKNOWN
        message = (
            f"{self._software} {version.raw[:60]} cannot be judged for Temporal {match.version.raw[:60]}"
        )
        return self._result(Check.VERSION, Verdict.UNKNOWN, reason, message)

    def _cells(self, release: Release, version: Version) -> list[Cell]:
        plugins = plugins_for(release, original(self._component), self._plugin) or ("",)
        flavor = self._facts.flavor if self._facts else ""
        # What answers may be OpenSearch where Elasticsearch is configured, or the other way round.
        component = self._component
        if self._facts is not None and share_a_probe(component, self._facts.component):
            component = self._facts.component
        return [
            self._matrix.support.cell(release, self._role, component, plugin, version, flavor)
            for plugin in plugins
        ]

    def _dim(self, result: Result) -> Result:
        """A server that fell silent takes the green away; what its stores exclude stays excluded."""
        if not self._running.stale or result.verdict not in _GREEN:
            return result
        message = f"server: {self._view.silence(Role.SERVER)[1]}"
        return self._result(result.check, Verdict.UNKNOWN, Reason.OBSERVATION_TOO_OLD, message)

    def _result(
        self, check: Check, verdict: Verdict, reason: Reason, message: str, source: str = ""
    ) -> Result:
        return Result(self._role, check, self._component, verdict, reason, message, source)


def decisive(results: list[Result]) -> Result:
    """The first of the worst."""
    if len(results) == 1:
        return results[0]
    verdict = worst([result.verdict for result in results])
    return next(result for result in results if result.verdict is verdict)
