"""A search store's index: the version that its mapping shows, against what every server that runs needs.

The server compares none of this at start; an index that is too old fails later, record by record.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.matrix import IndexVersion, Match, Matrix, Need
from agent.matrix.index import index_need
from agent.model.observation import SearchIndex
from agent.model.reasons import REASONS
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.result import Result, SchemaState
from agent.verdict.role_version import decisive
from agent.verdict.server.running_versions import Running

_MOST_NAMES = 5


class IndexJudge:
    """Judges one index and the template beside it."""

    def __init__(
        self, matrix: Matrix, running: Running, role: Role, component: str, index: SearchIndex
    ) -> None:
        self._templates = matrix.index_templates
        self._running = running
        self._role = role
        self._component = component
        self._index = index
        self._needs = [(match, index_need(match)) for match in running.matches]

    def schema_result(self) -> Result | None:
        """The check `schema`; nothing where no server that runs has versions of its templates."""
        problem, fields = self._index.problem, self._index.fields
        if problem is not None or fields is None:
            reason = problem.reason if problem else Reason.SCHEMA_UNREADABLE
            verdict = Verdict.UNSUPPORTED if REASONS[reason].lacks_schema else Verdict.UNKNOWN
            return self._result(verdict, reason, problem.text if problem else "the mapping cannot be read")
        found = self._templates.version(fields)
        if not self._running.matches:
            message = f"the index is of {_named(found)}; the server's release is not known"
            return self._result(Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        judged = [self._judge(match, need, fields, found) for match, need in self._needs if need is not None]
        return decisive(judged) if judged else None

    def state(self) -> SchemaState | None:
        """What is there and what is needed; nothing where the mapping is of no template."""
        found = self._templates.version(self._index.fields) if self._index.fields is not None else None
        # Releases up to 1.10 have templates without versions: nothing to tell one by.
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
        """What is to be said of the template that shapes the next index."""
        if self._index.template is None:
            return ()
        found = self._templates.version(self._index.template)
        for match, need in self._needs:
            if need is not None and need.low is not None and _is_behind(found, need):
                message = (
                    f"the index template is {_named(found)}, and Temporal {match.version.raw} needs template "
                    f"{need.low}: the next index that is made from it will be too old"
                )
                source = match.below.source if match.below else ""
                return (self._result(Verdict.SUPPORTED, Reason.TEMPLATE_BEHIND, message, source),)
        return ()

    def _judge(
        self, match: Match, need: Need, fields: Mapping[str, str], found: IndexVersion | None
    ) -> Result:
        server = f"Temporal {match.version.raw[:60]}"
        source = match.below.source if match.below else ""
        if _is_behind(found, need):
            message = f"{server} needs index template {need.low}, the mapping is of {_named(found)}"
            message += self._lacks(fields, need)
            return self._result(Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND, message, source)
        if found is None or need.high is None or found.low < need.high.release[0]:
            message = f"index template {_named(found)} may be enough for {server} or not"
            certain = need.exact is not None
            reason = Reason.INDEX_VERSION_AMBIGUOUS if certain else need.reason
            return self._result(Verdict.UNKNOWN, reason, message, source)
        if found.low == need.high.release[0]:
            message = f"{server} needs index template {need.high}, the mapping is of {_named(found)}"
            return self._result(Verdict.SUPPORTED, Reason.SCHEMA_CURRENT, message, source)
        message = f"{server} needs index template {need.high} and runs on {found}, which is newer"
        return self._result(Verdict.SUPPORTED, Reason.SCHEMA_AHEAD, message, source)

    def _lacks(self, fields: Mapping[str, str], need: Need) -> str:
        template = self._templates.template(need.low.release[0]) if need.low else None
        names = template.missing(fields) if template else ()
        if not names:
            return ""
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        return f" (not there, or of another type: {', '.join(names[:_MOST_NAMES])}{more})"

    def _result(self, verdict: Verdict, reason: Reason, message: str, source: str = "") -> Result:
        return Result(self._role, Check.SCHEMA, self._component, verdict, reason, message, source)


def _is_behind(found: IndexVersion | None, need: Need) -> bool:
    """For certain: all that the mapping can be is older than all that can be needed."""
    return need.low is not None and (found is None or found.high < need.low.release[0])


def _named(found: IndexVersion | None) -> str:
    return f"template {found}" if found else "no template of Temporal's"
