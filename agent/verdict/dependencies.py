"""The roles beside the stores: event streaming with its coordination, monitoring, observation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.components.registry import SEARCH, component_for
from agent.matrix import Match, Matrix
from agent.matrix.requirements import Requirement, event_streaming
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import View
from agent.verdict.result import Result, StartAnswer
from agent.verdict.role_version import RoleJudge
from agent.verdict.scraping import scraping_result
from agent.verdict.server.running_versions import Running
from agent.verdict.store.visibility_pairs import pair_results

_STREAMING = (Role.EVENT_STREAMING, Role.COORDINATION)


def part_results(matrix: Matrix, view: View, running: Running) -> list[Result]:
    """Every check of these roles that applies."""
    results = []
    for role in (Role.MONITORING, Role.OBSERVATION):
        spec = view.subject.stores.get(role)
        if spec is not None:
            results.append(RoleJudge(matrix, view, running, role, spec.component).version_result())
    scraped = scraping_result(view)
    results += [scraped] if scraped else []
    results += pair_results(view, running)
    for role in _STREAMING:
        results += _streaming(matrix, view, running, role)
    return results


def has_search(view: View) -> bool:
    """Whether Temporal writes visibility records to a search engine."""
    visibility = view.subject.stores.get(Role.VISIBILITY)
    return Role.SEARCH in view.subject.stores or (visibility is not None and visibility.component in SEARCH)


def _streaming(matrix: Matrix, view: View, running: Running, role: Role) -> list[Result]:
    spec = view.subject.stores.get(role)
    component = spec.component if spec else component_for(role)
    needs = [need for match in running.matches for need in _needs(match, view)]
    needed = next((need for need in needs if need.needed), None)
    if spec is None:
        if needed is None:
            return []
        return [
            Result(
                role,
                Check.REQUIRED,
                component,
                Verdict.UNSUPPORTED,
                Reason.MISSING,
                f"{needed.message}, and no {component} is named",
                needed.source,
            )
        ]
    version = _by_series(view, RoleJudge(matrix, view, running, role, component).version_result())
    if needed is not None:
        present = Result(
            role,
            Check.REQUIRED,
            component,
            Verdict.SUPPORTED,
            Reason.CONFIGURED,
            needed.message,
            needed.source,
        )
        return [version, present]
    if not needs:
        return [version]
    # What the server never talks to can't be the wrong version.
    unused = needs[0]
    return [
        Result(
            role, Check.VERSION, component, Verdict.SUPPORTED, Reason.NOT_USED, unused.message, unused.source
        )
    ]


def streaming_starts(view: View, results: Sequence[Result]) -> list[StartAnswer]:
    """A release that needs event streaming ends at once where it has none, or no broker answers.

    Seen on 1.3.0; the same in temporalio/temporal@v1.5.7, @v1.6.4: service/history/service.go.
    """
    required = [r for r in results if (r.role, r.check) == (Role.EVENT_STREAMING, Check.REQUIRED)]
    if not required:
        return []
    (needed,) = required
    if needed.reason is Reason.MISSING:
        return [StartAnswer(False if view.subject.is_complete else None, needed.message)]
    if any(view.fresh(observation) for observation in view.of(Role.EVENT_STREAMING)):
        return []
    return [StartAnswer(None, f"{Role.EVENT_STREAMING}: {view.silence(Role.EVENT_STREAMING)[1]}")]


def _by_series(view: View, result: Result) -> Result:
    """The message says so where no patch is known: a document may name one, as Kafka 2.1.1."""
    facts = [facts for observation in view.of(result.role) if (facts := view.fresh(observation))]
    # `2.1`, and `3.3 or 3.4`.
    first = [node.version.partition(" ")[0] for fact in facts for node in fact.nodes]
    if result.verdict is Verdict.UNKNOWN or all(version.count(".") > 1 for version in first):
        return result
    return replace(result, message=f"{result.message}; a patch is not told, and the series decides")


def _needs(match: Match, view: View) -> list[Requirement]:
    releases = match.releases or match.neighbours
    search, several = has_search(view), view.subject.multi_datacenter
    return [event_streaming(release, has_search=search, multi_datacenter=several) for release in releases]
