"""The check `configuration` of the server: one result from many findings, and the others as remarks."""

from __future__ import annotations

from agent.model.vocabulary import Verdict
from agent.verdict.check import NOTHING, CheckInputs, Outcome
from agent.verdict.role_version import worst_result
from agent.verdict.server.cluster_metadata import record_results, record_starts
from agent.verdict.server.file_rules import file_results, file_starts
from agent.verdict.server.removed_keys import dropped_key_results
from agent.verdict.server.replication import remote_results
from agent.verdict.server.start_conditions import condition_starts
from agent.verdict.server.vendor_advice import same_cluster_remarks


def configuration_check(inputs: CheckInputs) -> Outcome:
    """The worst finding, if it is not plainly supported, and the rest as remarks."""
    view, running = inputs.view, inputs.running
    results = [
        *record_results(view, running),
        *remote_results(inputs.matrix, view),
        *dropped_key_results(inputs.matrix, view, running),
        *file_results(inputs.matrix, view, running),
    ]
    judged = [result for result in results if result.verdict is not Verdict.SUPPORTED]
    worst = worst_result(judged) if judged else None
    remarks = (*same_cluster_remarks(view), *(result for result in results if result is not worst))
    return Outcome((worst,) if worst else (), remarks) if worst or remarks else NOTHING


def record_start_check(inputs: CheckInputs) -> Outcome:
    """Whether the server would start with its own file, and under conditions that nothing shows."""
    view, running = inputs.view, inputs.running
    starts = (
        *record_starts(view, running),
        *file_starts(inputs.matrix, view, running),
        *condition_starts(view, running),
    )
    return Outcome(starts=starts) if starts else NOTHING
