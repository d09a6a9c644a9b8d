"""The check `configuration` of the server: one answer of many findings; the others stand beside it."""

from __future__ import annotations

from agent.matrix import Matrix
from agent.model.vocabulary import Verdict
from agent.verdict.cluster import View
from agent.verdict.result import Result
from agent.verdict.role_version import decisive
from agent.verdict.server.cluster_metadata import record_results
from agent.verdict.server.removed_keys import dropped_key_results
from agent.verdict.server.replication import remote_results
from agent.verdict.server.running_versions import Running


def configuration_result(matrix: Matrix, view: View, running: Running) -> tuple[Result | None, list[Result]]:
    """The worst of all that is found, if it is a verdict of its own, and the rest as remarks."""
    found = [
        *record_results(view, running),
        *remote_results(matrix, view),
        *dropped_key_results(matrix, view, running),
    ]
    judged = [result for result in found if result.verdict is not Verdict.SUPPORTED]
    worst = decisive(judged) if judged else None
    return worst, [result for result in found if result is not worst]
