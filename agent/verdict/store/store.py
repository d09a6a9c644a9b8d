"""A store's side: its version, its plugin, its schema, and whether the server would start on it."""

from __future__ import annotations

from dataclasses import dataclass

from agent.matrix import Match, Matrix, Need
from agent.matrix.index import index_need
from agent.matrix.roles import SEARCH, refusal
from agent.matrix.schema import is_checked_at_start, is_store_of, need
from agent.model.vocabulary import FURTHER_STORE_ROLES, Check, Reason, Role, Verdict
from agent.verdict.cluster import StoreSpec, View
from agent.verdict.result import Result, SchemaState, StartAnswer, worst_start
from agent.verdict.role_version import RoleJudge, decisive
from agent.verdict.server.running_versions import Running
from agent.verdict.store.answer import Answer
from agent.verdict.store.plugin import PluginJudge
from agent.verdict.store.prerequisites import applies, prerequisites
from agent.verdict.store.schema_contents import inspected
from agent.verdict.store.schema_version_check import SchemaJudge
from agent.verdict.store.search_index import IndexJudge
from agent.verdict.store.secondary import UNCHECKED, connects_at_start, secondary_start
from agent.verdict.store.shared_database import shared_remarks, shared_result, shared_state
from agent.verdict.store.start_tables import unseen_tables, with_start_tables


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
        self._plugins = PluginJudge(running, role, spec, self._told_plugin)
        super().__init__(matrix, view, running, role, spec.component, self._plugins.plugin)
        self._spec = spec
        self._is_search = spec.component in SEARCH
        self._index, self._schema = self._index_judge(), self._schema_judge()

    def judge(self) -> StoreJudgement:
        """All results of this store."""
        if self._is_elsewhere:
            return self._other_store((Check.VERSION, Check.PLUGIN, Check.SCHEMA))
        schema = self._schema_result()
        plugin = self._plugins.plugin_result()
        results = [self.version_result()]
        results += [self._dim(plugin)] if plugin else []
        results += self._required()
        able = self._prerequisites_result()
        results += [self._dim(able)] if able else []
        is_read = self._schema is not None and self._schema.is_read
        told = shared_result(schema, self._spec, is_read=is_read) if schema else None
        shaped, begun = inspected(told, self._matrix, self._facts)
        shaped = tuple(with_start_tables(each, self._matrix, self._running, self._facts) for each in shaped)
        results += shaped
        remarks = (*begun, *self._plugins.remarks(), *self._node_remarks())
        remarks += shared_remarks(self._role, self._spec)
        judge = self._index or self._schema
        if judge is None:
            return StoreJudgement(tuple(results), remarks, None, self._start(schema, plugin))
        remarks = (*judge.remarks(), *remarks)
        state = shared_state(judge.state(), self._spec)
        return StoreJudgement(tuple(results), remarks, state, self._start(schema, plugin))

    @property
    def _is_elsewhere(self) -> bool:
        return bool(self._told_plugin) and not is_store_of(self._told_plugin, self._component)

    def _required(self) -> list[Result]:
        if self._role in FURTHER_STORE_ROLES:
            return []
        message = f"a {self._role} store is configured"
        return [self._result(Check.REQUIRED, Verdict.SUPPORTED, Reason.CONFIGURED, message, "configuration")]

    def _other_store(self, asked: tuple[Check, ...]) -> StoreJudgement:
        message = (
            f"the server uses {self._told_plugin} for {self._role}, not the configured {self._component}"
        )
        checks = {*asked, *(result.check for result in self._required())}
        results = tuple(
            self._result(check, Verdict.UNKNOWN, Reason.OTHER_STORE, message, "GetClusterInfo")
            for check in Check
            if check in checks
        )
        is_unchecked = self._role is Role.SECONDARY_VISIBILITY and not connects_at_start(
            self._running, self._component
        )
        return StoreJudgement(results, (), None, UNCHECKED if is_unchecked else StartAnswer(None, message))

    # Prerequisites

    def _prerequisites(self) -> list[Answer]:
        if self._facts is None:
            return []
        needs = [self._need(match) for match in self._running.matches]
        file = self._view.subject.server_file
        attributes = file.connect_attributes.get(self._role) if file is not None else None
        is_in_use = any(self._view.fresh(server) for server in self._view.of(Role.SERVER))
        return prerequisites(self._role, self._component, needs, self._facts, attributes, is_in_use=is_in_use)

    def _prerequisites_result(self) -> Result | None:
        """Nothing where the store has none, or nothing could be read."""
        check, needs = Check.PREREQUISITES, [self._need(match) for match in self._running.matches]
        if self._facts is None:
            if not applies(self._role, self._component, needs):
                return None
            return self._result(check, Verdict.UNKNOWN, *self._view.silence(self._role))
        answers = self._prerequisites()
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

    def _index_judge(self) -> IndexJudge | None:
        index = self._facts.index if self._facts else None
        if index is None or not self._is_search:
            return None
        return IndexJudge(self._matrix, self._running, self._role, self._component, index)

    def _schema_judge(self) -> SchemaJudge | None:
        """Nothing where the store keeps no version of its schema, as the development server's SQLite."""
        row = self._facts.schema if self._facts else None
        if row is None or self._is_search:
            return None
        return SchemaJudge(self._matrix, self._running, self._role, self._component, self._plugin, row)

    def _schema_result(self) -> Result | None:
        if self._is_search and self._running.matches and not any(map(index_need, self._running.matches)):
            return None
        if self._facts is None:
            return self._result(Check.SCHEMA, Verdict.UNKNOWN, *self._view.silence(self._role))
        judge = self._index or self._schema
        return judge.schema_result() if judge else None

    def _need(self, match: Match) -> Need:
        return need(match, self._component, self._plugin, self._role)

    # Would it start

    def _start(self, schema: Result | None, plugin: Result | None) -> StartAnswer:
        """By what the server last seen would find now, so a silent server changes nothing here."""
        refused = self._refusal()
        # A release that has no key for a further store leaves it out, whatever it is.
        is_left_out = bool(refused) and self._role in FURTHER_STORE_ROLES
        if plugin is not None and plugin.verdict is Verdict.UNSUPPORTED and not is_left_out:
            return StartAnswer(False, plugin.message)
        if self._role is Role.SECONDARY_VISIBILITY:
            return self._start_of_secondary()
        # The server starts while its search store is down (temporalio/temporal@v1.24.3:
        # common/persistence/visibility/store/elasticsearch/client/client_v7.go:81).
        if self._facts is None and not self._is_search:
            return self._start_unread()
        if refused and not is_left_out:
            return StartAnswer(False, refused)
        if is_checked_at_start(self._component):
            return worst_start([self._start_by_schema(schema), *self._start_by_prerequisites()])
        if not self._running.matches:
            return StartAnswer(None, "the server's release is not known")
        if plugin is not None and plugin.verdict is not Verdict.SUPPORTED:
            return StartAnswer(None, plugin.message)
        return StartAnswer(True, f"the server does not check the schema of {self._component} at start")

    def _start_of_secondary(self) -> StartAnswer:
        if not connects_at_start(self._running, self._component):
            return UNCHECKED
        failure = self._view.silence(self._role) if self._facts is None else None
        return worst_start([secondary_start(failure), *self._start_by_prerequisites()])

    def _start_unread(self) -> StartAnswer:
        reason, text = self._view.silence(self._role)
        # Without its SQL database no release starts; seen with 1.8.2 to 1.31.2 on PostgreSQL and MySQL.
        is_missing = reason is Reason.DATABASE_MISSING and is_checked_at_start(self._component)
        return StartAnswer(False if is_missing else None, f"{self._role}: {text}")

    def _start_by_prerequisites(self) -> list[StartAnswer]:
        return [
            StartAnswer(answer.would_start, f"{self._role}: {answer.message}")
            for answer in self._prerequisites()
            if answer.would_start is not True
        ]

    def _start_by_schema(self, schema: Result | None) -> StartAnswer:
        if schema is None:
            return StartAnswer(None, f"the {self._role} schema is not known")
        # Tables that are missing are certain, whatever is said of the version in the row.
        schema = with_start_tables(schema, self._matrix, self._running, self._facts)
        message = f"{self._role}: {schema.message}"
        if schema.verdict is Verdict.UNSUPPORTED or schema.reason is Reason.SCHEMA_UNREADABLE:
            # Without a row or a table no release starts, whichever runs, nor with what it cannot read.
            return StartAnswer(False, message)
        if schema.verdict is Verdict.UNKNOWN:
            return StartAnswer(None, message)
        lost = self._schema.lost_columns() if self._schema else ""
        if lost:
            return StartAnswer(False, f"{self._role}: {lost}")
        return StartAnswer(True, message + unseen_tables(self._facts))

    def _refusal(self) -> str:
        """Why some release that runs cannot use this store at all, as far as its code says so."""
        for match in self._running.matches:
            reasons = [refusal(release, self._role, self._component) for release in match.releases]
            if reasons and all(reasons) and reasons[0]:
                return reasons[0][0]
        return ""
