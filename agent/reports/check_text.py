"""The text output and the exit code of `check`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from agent.model.vocabulary import Level, Verdict
from agent.reports import document
from agent.reports.advisory_document import AdvisoryDocument, Applies
from agent.reports.check_document import CheckDocument
from agent.reports.cluster_document import (
    ClusterDocument,
    check_report,
    cluster_document,
)
from agent.reports.exit_codes import ExitCode
from agent.snapshot import Snapshot

_ANSWERS = {True: "yes", False: "no", None: "not known"}


def exit_code(snapshots: Sequence[Snapshot], fail_on: Collection[Verdict | Level] = ()) -> int:
    """1: something is unsupported or would not start; 3: something could not be determined; else 0.

    The verdicts in `fail_on` also give 1, and so does a warning of a level in it that applies or may apply.
    A waiver removes a finding or a warning, but not that a server would not start.
    """
    report = check_report(snapshots)
    verdicts = {report.verdict, *(cluster.verdict for cluster in report.clusters)}
    if report.would_start is None:
        verdicts.add(Verdict.UNKNOWN)
    levels = {each.level for cluster in report.clusters for each in cluster.advisories if each.counts}
    is_gated = bool(set(fail_on) & {*verdicts, *levels})
    if report.verdict is Verdict.UNSUPPORTED or report.would_start is False or is_gated:
        return ExitCode.FINDINGS
    return ExitCode.UNDETERMINED if Verdict.UNKNOWN in verdicts else ExitCode.OK


def as_json(snapshots: Sequence[Snapshot]) -> str:
    """One object; its clusters are those of the API."""
    return document.as_json(check_report(snapshots))


def as_text(snapshots: Sequence[Snapshot]) -> str:
    """For people: one paragraph per cluster, one line per check."""
    return "\n\n".join("\n".join(_paragraph(cluster_document(snapshot))) for snapshot in snapshots)


def _paragraph(cluster: ClusterDocument) -> Iterator[str]:
    yield f"{cluster.temporal_cluster}: {cluster.verdict}"
    yield f"  would start: {_ANSWERS[cluster.would_start]} ({cluster.would_start_message})"
    if cluster.assumption is not None:
        yield f"  {cluster.assumption.text}"
    yield from map(_line, (*cluster.checks, *cluster.remarks))
    yield from (f"  {each.level:<11}  {each.text}" for each in cluster.advisories if _is_shown(each))
    for probe in cluster.probes:
        if probe.failure is not None:
            yield f"  probe failed: {probe.place}: {probe.failure.reason}: {probe.failure.message}"
        for gap in probe.facts.gaps if probe.facts else ():
            yield f"  could not read: {probe.place}: {gap.reason}: {gap.message}"


def _line(check: CheckDocument) -> str:
    place = f"{check.role} {check.check}"
    origin = "; ".join(filter(None, (check.reason, check.source)))
    line = f"  {check.verdict:<11}  {place:<24}  {check.message} [{origin}]"
    if check.accepted is not None:
        line += f" (waived until {check.accepted.until}: {check.accepted.comment})"
    return line


def _is_shown(advisory: AdvisoryDocument) -> bool:
    return advisory.level is not Level.INFO and advisory.applies is not Applies.NO
