"""Event streaming and coordination (Kafka and ZooKeeper): some releases need them, others never use them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.components.registry import SEARCH, component_for, title_of
from agent.matrix import ReleaseMatch
from agent.matrix.requirements import Requirement, event_streaming
from agent.model.roles import role_title
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.check import NOTHING, CheckInputs, Outcome, one
from agent.verdict.cluster import ClusterView
from agent.verdict.result import Result, StartAnswer
from agent.verdict.role_version import RoleJudge


def has_search(view: ClusterView) -> bool:
    """Whether Temporal writes visibility records to a search engine."""
    visibility = view.subject.stores.get(Role.VISIBILITY)
    return Role.SEARCH in view.subject.stores or (visibility is not None and visibility.component in SEARCH)


@dataclass(frozen=True)
class StreamingRole:
    """Event streaming or coordination. `needs`: what each running release needs in this role."""

    judge: RoleJudge
    is_configured: bool
    needs: tuple[Requirement, ...]

    @property
    def needed(self) -> Requirement | None:
        """The first release's need for the role; None: no running release needs it."""
        return next((need for need in self.needs if need.needed), None)


def streaming_role(inputs: CheckInputs, role: Role) -> StreamingRole | Outcome:
    """The role, unless it is neither configured nor needed."""
    view = inputs.view
    spec = view.subject.stores.get(role)
    needs = tuple(need for match in inputs.running.matches for need in _needs(match, view))
    if spec is None and not any(need.needed for need in needs):
        return NOTHING
    component = spec.component if spec else component_for(role)
    return StreamingRole(RoleJudge(inputs, role, component), spec is not None, needs)


def streaming_version(streaming: StreamingRole) -> Outcome:
    """The check `version`. A component that the server does not use is `supported` in any version."""
    judge, needs = streaming.judge, streaming.needs
    if not streaming.is_configured:
        return NOTHING
    if needs and streaming.needed is None:
        message, source = needs[0].message, needs[0].source
        return one(judge.result(Check.VERSION, Verdict.SUPPORTED, Reason.NOT_USED, message, source))
    return one(_by_series(judge.view, judge.version_result()))


def streaming_required(streaming: StreamingRole) -> Outcome:
    """The check `required`, where a running release needs the role."""
    needed = streaming.needed
    if needed is None:
        return NOTHING
    if streaming.is_configured:
        verdict, reason, message = Verdict.SUPPORTED, Reason.CONFIGURED, needed.message
    else:
        message = f"{needed.message}, but no {title_of(streaming.judge.component)} is configured"
        verdict, reason = Verdict.UNSUPPORTED, Reason.MISSING
    result = streaming.judge.result(Check.REQUIRED, verdict, reason, message, needed.source)
    return Outcome((result,), starts=_starts(streaming.judge, result))


def _starts(judge: RoleJudge, required: Result) -> tuple[StartAnswer, ...]:
    """A release that needs event streaming stops at start without it, or if no broker answers.

    Seen on 1.3.0; the same in temporalio/temporal@v1.5.7, @v1.6.4: service/history/service.go.
    """
    if judge.role is not Role.EVENT_STREAMING:
        return ()
    if required.reason is Reason.MISSING:
        return (StartAnswer(False if judge.view.subject.is_complete else None, required.message),)
    if any(judge.view.fresh(observation) for observation in judge.view.of(judge.role)):
        return ()
    return (StartAnswer(None, f"{role_title(judge.role)}: {judge.view.silence(judge.role)[1]}"),)


def _by_series(view: ClusterView, result: Result) -> Result:
    """Add to the message that the patch is not known, since a document may list one (Kafka 2.1.1)."""
    facts = [facts for observation in view.of(result.role) if (facts := view.fresh(observation))]
    # Versions such as `2.1` and `3.3 or 3.4`.
    first = [node.version.partition(" ")[0] for fact in facts for node in fact.nodes]
    if result.verdict is Verdict.UNKNOWN or all(version.count(".") > 1 for version in first):
        return result
    note = "the patch version could not be read, so the series decides"
    return replace(result, message=f"{result.message}; {note}")


def _needs(match: ReleaseMatch, view: ClusterView) -> list[Requirement]:
    releases = match.releases or match.neighbours
    search, several = has_search(view), view.subject.multi_datacenter
    return [event_streaming(release, has_search=search, multi_datacenter=several) for release in releases]
