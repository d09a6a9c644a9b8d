"""The lines of `check` for people: findings first, and what to do about each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from agent.model.text import shorten
from agent.model.vocabulary import SEVERITY, Level, Verdict
from agent.reports.advisory_document import AdvisoryDocument, Applies
from agent.reports.check_document import CheckDocument
from agent.reports.cluster_document import ClusterDocument
from agent.reports.next_step import command_for, repair, what_to_do
from agent.reports.text_style import TextStyle

ANSWERS = {True: "yes", False: "no", None: "not known"}
_MARGIN = "  "
#: Of the lines below a finding.
_INDENT = " " * 6
#: Clusters without findings that are named.
_MAX_NAMES = 5


@dataclass(frozen=True)
class TextOptions:
    """What the text shows. `verbose`: also passed checks and sources. `short`: one line for each cluster.

    `config_file`: where the clusters are configured, for commands; empty where there is no such file.
    """

    style: TextStyle = field(default_factory=TextStyle)
    verbose: bool = False
    short: bool = False
    config_file: str = ""


def check_lines(clusters: Sequence[ClusterDocument], options: TextOptions) -> Iterator[str]:
    """The worst cluster first. Of several clusters, those without findings share one line."""
    clusters = sorted(clusters, key=_rank)
    fine = [] if len(clusters) == 1 or options.verbose else list(filter(_is_fine, clusters))
    for cluster in clusters:
        if cluster not in fine:
            yield from _short(cluster, options) if options.short else _paragraph(cluster, options)
            yield from () if options.short or len(clusters) == 1 else ("",)
    if fine:
        yield from _fine(fine, options)


def _rank(cluster: ClusterDocument) -> tuple[bool, int]:
    return cluster.would_start is not False, -SEVERITY.index(cluster.verdict)


def _is_fine(cluster: ClusterDocument) -> bool:
    is_read = not any(probe.failure or (probe.facts and probe.facts.gaps) for probe in cluster.probes)
    is_good = cluster.verdict is Verdict.SUPPORTED and cluster.would_start is True
    is_warned = any(each.counts for each in cluster.advisories)
    return is_read and is_good and not (cluster.findings or cluster.assumption or is_warned)


def _warnings(cluster: ClusterDocument) -> list[AdvisoryDocument]:
    shown = [each for each in cluster.advisories if each.applies is not Applies.NO]
    return [each for each in shown if each.level is not Level.INFO]


def _is_certain(advisory: AdvisoryDocument) -> bool:
    return advisory.level is Level.CRITICAL and advisory.applies is Applies.YES and not advisory.waived


def _fine(clusters: Sequence[ClusterDocument], options: TextOptions) -> Iterator[str]:
    names = ", ".join(cluster.temporal_cluster for cluster in clusters[:_MAX_NAMES])
    more = len(clusters) - _MAX_NAMES
    text = f"{count(len(clusters), 'cluster')} without findings, all would start: {names}"
    text += f" and {more} more" if more > 0 else ""
    first = f"{options.style.verdict(Verdict.SUPPORTED, padded=True)}  "
    yield from options.style.paragraph(text, _MARGIN, first)


def _short(cluster: ClusterDocument, options: TextOptions) -> Iterator[str]:
    findings = [finding for finding in cluster.causes if not finding.waived]
    found = ", ".join(f"{each.role} {each.check} {each.reason}" for each in findings) or "no findings"
    text = f"{cluster.temporal_cluster}: would start: {ANSWERS[cluster.would_start]}; {found}"
    first = f"{options.style.verdict(cluster.verdict, padded=True)}  "
    yield from options.style.paragraph(text, _MARGIN, first)


def _paragraph(cluster: ClusterDocument, options: TextOptions) -> Iterator[str]:
    style = options.style
    yield f"{cluster.temporal_cluster}: {style.verdict(cluster.verdict)}"
    answer = f"would start: {ANSWERS[cluster.would_start]} ({cluster.would_start_message})"
    yield from style.paragraph(answer, _INDENT, _MARGIN)
    if plan := repair(cluster, options.config_file):
        yield from style.paragraph("This plan is the repair:", _INDENT, _INDENT)
        yield from style.command(plan, _INDENT)
    if cluster.assumption is not None:
        yield from style.paragraph(cluster.assumption.text, _INDENT, _MARGIN)
    for group in _grouped(cluster.causes):
        yield from _finding(group, cluster, options)
    shown = {(finding.role, finding.reason) for finding in cluster.findings}
    for advisory in _warnings(cluster):
        if options.verbose or _is_certain(advisory):
            yield from _advisory(advisory, options)
    for probe in cluster.probes:
        if probe.failure is not None and (probe.role, probe.failure.reason) not in shown:
            text = f"probe failed: {probe.place}: {probe.failure.message} [{probe.failure.reason}]"
            yield from style.paragraph(text, _INDENT, _MARGIN)
        for gap in probe.facts.gaps if probe.facts else ():
            text = f"could not read: {probe.place}: {gap.message} [{gap.reason}]"
            yield from style.paragraph(text, _INDENT, _MARGIN)
    yield from _passed(cluster, options)


def _grouped(findings: Sequence[CheckDocument]) -> list[list[CheckDocument]]:
    """Findings that say the same are one finding."""
    groups: dict[object, list[CheckDocument]] = {}
    for each in findings:
        groups.setdefault((each.verdict, each.reason, each.message, each.accepted), []).append(each)
    return list(groups.values())


def _finding(group: Sequence[CheckDocument], cluster: ClusterDocument, options: TextOptions) -> Iterator[str]:
    finding, style = group[0], options.style
    yield from style.paragraph(_text(group, options), _INDENT, _first(finding.verdict, style))
    if options.verbose and (details := cluster.details(finding)):
        yield from style.paragraph(f"details: {details}", _INDENT, _INDENT)
    if finding.accepted is None:
        yield from style.paragraph(what_to_do(finding), _INDENT, _INDENT)
        command = command_for(finding, cluster, options.config_file)
        yield from () if command == repair(cluster, options.config_file) else style.command(command, _INDENT)
    yield from _consequences([each for one in group for each in cluster.consequences(one)], options)


def _consequences(found: Sequence[CheckDocument], options: TextOptions) -> Iterator[str]:
    """What follows from a finding: one line, or with `-v` one for each."""
    if options.verbose:
        for each in found:
            yield from options.style.paragraph(
                f"follows: {_text([each], options)}", _INDENT + _MARGIN, _INDENT
            )
    elif found:
        places = ", ".join(f"{each.role} {each.check}" for each in found)
        text = f"{count(len(found), 'consequence')}: {places}"
        yield from options.style.paragraph(text, _INDENT, _INDENT)


def _first(verdict: Verdict, style: TextStyle) -> str:
    return f"{_MARGIN}{style.verdict(verdict, padded=True)}  "


def _text(group: Sequence[CheckDocument], options: TextOptions) -> str:
    places = ", ".join(f"{check.role} {check.check}" for check in group)
    source = f"; {group[0].source}" if options.verbose and group[0].source else ""
    waiver = group[0].accepted
    waived = f" (waived until {waiver.until}: {waiver.comment})" if waiver else ""
    return f"{places}: {group[0].message} [{group[0].reason}{source}]{waived}"


def _advisory(advisory: AdvisoryDocument, options: TextOptions) -> Iterator[str]:
    source = f" [{advisory.source}]" if options.verbose else ""
    text = f"{advisory.fault}{source}"
    yield from options.style.paragraph(text, _INDENT, f"{_MARGIN}{advisory.level:<11}  ")
    yield from options.style.paragraph(advisory.what_to_do, _INDENT, _INDENT)


def _passed(cluster: ClusterDocument, options: TextOptions) -> Iterator[str]:
    checks = [check for check in cluster.checks if not check.is_finding]
    if options.verbose:
        for check in checks:
            first = _first(check.verdict, options.style)
            yield from options.style.paragraph(_text([check], options), _INDENT, first)
        return
    folded = [each for each in _warnings(cluster) if each.counts and not _is_certain(each)]
    parts = [f"{count(len(checks), 'check')} passed"] if checks else []
    if folded:
        names = ", ".join(each.id for each in folded if each.level is Level.CRITICAL)
        which = f" (critical: {names})" if names else ""
        parts.append(f"{count(len(folded), 'published warning')} may apply{which}")
    if waived := sum(each.waived for each in _warnings(cluster)):
        parts.append(f"{count(waived, 'published warning')} waived")
    if parts:
        mark = options.style.mark(Verdict.SUPPORTED)
        text = f"{'; '.join(parts)}; -v shows them"
        yield from options.style.paragraph(text, _INDENT, f"{_MARGIN}{mark}")


def why(code: int, clusters: Sequence[ClusterDocument], fail_on: Collection[Verdict | Level] = ()) -> str:
    """Why the exit code is what it is, with the names of the clusters that decide."""
    refused = [each.temporal_cluster for each in clusters if each.would_start is False]
    bad = [each.temporal_cluster for each in clusters if each.verdict is Verdict.UNSUPPORTED]
    unsure = [
        each.temporal_cluster
        for each in clusters
        if each.verdict is Verdict.UNKNOWN or each.would_start is None
    ]
    if code == 1:
        parts = [f"would not start: {_names(refused)}"] if refused else []
        parts += [f"unsupported: {_names(bad)}"] if bad else []
        return "; ".join(parts or _gated(clusters, fail_on))
    if code:
        return f"not known: {_names(unsure)}" if unsure else "nothing was checked: no cluster is configured"
    untested = [each.temporal_cluster for each in clusters if each.verdict is Verdict.UNTESTED]
    if untested:
        return f"untested counts only with --fail-on untested: {_names(untested)}"
    waived = any(finding.waived for each in clusters for finding in each.findings)
    return "nothing unsupported or unknown" + (", waivers counted" if waived else "")


def _gated(clusters: Sequence[ClusterDocument], fail_on: Collection[Verdict | Level]) -> Iterator[str]:
    """What `--fail-on` found."""
    for each in (Verdict.UNTESTED, Verdict.UNKNOWN):
        names = [cluster.temporal_cluster for cluster in clusters if cluster.verdict is each]
        if each in fail_on and names:
            yield f"--fail-on {each}: {_names(names)}"
    for level in Level:
        found = dict.fromkeys(
            warning.id
            for cluster in clusters
            for warning in cluster.advisories
            if warning.level is level and warning.counts
        )
        if level in fail_on and found:
            yield f"--fail-on {level}-advisory: {_names(list(found))}"


def _names(names: Sequence[str]) -> str:
    more = len(names) - _MAX_NAMES
    shown = ", ".join(shorten(name, 63) for name in names[:_MAX_NAMES])
    return f"{shown} and {more} more" if more > 0 else shown


def count(number: int, word: str) -> str:
    """A number with its word, in the plural where it is not 1."""
    return f"{number} {word}{'' if number == 1 else 's'}"
