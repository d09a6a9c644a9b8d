"""What the server is told to use a store with: an SQL plugin, or the version of its search client."""

from __future__ import annotations

from functools import cached_property

from agent.components.registry import SEARCH, SQL
from agent.matrix import Match, Matrix
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import StoreSpec
from agent.verdict.result import Result
from agent.verdict.role_version import decisive
from agent.verdict.server.running_versions import Running


class PluginJudge:
    """Judges what one role's store is used with. `told` is the server's word for it, empty without one."""

    def __init__(self, matrix: Matrix, running: Running, role: Role, spec: StoreSpec, told: str) -> None:
        self._keys = matrix.server_keys
        self._running = running
        self._role = role
        self._component = spec.component
        self._configured = spec.plugin
        self._told = told

    @property
    def plugin(self) -> str:
        """The SQL plugin, by the server's word before the configuration's; empty where neither names one."""
        # Of a search store and of Cassandra the server tells the kind alone; the former's `plugin` is the
        # client that it is to use.
        return self._told or self._configured if self._component in SQL else ""

    @cached_property
    def plugin_result(self) -> Result | None:
        """The check `plugin`; nothing where nobody names one, or the store takes none."""
        is_search = self._component in SEARCH
        name = self._configured if is_search else self.plugin
        if not name:
            return None
        if not self._running.matches:
            what = "version" if is_search else "plugin"
            message = f"{what} {name}; the server's release is not known"
            return self._result(Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        judge = self._judge_client if is_search else self._judge_plugin
        return decisive([judge(match, name) for match in self._running.matches])

    def remarks(self) -> tuple[Result, ...]:
        """Where the configuration and the server disagree, the server is right."""
        told, configured = self._told, self._configured
        if not told or not configured or told == configured or self._component in SEARCH:
            return ()
        message = f"the configuration names the plugin {configured}, the server uses {told}"
        return (self._result(Verdict.SUPPORTED, Reason.PLUGIN_MISMATCH, message, "GetClusterInfo"),)

    def _judge_plugin(self, match: Match, plugin: str) -> Result:
        known = match.neighbours
        there = [plugin in release.plugins for release in known]
        source = known[0].source if known else ""
        if there and all(there) and match.releases:
            message = f"Temporal {match.version.raw} has the plugin {plugin}"
            return self._result(Verdict.SUPPORTED, Reason.PLUGIN_AVAILABLE, message, source)
        if there and not any(there):
            message = f"Temporal {match.version.raw} has no plugin {plugin}"
            return self._result(Verdict.UNSUPPORTED, Reason.PLUGIN_NOT_IN_RELEASE, message, source)
        message = f"whether Temporal {match.version.raw[:60]} has the plugin {plugin} is not known"
        return self._result(Verdict.UNKNOWN, match.reason, message)

    def _judge_client(self, match: Match, client: str) -> Result:
        """Whether the releases take the value of `elasticsearch.version`."""
        known = [self._keys.clients(release) for release in match.releases or match.neighbours]
        takes = [not taken or client in taken for taken, _ in known]
        source = known[0][1] if known else ""
        server = f"Temporal {match.version.raw[:60]}"
        if known and not any(taken for taken, _ in known):
            message = f"{server} has no key for the Elasticsearch version, so {client} changes nothing"
            return self._result(Verdict.SUPPORTED, Reason.NOT_USED, message, source)
        if takes and all(takes):
            message = f"{server} takes the Elasticsearch version {client}"
            return self._result(Verdict.SUPPORTED, Reason.PLUGIN_AVAILABLE, message, source)
        if takes and not any(takes):
            message = f"{server} does not take {client} as the version of its Elasticsearch configuration"
            return self._result(Verdict.UNSUPPORTED, Reason.PLUGIN_NOT_IN_RELEASE, message, source)
        message = f"whether {server} takes the Elasticsearch version {client} is not known"
        return self._result(Verdict.UNKNOWN, match.reason, message)

    def _result(self, verdict: Verdict, reason: Reason, message: str, source: str = "") -> Result:
        return Result(self._role, Check.PLUGIN, self._component, verdict, reason, message, source)
