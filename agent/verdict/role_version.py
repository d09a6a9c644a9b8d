"""The version of a role's component, judged for every running server version."""

from __future__ import annotations

from agent.components.registry import original, relative_or, share_a_probe, title_of
from agent.matrix import Cell, Release, ReleaseMatch
from agent.matrix.schema import plugins_for
from agent.model.observation import Facts
from agent.model.versions import UnreadableVersionError, Version, parse
from agent.model.vocabulary import Check, Reason, Role, Verdict, worst
from agent.verdict.check import NOTHING, CheckInputs, Outcome, one
from agent.verdict.result import Result

_NEEDS_A_FRESH_SERVER = frozenset({Verdict.SUPPORTED, Verdict.UNTESTED})


class RoleJudge:
    """Judges the component of one role. `plugin` is empty where it has none, or none is known."""

    def __init__(self, inputs: CheckInputs, role: Role, component: str, plugin: str = "") -> None:
        self.matrix = inputs.matrix
        self.view = inputs.view
        self.running = inputs.running
        self.role = role
        self.component = component
        self.plugin = plugin
        observations = self.view.of(role)
        self.facts: Facts | None = self.view.fresh(observations[0]) if observations else None
        #: The display name of the software whose version is judged.
        self.software = _software(component, self.facts)

    def version_result(self) -> Result:
        """The check `version`: the worst of all nodes, for the worst of all server versions."""
        if self.facts is None:
            return self.result(Check.VERSION, Verdict.UNKNOWN, *self.view.silence(self.role))
        return worst_result([self._judge_version(node.version) for node in self.facts.nodes])

    def _judge_version(self, raw: str) -> Result:
        try:
            version = parse(raw)
        except UnreadableVersionError:
            message = f"cannot parse a version from {raw[:60]!r}"
            return self.result(Check.VERSION, Verdict.UNKNOWN, Reason.VERSION_UNREADABLE, message)
        if not self.running.matches:
            message = f"{self.software} {raw[:60]} runs, but the server's release is not known"
            return self.result(Check.VERSION, Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        return self.downgrade_if_stale(
            worst_result([self._judge_for(match, version) for match in self.running.matches])
        )

    def _judge_for(self, match: ReleaseMatch, version: Version) -> Result:
        releases = match.releases or match.neighbours
        cells = [cell for release in releases for cell in self._cells(release, version)]
        verdicts = {cell.verdict for cell in cells}
        if verdicts == {Verdict.UNSUPPORTED} or (match.releases and len(verdicts) == 1):
            pair = f"{self.software} {version.raw[:60]}, Temporal {match.version.raw}"
            message = f"{cells[0].message.rstrip('.')} ({pair})"
            return self.result(Check.VERSION, cells[0].verdict, cells[0].reason, message, cells[0].source)
        reason = Reason.RELEASE_UNKNOWN
        if match.releases:
            reason = Reason.RELEASE_AMBIGUOUS if len(match.releases) > 1 else Reason.PLUGIN_UNKNOWN
        names = f"{self.software} {version.raw[:60]}", f"Temporal {match.version.raw[:60]}"
        message = f"it is not known whether {names[1]} supports {names[0]}"
        return self.result(Check.VERSION, Verdict.UNKNOWN, reason, message)

    def _cells(self, release: Release, version: Version) -> list[Cell]:
        plugins = plugins_for(release, original(self.component), self.plugin) or ("",)
        flavor = self.facts.flavor if self.facts else ""
        # OpenSearch may answer where Elasticsearch is configured, or the other way round.
        component = self.component
        if self.facts is not None and share_a_probe(component, self.facts.component):
            component = self.facts.component
        return [
            self.matrix.support.cell(release, self.role, component, plugin, version, flavor)
            for plugin in plugins
        ]

    def downgrade_if_stale(self, result: Result) -> Result:
        """If the server does not answer, what was supported or untested is unknown; the rest stays."""
        if not self.running.stale or result.verdict not in _NEEDS_A_FRESH_SERVER:
            return result
        if self.running.image_release:
            message = f"{result.message}. Only the tag of the server's image shows this release"
            return self.result(result.check, Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message, result.source)
        message = f"server: {self.view.silence(Role.SERVER)[1]}"
        return self.result(result.check, Verdict.UNKNOWN, Reason.OBSERVATION_TOO_OLD, message)

    def result(
        self, check: Check, verdict: Verdict, reason: Reason, message: str, source: str = ""
    ) -> Result:
        """The answer to a check of this role."""
        return Result(self.role, check, self.component, verdict, reason, message, source)


def _software(component: str, facts: Facts | None) -> str:
    """The display name of what answered: a compatible product, or the configured component."""
    if facts is None:
        return title_of(component)
    return title_of(relative_or(component, facts.component), facts.flavor)


def configured_role(inputs: CheckInputs, role: Role) -> RoleJudge | Outcome:
    """A role that is judged only where it is configured."""
    spec = inputs.view.subject.stores.get(role)
    return RoleJudge(inputs, role, spec.component) if spec is not None else NOTHING


def version_check(judge: RoleJudge) -> Outcome:
    """The check `version` of any role but the server."""
    return one(judge.version_result())


def worst_result(results: list[Result]) -> Result:
    """The first result with the worst verdict."""
    if len(results) == 1:
        return results[0]
    verdict = worst([result.verdict for result in results])
    return next(result for result in results if result.verdict is verdict)
