"""The store of one role: its configuration, its facts, and the judges of its plugin and schema."""

from __future__ import annotations

from functools import cached_property

from agent.components.registry import SEARCH, original
from agent.matrix.index import index_need
from agent.matrix.schema import is_store_of
from agent.model.vocabulary import FURTHER_STORE_ROLES, Check, Role, Verdict
from agent.verdict.check import CheckInputs
from agent.verdict.cluster import StoreSpec
from agent.verdict.result import Result, StartAnswer
from agent.verdict.role_version import RoleJudge
from agent.verdict.store.plugin import PluginJudge
from agent.verdict.store.schema_version_check import SchemaJudge
from agent.verdict.store.search_index import IndexJudge
from agent.verdict.store.secondary import connects_at_start

#: The answer for any secondary visibility store.
UNCHECKED = StartAnswer(
    True, "the server does not check the schema of its secondary visibility store at start"
)


class StoreJudge(RoleJudge):
    """What the checks of one store share. `server_plugin`: as the server reports it; may be empty."""

    def __init__(self, inputs: CheckInputs, role: Role, spec: StoreSpec) -> None:
        self.server_plugin = inputs.running.plugin(role)
        self.plugins = PluginJudge(inputs.matrix, inputs.running, role, spec, self.server_plugin)
        super().__init__(inputs, role, spec.component, self.plugins.plugin)
        self.spec = spec
        self.is_search = spec.component in SEARCH
        self.index, self.schema = self._index_judge(), self._schema_judge()

    @property
    def is_elsewhere(self) -> bool:
        """Whether the server uses another store than the configured one."""
        plugins = self.matrix.plugins
        return bool(self.server_plugin) and not is_store_of(
            plugins, self.server_plugin, original(self.component)
        )

    def starts(self, answer: StartAnswer) -> tuple[StartAnswer, ...]:
        """The answer, where it counts. A further store counts only if it prevents the start.

        An unknown answer about it counts only where the server opens this store before it is up.
        """
        is_opened = connects_at_start(self.running, self.role, self.component)
        counts = self.role not in FURTHER_STORE_ROLES or answer.would_start is False
        return (answer,) if counts or (is_opened and answer.would_start is None) else ()

    @cached_property
    def schema_result(self) -> Result | None:
        """The schema version compared with the server's need; None where the store has no version."""
        matches = self.running.matches
        if self.is_search and matches and not any(map(index_need, matches)):
            return None
        if self.facts is None:
            return self.result(Check.SCHEMA, Verdict.UNKNOWN, *self.view.silence(self.role))
        judge = self.index or self.schema
        return judge.schema_result() if judge else None

    def _index_judge(self) -> IndexJudge | None:
        index = self.facts.index if self.facts else None
        if index is None or not self.is_search:
            return None
        return IndexJudge(self.matrix, self.running, self.role, self.component, index)

    def _schema_judge(self) -> SchemaJudge | None:
        """None where the store records no schema version, as the development server's SQLite."""
        row = self.facts.schema if self.facts else None
        if row is None or self.is_search:
            return None
        return SchemaJudge(self.matrix, self.running, self.role, self.component, self.plugin, row)
