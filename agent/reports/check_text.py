"""What `check` prints, and the exit code that goes with it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from agent.matrix import Advisory
from agent.model.vocabulary import Level, Verdict, worst
from agent.reports.cluster_json import cluster_document
from agent.reports.exit_codes import FINDINGS, FINE, UNDETERMINED
from agent.snapshot import Snapshot
from agent.verdict import Result

_WORDS = {True: "yes", False: "no", None: "not known"}


def exit_code(snapshots: Sequence[Snapshot], fail_on: Collection[Verdict] = ()) -> int:
    """1: something is unsupported or would not start; 3: something could not be determined; else 0.

    With `fail_on`, these verdicts of a cluster are findings, too. A waiver counts, but never for whether a
    server would start.
    """
    verdicts = [snapshot.judgement.verdict for snapshot in snapshots]
    verdict, starts = worst(verdicts), _would_start(snapshots)
    asked_for = {*verdicts, *([Verdict.UNKNOWN] if starts is None else [])} & set(fail_on)
    if verdict is Verdict.UNSUPPORTED or starts is False or asked_for:
        return FINDINGS
    return UNDETERMINED if verdict is Verdict.UNKNOWN or starts is None else FINE


def as_json(snapshots: Sequence[Snapshot]) -> str:
    """One object, as the API's."""
    document = {
        "verdict": worst([snapshot.judgement.verdict for snapshot in snapshots]),
        "would_start": _would_start(snapshots),
        "clusters": [cluster_document(snapshot) for snapshot in snapshots],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def as_text(snapshots: Sequence[Snapshot]) -> str:
    """For people: a paragraph a cluster, its checks one a line."""
    return "\n\n".join(_paragraph(snapshot) for snapshot in snapshots)


def _paragraph(snapshot: Snapshot) -> str:
    judgement = snapshot.judgement
    start = judgement.start
    lines = [
        f"{snapshot.subject.name}: {judgement.verdict}",
        f"  would start: {_WORDS[start.would_start]} ({start.message})",
        *(_line(result) for result in (*judgement.results, *judgement.remarks)),
    ]
    lines += [_advice(advisory) for advisory in judgement.advisories if advisory.level is not Level.INFO]
    for observation in snapshot.observations:
        target, failure = observation.target, observation.failure
        name = " ".join(part for part in (target.role, target.endpoint, target.name) if part)
        if failure is not None:
            lines.append(f"  probe failed: {name}: {failure.reason}: {failure.text}")
        limits = observation.facts.limits if observation.facts else ()
        lines += [f"  not told: {name}: {limit.reason}: {limit.text}" for limit in limits]
    return "\n".join(lines)


def _line(result: Result) -> str:
    place = f"{result.role} {result.check}"
    said = "; ".join(filter(None, (result.reason, result.source)))
    line = f"  {result.verdict:<11}  {place:<24}  {result.message} [{said}]"
    if result.waiver is not None:
        line += f" (waived until {result.waiver.until}: {result.waiver.comment})"
    return line


def _advice(advisory: Advisory) -> str:
    only_if = f" If: {advisory.condition}." if advisory.condition else ""
    return f"  {advisory.level:<11}  {advisory.id}: {advisory.summary}{only_if} {advisory.remedy}"


def _would_start(snapshots: Sequence[Snapshot]) -> bool | None:
    answers = [snapshot.judgement.start.would_start for snapshot in snapshots]
    if False in answers:
        return False
    return None if None in answers else True
