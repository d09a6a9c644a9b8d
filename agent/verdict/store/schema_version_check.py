"""A database's schema: the version in its row, compared with the need of every running server."""

from __future__ import annotations

from agent.components.registry import title_of
from agent.matrix import Matrix, Need, ReleaseMatch
from agent.matrix.schema import first_with, need
from agent.model.observation import SchemaRow
from agent.model.reasons import REASONS
from agent.model.roles import role_title
from agent.model.versions import Version, parse
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.result import Result, SchemaState
from agent.verdict.role_version import worst_result
from agent.verdict.server.running_versions import RunningVersions
from agent.verdict.store.schema_version import read_schema_version

#: Rows of other databases in one message.
MAX_ROWS_SHOWN = 3

#: The version after `setup-schema -v 0.0`, which creates only the version tables.
_NOTHING_APPLIED = parse("0.0").number


class SchemaJudge:
    """Judges one schema row. `plugin` is empty where the store has none, or none is known."""

    def __init__(
        self,
        matrix: Matrix,
        running: RunningVersions,
        role: Role,
        component: str,
        plugin: str,
        row: SchemaRow,
    ) -> None:
        self._lists = matrix.schemas
        self._releases = matrix.releases
        self._steps = matrix.schema_steps
        self._running = running
        self._role = role
        self._component = component
        self._plugin = plugin
        self._row = row
        self._version = read_schema_version(row.version or "")

    @property
    def is_read(self) -> bool:
        """Whether there is a row with a readable version."""
        return self._version is not None

    def schema_result(self) -> Result:
        """The check `schema`."""
        problem, version = self._row.problem, self._version
        if problem is not None:
            # A missing database is a missing schema only if its server could be read.
            lacks_schema = REASONS[problem.reason].lacks_schema
            verdict = Verdict.UNSUPPORTED if lacks_schema else Verdict.UNKNOWN
            return self._result(verdict, problem.reason, problem.text)
        if version is None:
            message = f"cannot parse the schema version {str(self._row.version)[:60]!r}"
            return self._result(Verdict.UNKNOWN, Reason.SCHEMA_UNREADABLE, message)
        if not self._running.matches:
            message = f"the schema version is {version}, but the server's release is not known"
            return self._result(Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        # The newest release first: its need is the required version.
        return worst_result([self._judge(match) for match in reversed(self._running.matches)])

    def state(self) -> SchemaState | None:
        """The version that exists and the one that is needed; None where no version can be read."""
        version = self._version
        if version is None:
            return None
        required = self._required()
        drift = self._lists.drift(self._component, self._role, required, version) if required else None
        return SchemaState(
            self._role, self._component, self._plugin, version.raw, required.raw if required else "", drift
        )

    def _required(self) -> Version | None:
        """The greatest need of all running servers; None where it is not certain."""
        needs = [self._need(match) for match in self._running.matches]
        exact = [need.exact for need in needs if need.exact is not None]
        greatest = max(exact, key=lambda version: version.number, default=None)
        if greatest is None:
            return None
        # What a server needs at most matters only where it is more than another one needs.
        highest = [need.high.number if need.high else None for need in needs if need.exact is None]
        is_certain = all(high is not None and high <= greatest.number for high in highest)
        return greatest if is_certain else None

    def remarks(self) -> tuple[Result, ...]:
        """A remark on other rows of the table: the server reads only one."""
        others = self._row.others
        if self._version is None or not others:
            return ()
        named = ", ".join(others[:MAX_ROWS_SHOWN]) + (", …" if len(others) > MAX_ROWS_SHOWN else "")
        message = f"schema_version also has rows of other databases, which this server does not read: {named}"
        return (self._result(Verdict.SUPPORTED, Reason.MORE_ROWS, message),)

    def lost_columns(self) -> str:
        """Which running server reads columns that this schema no longer has; empty if none does."""
        version = self._version
        if version is None:
            return ""
        for match in self._running.matches:
            releases = match.releases or match.neighbours
            if any(
                self._steps.is_too_new(release, self._component, self._role, version) for release in releases
            ):
                return f"Temporal {match.version.raw} reads columns that this schema no longer has"
        return ""

    def _judge(self, match: ReleaseMatch) -> Result:
        required, version = self._need(match), self._version
        assert version is not None
        server = f"Temporal {match.version.raw}"
        source = match.below.source if match.below else ""
        if required.low is not None and version.number < required.low.number:
            message = f"{server} needs schema {required.low}, found {version}"
            if version.number == _NOTHING_APPLIED:
                message += (
                    ". The schema was set up, but no step has been applied: run the tool's update-schema"
                )
            return self._result(Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND, message, source)
        if required.low is None and required.high is None and match.releases:
            if any(self._plugin in release.plugins for release in match.releases):
                message = f"the matrix does not know which schema the plugin {self._plugin} needs"
                return self._result(Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN, message, source)
            message = f"{server} has no schema for {self._plugin or title_of(self._component)}"
            reason = Reason.PLUGIN_NOT_IN_RELEASE if self._plugin else Reason.COMPONENT_NOT_SUPPORTED
            return self._result(Verdict.UNKNOWN, reason, message, source)
        if required.high is None or version.number < required.high.number:
            message = f"schema {version} may or may not be new enough for {server}"
            return self._result(Verdict.UNKNOWN, required.reason, message, source)
        if version.number == required.high.number:
            message = f"{server} needs schema {required.high}, found {version}"
            return self._result(Verdict.SUPPORTED, Reason.SCHEMA_CURRENT, message, source)
        if self._lists.may_follow(self._component, self._role, version):
            message = (
                f"{server} needs schema {required.high}; {version} is newer than the newest release of the"
                " matrix needs. If a later release needs it, update the matrix; else correct the row of"
                " schema_version"
            )
            return self._result(Verdict.SUPPORTED, Reason.SCHEMA_AHEAD, message, source)
        if not self._lists.exists(self._component, self._role, version):
            return self._result(
                Verdict.UNKNOWN, Reason.SCHEMA_AHEAD, f"{server}: {self._impossible()}", source
            )
        message = f"{server} needs schema {required.high}; {version} is newer{self._far_ahead(match)}"
        return self._result(Verdict.SUPPORTED, Reason.SCHEMA_AHEAD, message, source)

    def _impossible(self) -> str:
        version, newest = self._version, self._lists.newest(self._component, self._role)
        assert version is not None
        text = f"no release has schema {version} for {role_title(self._role)}; the newest is {newest}"
        like = self._lists.role_with(self._component, version)
        if like is not None:
            text += f", and {version} is a version of {role_title(like)}"
        return f"{text}. Find out which steps were applied, and correct the row of schema_version"

    def _far_ahead(self, match: ReleaseMatch) -> str:
        """The releases that need this version, if the next minor does not."""
        version, releases = self._version, match.releases or match.neighbours
        assert version is not None
        first = first_with(self._releases, self._component, self._role, version)
        if first is None or not releases or not self._releases.is_beyond_next_minor(releases[-1], first):
            return ""
        return (
            f", and further than the next minor needs: {first.name} is the first release that needs it, and"
            " Temporal ensures only that consecutive releases run on one schema"
        )

    def _need(self, match: ReleaseMatch) -> Need:
        return need(match, self._component, self._plugin, self._role)

    def _result(self, verdict: Verdict, reason: Reason, message: str, source: str = "") -> Result:
        return Result(self._role, Check.SCHEMA, self._component, verdict, reason, message, source)
