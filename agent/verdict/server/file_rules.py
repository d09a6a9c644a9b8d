"""What running releases refuse in the server's own file: they exit when they start."""

from __future__ import annotations

from collections.abc import Iterator

from agent.matrix import Matrix
from agent.matrix.file_rules import RefusedBy, rule_of
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import ClusterView
from agent.verdict.result import Result, StartAnswer
from agent.verdict.server.running_versions import RunningVersions


def file_results(matrix: Matrix, view: ClusterView, running: RunningVersions) -> list[Result]:
    """A result for each value that a running release refuses, or may refuse."""
    return [_result(rule, found, name, view) for rule, found, name in _refused(matrix, view, running)]


def file_starts(matrix: Matrix, view: ClusterView, running: RunningVersions) -> list[StartAnswer]:
    """Why a server would not start with its file, or may not."""
    return [
        StartAnswer(False if rule.is_certain else None, _message(rule, found, name))
        for rule, found, name in _refused(matrix, view, running)
        # What is not certain did not stop a server that answers.
        if rule.is_certain or not view.answers
    ]


def _refused(
    matrix: Matrix, view: ClusterView, running: RunningVersions
) -> Iterator[tuple[RefusedBy, str, str]]:
    """The rule, what was found, and the first release that has the rule."""
    file = view.subject.server_file
    for code, found in file.violations if file is not None else ():
        rule = rule_of(matrix.file_rules, code)
        for match in running.matches if rule is not None else ():
            releases = match.releases or match.neighbours
            if rule is not None and releases and all(map(rule.applies_to, releases)):
                yield rule, found, f"Temporal {match.version.raw[:60]}"
                break


def _result(rule: RefusedBy, found: str, name: str, view: ClusterView) -> Result:
    verdict, reason = Verdict.UNSUPPORTED, Reason.SERVER_FILE_REFUSED
    if not rule.is_certain:
        verdict = Verdict.SUPPORTED if view.answers else Verdict.UNKNOWN
        reason = Reason.SERVER_FILE_UNCERTAIN
    message = _message(rule, found, name)
    return Result(Role.SERVER, Check.CONFIGURATION, "temporal", verdict, reason, message, rule.source)


def _message(rule: RefusedBy, found: str, name: str) -> str:
    refuses = "refuses its own file" if rule.is_certain else "may not start with its own file"
    return f"{name} {refuses}: {found}. {rule.cure}"
