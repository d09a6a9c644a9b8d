"""A store's side: its version, its plugin, its schema, and whether the server would start on it."""

from __future__ import annotations

from dataclasses import dataclass

from agent.matrix import Match, Matrix, Need
from agent.matrix.index import clients, index_need
from agent.matrix.roles import SEARCH, SQL, refusal
from agent.matrix.schema import is_checked_at_start, is_store_of, is_too_new, need
from agent.observation import SchemaRow
from agent.verdict.component import RoleJudge, decisive
from agent.verdict.index import IndexJudge
from agent.verdict.prerequisites import applies, prerequisites
from agent.verdict.result import Result, SchemaState, StartAnswer
from agent.verdict.schema_version import read_schema_version
from agent.verdict.server import Running
from agent.verdict.shape import inspected
from agent.verdict.subject import StoreSpec, View
from agent.versions import Version
from agent.vocabulary import FURTHER_STORE_ROLES, Check, Reason, Role, Verdict

#: As a schema, a database is missing only where something else of its server was read.
_MISSING = frozenset({Reason.SCHEMA_ROW_MISSING, Reason.SCHEMA_TABLE_MISSING, Reason.DATABASE_MISSING})


@dataclass(frozen=True)
class StoreJudgement:
    """What is to be said of one store."""

    results: tuple[Result, ...]
    remarks: tuple[Result, ...]
    schema: SchemaState | None
    start: StartAnswer


