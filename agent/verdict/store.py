"""A store's side: its version, its plugin, its schema, and whether the server would start on it."""

from __future__ import annotations

from dataclasses import dataclass

from agent.matrix import Cell, Match, Matrix, Need, Release
from agent.matrix.schema import CHECKED_AT_START, component_of, need, plugins_for
from agent.observation import Facts, SchemaRow
from agent.verdict.result import Result, SchemaState, StartAnswer
from agent.verdict.server import Running
from agent.verdict.subject import StoreSpec, View
from agent.versions import UnreadableVersionError, Version, parse
from agent.vocabulary import Check, Reason, Role, Verdict, worst

_MISSING = frozenset({Reason.SCHEMA_ROW_MISSING, Reason.SCHEMA_TABLE_MISSING})
_GREEN = frozenset({Verdict.SUPPORTED, Verdict.UNTESTED})


@dataclass(frozen=True)
class StoreJudgement:
    """What is to be said of one store."""

    results: tuple[Result, ...]
    remarks: tuple[Result, ...]
    schema: SchemaState | None
    start: StartAnswer


class StoreJudge:
    """Judges the store of one role against every version that runs."""

    def __init__(self, matrix: Matrix, view: View, running: Running, role: Role, spec: StoreSpec) -> None:
        self._matrix = matrix
        self._view = view
        self._running = running
        self._role = role
        self._component = spec.component
        self._configured_plugin = spec.plugin
        told = running.plugins.get(role, ())
        # Two stores come comma-joined, the primary one first.
        self._told_plugin = told[0] if told else ""
        self._plugin = self._told_plugin or spec.plugin
        observations = view.of(role)
        self._facts: Facts | None = view.fresh(observations[0]) if observations else None

    def judge(self) -> StoreJudgement:
        """All results of this store."""
        if self._told_plugin and component_of(self._told_plugin) != self._component:
            return self._other_store()
        schema = self._schema_result()
        plugin = self._plugin_result()
        required = self._result(
            Check.REQUIRED,
            Verdict.SUPPORTED,
            Reason.CONFIGURED,
            f"a {self._role} store is configured",
            "configuration",
        )
        results = [self._version_result(), self._dim(plugin), required, *([schema] if schema else [])]
        return StoreJudgement(
            tuple(results), self._plugin_remarks(), self._schema_state(), self._start(schema, plugin)
        )

    def _other_store(self) -> StoreJudgement:
        message = (
            f"the server uses {self._told_plugin} for {self._role}, not the configured {self._component}"
        )
        checks = (Check.VERSION, Check.PLUGIN, Check.REQUIRED, Check.SCHEMA)
        results = tuple(
            self._result(check, Verdict.UNKNOWN, Reason.OTHER_STORE, message, "GetClusterInfo")
            for check in checks
        )
        return StoreJudgement(results, (), None, StartAnswer(None, message))

    # Version

    def _version_result(self) -> Result:
        if self._facts is None:
            return self._result(Check.VERSION, Verdict.UNKNOWN, *self._view.silence(self._role))
        results = [self._judge_version(node.version) for node in self._facts.nodes]
        return _decisive(results)

    def _judge_version(self, raw: str) -> Result:
        try:
            version = parse(raw)
        except UnreadableVersionError:
            message = f"no version can be read in {raw[:60]!r}"
            return self._result(Check.VERSION, Verdict.UNKNOWN, Reason.VERSION_UNREADABLE, message)
        if not self._running.matches:
            message = f"{self._component} {raw[:60]} runs; the server's release is not known"
            return self._result(Check.VERSION, Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        return self._dim(_decisive([self._judge_for(match, version) for match in self._running.matches]))

    def _judge_for(self, match: Match, version: Version) -> Result:
        releases = match.releases or tuple(r for r in (match.below, match.above) if r is not None)
        cells = [cell for release in releases for cell in self._cells(release, version)]
        verdicts = {cell.verdict for cell in cells}
        if match.releases and len(verdicts) == 1:
            result = self._from_cell(cells[0], match)
            return self._flavored(result) if self._facts and self._facts.flavor else result
        if verdicts == {Verdict.UNSUPPORTED}:
            return self._from_cell(cells[0], match)
        reason = Reason.RELEASE_UNKNOWN
        if match.releases:
            reason = Reason.RELEASE_AMBIGUOUS if len(match.releases) > 1 else Reason.PLUGIN_UNKNOWN
        message = (
            f"{self._component} {version.raw[:60]} cannot be judged for Temporal {match.version.raw[:60]}"
        )
        return self._result(Check.VERSION, Verdict.UNKNOWN, reason, message)

    def _cells(self, release: Release, version: Version) -> list[Cell]:
        plugins = plugins_for(release, self._component, self._plugin) or ("",)
        support = self._matrix.support
        return [support.cell(release, self._role, self._component, plugin, version) for plugin in plugins]

    def _from_cell(self, cell: Cell, match: Match) -> Result:
        message = f"{cell.message} (Temporal {match.version.raw})"
        return self._result(Check.VERSION, cell.verdict, cell.reason, message, cell.source)

    def _flavored(self, result: Result) -> Result:
        """A relative that speaks the same protocol is `untested`: no source vouches for it."""
        if result.verdict is not Verdict.SUPPORTED or self._facts is None:
            return result
        message = f"{self._facts.flavor} speaks the protocol of {self._component}, but no source names it"
        return self._result(Check.VERSION, Verdict.UNTESTED, Reason.UNTESTED_FLAVOR, message, result.source)

    # Plugin

    def _plugin_result(self) -> Result:
        if not self._plugin:
            message = "neither the server nor the configuration names the plugin"
            return self._result(Check.PLUGIN, Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN, message)
        if not self._running.matches:
            message = f"plugin {self._plugin}; the server's release is not known"
            return self._result(Check.PLUGIN, Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        return _decisive([self._judge_plugin(match) for match in self._running.matches])

    def _judge_plugin(self, match: Match) -> Result:
        known = [release for release in (match.below, match.above) if release is not None]
        there = [self._plugin in release.plugins for release in known]
        source = known[0].source if known else ""
        if there and all(there) and match.releases:
            message = f"Temporal {match.version.raw} has the plugin {self._plugin}"
            return self._result(Check.PLUGIN, Verdict.SUPPORTED, Reason.PLUGIN_AVAILABLE, message, source)
        if there and not any(there):
            message = f"Temporal {match.version.raw} has no plugin {self._plugin}"
            return self._result(
                Check.PLUGIN, Verdict.UNSUPPORTED, Reason.PLUGIN_NOT_IN_RELEASE, message, source
            )
        message = f"whether Temporal {match.version.raw[:60]} has the plugin {self._plugin} is not known"
        return self._result(Check.PLUGIN, Verdict.UNKNOWN, match.reason, message)

    def _plugin_remarks(self) -> tuple[Result, ...]:
        told, configured = self._told_plugin, self._configured_plugin
        if not told or not configured or told == configured:
            return ()
        message = f"the configuration names the plugin {configured}, the server uses {told}"
        return (
            self._result(Check.PLUGIN, Verdict.SUPPORTED, Reason.PLUGIN_MISMATCH, message, "GetClusterInfo"),
        )

    # Schema

    @property
    def _row(self) -> SchemaRow | None:
        return self._facts.schema if self._facts else None

    def _schema_result(self) -> Result | None:
        if self._facts is None:
            return self._result(Check.SCHEMA, Verdict.UNKNOWN, *self._view.silence(self._role))
        row = self._facts.schema
        if row is None:
            return None
        if row.problem is not None:
            verdict = Verdict.UNSUPPORTED if row.problem.reason in _MISSING else Verdict.UNKNOWN
            return self._result(Check.SCHEMA, verdict, row.problem.reason, row.problem.text)
        version = _readable(row)
        if version is None:
            # The server compares it too, and refuses what it cannot read.
            message = f"the schema version {str(row.version)[:60]!r} cannot be read"
            return self._result(Check.SCHEMA, Verdict.UNSUPPORTED, Reason.SCHEMA_UNREADABLE, message)
        if not self._running.matches:
            message = f"the schema is {version}; the server's release is not known"
            return self._result(Check.SCHEMA, Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        return _decisive([self._judge_schema(match, version) for match in self._running.matches])

    def _judge_schema(self, match: Match, version: Version) -> Result:
        required = self._need(match)
        server = f"Temporal {match.version.raw}"
        source = match.below.source if match.below else ""
        if required.low is not None and version.number < required.low.number:
            message = f"{server} needs schema {required.low}, found {version}"
            return self._result(Check.SCHEMA, Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND, message, source)
        if required.low is None and required.high is None and match.releases:
            message = f"{server} has no schema for {self._plugin or self._component} to compare with"
            reason = Reason.PLUGIN_NOT_IN_RELEASE if self._plugin else Reason.COMPONENT_NOT_SUPPORTED
            return self._result(Check.SCHEMA, Verdict.UNKNOWN, reason, message, source)
        if required.high is None or version.number < required.high.number:
            message = f"schema {version} may be enough for {server} or not"
            return self._result(Check.SCHEMA, Verdict.UNKNOWN, required.reason, message, source)
        if version.number == required.high.number:
            message = f"{server} needs schema {required.high}, found {version}"
            return self._result(Check.SCHEMA, Verdict.SUPPORTED, Reason.SCHEMA_CURRENT, message, source)
        message = f"{server} needs schema {required.high} and runs on {version}, which is newer"
        return self._result(Check.SCHEMA, Verdict.SUPPORTED, Reason.SCHEMA_AHEAD, message, source)

    def _need(self, match: Match) -> Need:
        return need(match, self._component, self._plugin, self._role)

    def _schema_state(self) -> SchemaState | None:
        version = _readable(self._row) if self._row else None
        if version is None:
            return None
        exact = [need.exact for need in map(self._need, self._running.matches)]
        certain = [need for need in exact if need is not None]
        required = max(certain, key=lambda need: need.number) if certain and None not in exact else None
        drift = (
            self._matrix.schemas.drift(self._component, self._role, required, version) if required else None
        )
        return SchemaState(
            self._role, self._component, self._plugin, version.raw, required.raw if required else "", drift
        )

    # Would it start

    def _start(self, schema: Result | None, plugin: Result) -> StartAnswer:
        """By what the server last seen would find now, so a silent server changes nothing here."""
        if plugin.verdict is Verdict.UNSUPPORTED:
            return StartAnswer(False, plugin.message)
        if self._facts is None:
            return StartAnswer(None, f"{self._role}: {self._view.silence(self._role)[1]}")
        checked = self._component in CHECKED_AT_START
        if checked and schema is not None and schema.verdict is Verdict.UNSUPPORTED:
            # Without a row or a table no release starts, whichever runs.
            return StartAnswer(False, f"{self._role}: {schema.message}")
        if not self._running.matches:
            return StartAnswer(None, "the server's release is not known")
        if not checked:
            if plugin.verdict is not Verdict.SUPPORTED:
                return StartAnswer(None, plugin.message)
            return StartAnswer(True, f"the server does not check the schema of {self._component} at start")
        if schema is None or schema.verdict is Verdict.UNKNOWN:
            return StartAnswer(None, schema.message if schema else f"the {self._role} schema is not known")
        return StartAnswer(True, f"{self._role}: {schema.message}")

    # Shared

    def _dim(self, result: Result) -> Result:
        """A server that fell silent takes the green away; what its stores exclude stays excluded."""
        if not self._running.stale or result.verdict not in _GREEN:
            return result
        _, message = self._view.silence(Role.SERVER)
        message = f"server: {message}"
        return self._result(result.check, Verdict.UNKNOWN, Reason.OBSERVATION_TOO_OLD, message)

    def _result(
        self, check: Check, verdict: Verdict, reason: Reason, message: str, source: str = ""
    ) -> Result:
        return Result(self._role, check, self._component, verdict, reason, message, source)


def _readable(row: SchemaRow) -> Version | None:
    try:
        return parse(row.version or "")
    except UnreadableVersionError:
        return None


def _decisive(results: list[Result]) -> Result:
    verdict = worst([result.verdict for result in results])
    return next(result for result in results if result.verdict is verdict)
