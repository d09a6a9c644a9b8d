"""A search store's index: the version of its mapping, compared with the need of every running server.

The server does not check this at start. With an index that is too old, writes of records fail later.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.matrix import IndexVersion, Matrix, Need, ReleaseMatch
from agent.matrix.index import index_need
from agent.model.observation import SearchIndex
from agent.model.reasons import REASONS
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.result import Result, SchemaState
from agent.verdict.role_version import worst_result
from agent.verdict.server.running_versions import RunningVersions

MAX_FIELDS_SHOWN = 5


class IndexJudge:
    """Judges one index and its template."""

    def __init__(
        self, matrix: Matrix, running: RunningVersions, role: Role, component: str, index: SearchIndex
    ) -> None:
        self._templates = matrix.index_templates
        self._running = running
        self._role = role
        self._component = component
        self._index = index
        self._needs = [(match, index_need(match)) for match in running.matches]

    def schema_result(self) -> Result | None:
        """The check `schema`; None where no running server has versions of its templates."""
        problem, fields = self._index.problem, self._index.fields
        if problem is not None or fields is None:
            reason = problem.reason if problem else Reason.SCHEMA_UNREADABLE
            verdict = Verdict.UNSUPPORTED if REASONS[reason].lacks_schema else Verdict.UNKNOWN
            return self._result(verdict, reason, problem.text if problem else "the mapping cannot be read")
        found = self._templates.version(fields)
        if not self._running.matches:
            message = f"the mapping matches {_named(found)}, but the server's release is not known"
            return self._result(Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        # The newest release first: its need is the required version.
        needs = [(match, need) for match, need in reversed(self._needs) if need is not None]
        judged = [self._judge(match, need, fields, found) for match, need in needs]
        return worst_result(judged) if judged else None

    def state(self) -> SchemaState | None:
        """The version that exists and the one that is needed; None where no template matches."""
        found = self._templates.version(self._index.fields) if self._index.fields is not None else None
        # Releases up to 1.10 have templates without versions.
        if found is None or (self._needs and not any(need for _, need in self._needs)):
            return None
        exact = [need.exact if need else None for _, need in self._needs]
        certain = [need for need in exact if need is not None]
        required = max(certain, key=lambda need: need.number) if certain and None not in exact else None
        drift = None
        if required is not None and found.is_exact:
            drift = self._templates.drift(required.release[0], found.low)
        return SchemaState(
            self._role, self._component, "", str(found), required.raw if required else "", drift
        )

    def remarks(self) -> tuple[Result, ...]:
        """A remark if the next index will be created from a template that is too old."""
        if self._index.template is None:
            return ()
        found = self._templates.version(self._index.template)
        for match, need in self._needs:
            if need is not None and need.low is not None and _is_behind(found, need):
                message = (
                    f"the index template matches {_named(found)}, but Temporal {match.version.raw} needs"
                    f" template {need.low}: the next index created from it will be too old. Update the"
                    f" template"
                )
                source = match.below.source if match.below else ""
                return (self._result(Verdict.SUPPORTED, Reason.TEMPLATE_BEHIND, message, source),)
        return ()

    def _judge(
        self, match: ReleaseMatch, need: Need, fields: Mapping[str, str], found: IndexVersion | None
    ) -> Result:
        server = f"Temporal {match.version.raw[:60]}"
        source = match.below.source if match.below else ""
        if _is_behind(found, need):
            message = f"{server} needs index template {need.low}, but the mapping matches {_named(found)}"
            message += self._lacks(fields, need)
            return self._result(Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND, message, source)
        if found is None or need.high is None or found.low < need.high.release[0]:
            message = f"the mapping matches {_named(found)}, which may or may not be new enough for {server}"
            certain = need.exact is not None
            reason = Reason.INDEX_VERSION_AMBIGUOUS if certain else need.reason
            return self._result(Verdict.UNKNOWN, reason, message, source)
        if found.low == need.high.release[0]:
            message = f"{server} needs index template {need.high}, and the mapping matches {_named(found)}"
            return self._result(Verdict.SUPPORTED, Reason.SCHEMA_CURRENT, message, source)
        message = (
            f"{server} needs index template {need.high}, and the mapping matches {found}, which is newer"
        )
        return self._result(Verdict.SUPPORTED, Reason.SCHEMA_AHEAD, message, source)

    def _lacks(self, fields: Mapping[str, str], need: Need) -> str:
        template = self._templates.template(need.low.release[0]) if need.low else None
        names = template.missing(fields) if template else ()
        if not names:
            return ""
        more = f" and {len(names) - MAX_FIELDS_SHOWN} more" if len(names) > MAX_FIELDS_SHOWN else ""
        return f" (fields that are missing or have another type: {', '.join(names[:MAX_FIELDS_SHOWN])}{more})"

    def _result(self, verdict: Verdict, reason: Reason, message: str, source: str = "") -> Result:
        return Result(self._role, Check.SCHEMA, self._component, verdict, reason, message, source)


def _is_behind(found: IndexVersion | None, need: Need) -> bool:
    """Whether the mapping is certainly too old: every version that it can match is older than any need."""
    return need.low is not None and (found is None or found.high < need.low.release[0])


def _named(found: IndexVersion | None) -> str:
    return f"template {found}" if found else "no template of Temporal"