class StoreJudge(RoleJudge):
    """Judges the store of one role: what any role's judge says, and its plugin and schema."""

    def __init__(self, matrix: Matrix, view: View, running: Running, role: Role, spec: StoreSpec) -> None:
        self._told_plugin = running.plugin(role)
        self._configured_plugin = spec.plugin
        self._is_search = spec.component in SEARCH
        # Of a search store and of Cassandra the server tells the kind alone; the former's `plugin` is the
        # client that it is to use.
        plugin = self._told_plugin or spec.plugin if spec.component in SQL else ""
        super().__init__(matrix, view, running, role, spec.component, plugin)
        self._index: IndexJudge | None = None
        if self._is_search and self._facts is not None and self._facts.index is not None:
            self._index = IndexJudge(matrix, running, role, spec.component, self._facts.index)

    def judge(self) -> StoreJudgement:
        """All results of this store."""
        if self._told_plugin and not is_store_of(self._told_plugin, self._component):
            return self._other_store()
        schema = self._schema_result()
        plugin = self._client_result() if self._is_search else self._plugin_result()
        required = self._result(
            Check.REQUIRED,
            Verdict.SUPPORTED,
            Reason.CONFIGURED,
            f"a {self._role} store is configured",
            "configuration",
        )
        results = [self.version_result()]
        results += [self._dim(plugin)] if plugin else []
        results += [required] if self._role not in FURTHER_STORE_ROLES else []
        able = self._prerequisites_result()
        results += [self._dim(able)] if able else []
        shaped, begun = inspected(schema, self._matrix, self._facts)
        remarks = self._index.remarks() if self._index else self._plugin_remarks()
        remarks += self._node_remarks() + begun
        return StoreJudgement((*results, *shaped), remarks, self._schema_state(), self._start(schema, plugin))

    def _other_store(self) -> StoreJudgement:
        message = (
            f"the server uses {self._told_plugin} for {self._role}, not the configured {self._component}"
        )
        checks = [Check.VERSION, Check.PLUGIN, Check.SCHEMA]
        if self._role not in FURTHER_STORE_ROLES:
            checks.insert(2, Check.REQUIRED)
        results = tuple(
            self._result(check, Verdict.UNKNOWN, Reason.OTHER_STORE, message, "GetClusterInfo")
            for check in checks
        )
        return StoreJudgement(results, (), None, StartAnswer(None, message))

    # Plugin

    def _plugin_result(self) -> Result | None:
        """Nothing where nobody names a plugin, or the store takes none: there is no question then."""
        if not self._plugin or self._component not in SQL:
            return None
        if not self._running.matches:
            message = f"plugin {self._plugin}; the server's release is not known"
            return self._result(Check.PLUGIN, Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        return decisive([self._judge_plugin(match) for match in self._running.matches])

    def _judge_plugin(self, match: Match) -> Result:
        known = match.neighbours
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

    def _client_result(self) -> Result | None:
        """Whether the releases take the value of `elasticsearch.version`; nothing where none is named."""
        client = self._configured_plugin
        if not client:
            return None
        if not self._running.matches:
            message = f"version {client}; the server's release is not known"
            return self._result(Check.PLUGIN, Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        return decisive([self._judge_client(match, client) for match in self._running.matches])

    def _judge_client(self, match: Match, client: str) -> Result:
        known = [clients(release) for release in match.releases or match.neighbours]
        takes = [not taken or client in taken for taken, _ in known]
        source = known[0][1] if known else ""
        server = f"Temporal {match.version.raw[:60]}"
        if takes and all(takes):
            message = f"{server} takes the Elasticsearch version {client}"
            return self._result(Check.PLUGIN, Verdict.SUPPORTED, Reason.PLUGIN_AVAILABLE, message, source)
        if takes and not any(takes):
            message = f"{server} does not take {client} as the version of its Elasticsearch configuration"
            return self._result(
                Check.PLUGIN, Verdict.UNSUPPORTED, Reason.PLUGIN_NOT_IN_RELEASE, message, source
            )
        message = f"whether {server} takes the Elasticsearch version {client} is not known"
        return self._result(Check.PLUGIN, Verdict.UNKNOWN, match.reason, message)

    def _plugin_remarks(self) -> tuple[Result, ...]:
        told, configured = self._told_plugin, self._configured_plugin
        if not told or not configured or told == configured:
            return ()
        message = f"the configuration names the plugin {configured}, the server uses {told}"
        return (
            self._result(Check.PLUGIN, Verdict.SUPPORTED, Reason.PLUGIN_MISMATCH, message, "GetClusterInfo"),
        )

    # Prerequisites

    def _prerequisites_result(self) -> Result | None:
        """Nothing where the store has none, or nothing could be asked."""
        check, needs = Check.PREREQUISITES, [self._need(match) for match in self._running.matches]
        if self._facts is None:
            if not applies(self._role, self._component, needs):
                return None
            return self._result(check, Verdict.UNKNOWN, *self._view.silence(self._role))
        answers = prerequisites(self._role, self._component, needs, self._facts)
        if not answers:
            return None
        return decisive(
            [
                self._result(check, answer.verdict, answer.reason, answer.message, answer.source)
                for answer in answers
            ]
        )

    def _node_remarks(self) -> tuple[Result, ...]:
        """Each node is judged by itself; that they differ is a finding, as in the midst of an upgrade."""
        versions = sorted({node.version for node in self._facts.nodes} if self._facts else ())
        if len(versions) < 2:
            return ()
        message = f"the nodes of {self._component} run {', '.join(versions)[:120]} at once"
        return (self._result(Check.REPLICAS, Verdict.SUPPORTED, Reason.MIXED_VERSIONS, message),)

    # Schema

    @property
    def _row(self) -> SchemaRow | None:
        return self._facts.schema if self._facts else None

    def _schema_result(self) -> Result | None:
        if self._is_search and self._running.matches and not any(map(index_need, self._running.matches)):
            return None
        if self._facts is None:
            return self._result(Check.SCHEMA, Verdict.UNKNOWN, *self._view.silence(self._role))
        if self._is_search:
            return self._index.schema_result() if self._index else None
        row = self._facts.schema
        if row is None:
            return None
        if row.problem is not None:
            verdict = Verdict.UNSUPPORTED if row.problem.reason in _MISSING else Verdict.UNKNOWN
            return self._result(Check.SCHEMA, verdict, row.problem.reason, row.problem.text)
        version = _readable(row)
        if version is None:
            message = f"the schema version {str(row.version)[:60]!r} cannot be read"
            return self._result(Check.SCHEMA, Verdict.UNKNOWN, Reason.SCHEMA_UNREADABLE, message)
        if not self._running.matches:
            message = f"the schema is {version}; the server's release is not known"
            return self._result(Check.SCHEMA, Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        return decisive([self._judge_schema(match, version) for match in self._running.matches])

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
        message = f"{server} needs schema {required.high}; {version} is newer"
        return self._result(Check.SCHEMA, Verdict.SUPPORTED, Reason.SCHEMA_AHEAD, message, source)

    def _need(self, match: Match) -> Need:
        return need(match, self._component, self._plugin, self._role)

    def _schema_state(self) -> SchemaState | None:
        if self._is_search:
            return self._index.state() if self._index else None
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

    def _start(self, schema: Result | None, plugin: Result | None) -> StartAnswer:
        """By what the server last seen would find now, so a silent server changes nothing here."""
        if self._role is Role.SECONDARY_VISIBILITY:
            return StartAnswer(True, "the server does not check its secondary visibility store at start")
        if plugin is not None and plugin.verdict is Verdict.UNSUPPORTED:
            return StartAnswer(False, plugin.message)
        # The server starts while its search store is down (temporalio/temporal@v1.24.3:
        # common/persistence/visibility/store/elasticsearch/client/client_v7.go:81).
        if self._facts is None and not self._is_search:
            return StartAnswer(None, f"{self._role}: {self._view.silence(self._role)[1]}")
        refused = self._refusal()
        if refused:
            return StartAnswer(False, refused)
        if is_checked_at_start(self._component):
            return self._start_by_schema(schema)
        if not self._running.matches:
            return StartAnswer(None, "the server's release is not known")
        if plugin is not None and plugin.verdict is not Verdict.SUPPORTED:
            return StartAnswer(None, plugin.message)
        return StartAnswer(True, f"the server does not check the schema of {self._component} at start")

    def _start_by_schema(self, schema: Result | None) -> StartAnswer:
        if schema is None:
            return StartAnswer(None, f"the {self._role} schema is not known")
        message = f"{self._role}: {schema.message}"
        if schema.verdict is Verdict.UNSUPPORTED or schema.reason is Reason.SCHEMA_UNREADABLE:
            # Without a row or a table no release starts, whichever runs, nor with what it cannot read.
            return StartAnswer(False, message)
        if schema.verdict is Verdict.UNKNOWN:
            return StartAnswer(None, message)
        for match in self._running.matches:
            if self._lost_columns(match):
                lost = f"Temporal {match.version.raw} reads columns that this schema no longer has"
                return StartAnswer(False, f"{self._role}: {lost}")
        return StartAnswer(True, message)

    def _lost_columns(self, match: Match) -> bool:
        version = _readable(self._row) if self._row else None
        releases = match.releases or match.neighbours
        return version is not None and any(
            is_too_new(release, self._component, self._role, version) for release in releases
        )

    def _refusal(self) -> str:
        """Why some release that runs cannot use this store at all, as far as its code says so."""
        if self._component in SEARCH:
            return ""
        for match in self._running.matches:
            reasons = [refusal(release, self._role, self._component) for release in match.releases]
            if reasons and all(reasons) and reasons[0]:
                return reasons[0][0]
        return ""


def _readable(row: SchemaRow) -> Version | None:
    return read_schema_version(row.version or "")
