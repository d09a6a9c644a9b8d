"""The plugin with which the server uses a SQL store, or the version of its search client."""

from __future__ import annotations

from functools import cached_property

from agent.components.registry import SEARCH, SQL, original
from agent.matrix import Matrix, Release, ReleaseMatch
from agent.matrix.schema import plugins_for
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import StoreSpec
from agent.verdict.result import Result
from agent.verdict.role_version import worst_result
from agent.verdict.server.running_versions import RunningVersions


class PluginJudge:
    """Judges the plugin or search client of one role. `reported`: by the server; empty if it reports none."""

    def __init__(
        self, matrix: Matrix, running: RunningVersions, role: Role, spec: StoreSpec, reported: str
    ) -> None:
        self._keys = matrix.server_keys
        self._running = running
        self._role = role
        self._component = spec.component
        self._configured = spec.plugin
        self._reported = reported

    @property
    def plugin(self) -> str:
        """The SQL plugin that the server reports, else the configured one; empty where neither is known."""
        # For a search store and for Cassandra the server reports only the kind. The `plugin` of a search
        # store is the configured client version.
        return self._reported or self._configured if self._component in SQL else ""

    @cached_property
    def plugin_result(self) -> Result | None:
        """The check `plugin`; None where no plugin is known, or the store needs none."""
        is_search = self._component in SEARCH
        name = self._configured if is_search else self.plugin
        if not name:
            return None
        if not self._running.matches:
            what = "Elasticsearch version" if is_search else "plugin"
            message = f"the {what} is {name}, but the server's release is not known"
            return self._result(Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        judge = self._judge_client if is_search else self._judge_plugin
        return worst_result([judge(match, name) for match in self._running.matches])

    def remarks(self) -> tuple[Result, ...]:
        """A remark where the configuration and the server disagree: the plugin of the server counts."""
        reported, configured = self._reported, self._configured
        if not reported or not configured or reported == configured or self._component in SEARCH:
            return ()
        message = f"the agent's configuration has the plugin {configured}, but the server uses {reported}"
        return (self._result(Verdict.SUPPORTED, Reason.PLUGIN_MISMATCH, message, "GetClusterInfo"),)

    def _judge_plugin(self, match: ReleaseMatch, plugin: str) -> Result:
        known = match.neighbours
        there = [plugin in release.plugins for release in known]
        source = known[0].source if known else ""
        if there and all(there) and match.releases:
            message = f"Temporal {match.version.raw} has the plugin {plugin}"
            return self._result(Verdict.SUPPORTED, Reason.PLUGIN_AVAILABLE, message, source)
        if there and not any(there):
            message = (
                f"Temporal {match.version.raw} does not have the plugin {plugin}{self._others(known[0])}"
            )
            return self._result(Verdict.UNSUPPORTED, Reason.PLUGIN_NOT_IN_RELEASE, message, source)
        message = f"it is not known whether Temporal {match.version.raw[:60]} has the plugin {plugin}"
        return self._result(Verdict.UNKNOWN, match.reason, message)

    def _others(self, release: Release) -> str:
        """The plugins that the release has for this store."""
        names = plugins_for(release, original(self._component), "")
        return f"; set pluginName to {' or '.join(names)}" if names else ""

    def _judge_client(self, match: ReleaseMatch, client: str) -> Result:
        """Whether the releases accept this value of `elasticsearch.version`."""
        known = [self._keys.clients(release) for release in match.releases or match.neighbours]
        accepts = [not values or client in values for values, _ in known]
        source = known[0][1] if known else ""
        server = f"Temporal {match.version.raw[:60]}"
        if known and not any(values for values, _ in known):
            message = f"{server} has no key elasticsearch.version, so the value {client} has no effect"
            return self._result(Verdict.SUPPORTED, Reason.NOT_USED, message, source)
        if accepts and all(accepts):
            message = f"{server} accepts elasticsearch.version: {client}"
            return self._result(Verdict.SUPPORTED, Reason.PLUGIN_AVAILABLE, message, source)
        if accepts and not any(accepts):
            message = f"{server} does not accept elasticsearch.version: {client}"
            return self._result(Verdict.UNSUPPORTED, Reason.PLUGIN_NOT_IN_RELEASE, message, source)
        message = f"it is not known whether {server} accepts elasticsearch.version: {client}"
        return self._result(Verdict.UNKNOWN, match.reason, message)

    def _result(self, verdict: Verdict, reason: Reason, message: str, source: str = "") -> Result:
        return Result(self._role, Check.PLUGIN, self._component, verdict, reason, message, source)
