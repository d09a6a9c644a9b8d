"""What changed in a round, for the log: one line for each change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from agent.model.observation import Observation
from agent.model.vocabulary import Verdict
from agent.snapshot import Snapshot
from agent.verdict import Result


@dataclass(frozen=True)
class Transition:
    """One log line: what happened, whether it is bad news, and where, as fields."""

    message: str
    is_bad: bool
    fields: dict[str, str] = field(default_factory=dict)


def transitions(before: Snapshot, after: Snapshot) -> Iterator[Transition]:
    """The differences between two snapshots of one cluster: causes first, then effects.

    A first round reports all findings and the verdict, so that the log of a new process starts with them.
    """
    known = {observation.target: observation for observation in before.observations}
    for observation in after.observations:
        yield from _probe(known.get(observation.target), observation)
    was = {_key(result): result for result in before.judgement.results} if before.taken else {}
    for result in after.judgement.results:
        yield from _check(was.get(_key(result)), result)
    yield from _cluster(before, after)


def _probe(before: Observation | None, after: Observation) -> Iterator[Transition]:
    target = after.target
    fields = {"role": str(target.role), "probe": target.endpoint}
    if target.name:
        # Not "name": that is a field of every log record.
        fields["target"] = target.name
    failed_before = before is not None and before.failure is not None
    if after.failure is not None:
        if before is None or before.failure is None or before.failure.reason is not after.failure.reason:
            reason = {"reason": after.failure.reason, "error": after.failure.text}
            yield Transition("probe failed", is_bad=True, fields=fields | reason)
    elif failed_before:
        yield Transition("probe succeeded again", is_bad=False, fields=fields)


def _check(before: Result | None, after: Result) -> Iterator[Transition]:
    if before is not None and (before.verdict, before.reason) == (after.verdict, after.reason):
        return
    if before is None and not after.is_finding:
        return
    fields = {
        "role": after.role,
        "check": after.check,
        "verdict": after.verdict,
        "reason": after.reason,
        "detail": after.message,
    }
    yield Transition("check changed", is_bad=after.verdict is not Verdict.SUPPORTED, fields=fields)


def _cluster(before: Snapshot, after: Snapshot) -> Iterator[Transition]:
    was, now = before.judgement, after.judgement
    same = (was.verdict, was.start.would_start) == (now.verdict, now.start.would_start)
    if same and before.taken is not None:
        return
    starts = {True: "yes", False: "no", None: "unknown"}[now.start.would_start]
    bad = now.verdict is not Verdict.SUPPORTED or now.start.would_start is False
    fields = {"verdict": now.verdict, "would_start": starts, "detail": now.start.message}
    yield Transition("cluster verdict changed", is_bad=bad, fields=fields)


def _key(result: Result) -> tuple[str, str]:
    return result.role, result.check
