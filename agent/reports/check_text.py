"""The text output and the exit code of `check`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from agent.model.vocabulary import Level, Verdict
from agent.reports import document
from agent.reports.check_lines import TextOptions, check_lines, why
from agent.reports.cluster_document import check_report, cluster_document
from agent.reports.exit_codes import ExitCode
from agent.snapshot import Snapshot


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


def as_text(
    snapshots: Sequence[Snapshot],
    fail_on: Collection[Verdict | Level] = (),
    options: TextOptions | None = None,
) -> str:
    """For people: the worst cluster first, its worst finding first, and why the exit code is what it is."""
    options = options or TextOptions()
    clusters = tuple(map(cluster_document, snapshots))
    code = exit_code(snapshots, fail_on)
    last = options.style.paragraph(f"exit code {code}: {why(code, clusters, fail_on)}", "  ")
    return "\n".join([*check_lines(clusters, options), *last])
