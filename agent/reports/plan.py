"""The output of `plan`: text, JSON, Markdown for a change request, and a shell script."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from agent.model.vocabulary import Level, Verdict
from agent.reports import document
from agent.reports.advisory_document import AdvisoryDocument
from agent.reports.exit_codes import ExitCode
from agent.reports.plan_document import (
    STAGING,
    USED,
    BlockerDocument,
    FindingDocument,
    PlanDocument,
    StepDocument,
    plan_document,
)
from agent.upgrade import Plan

#: Commands in the text have this indent, and nothing else has.
COMMAND_INDENT = " " * 7


def exit_code(plan: Plan, fail_on: Collection[Verdict | Level] = ()) -> int:
    """1: the plan has blockers, or what `fail_on` has; 3: something could not be determined; else 0.

    `fail_on`: verdicts of any hop, and levels of warnings about the target that apply or may apply.
    """
    if plan.blockers or (plan.verdicts | plan.target_levels) & set(fail_on):
        return ExitCode.FINDINGS
    return ExitCode.UNDETERMINED if Verdict.UNKNOWN in plan.verdicts else ExitCode.OK


def as_json(plan: Plan) -> str:
    """One object, the same as the API returns."""
    return document.as_json(plan_document(plan))


def as_text(plan: Plan) -> str:
    """For people: blockers first, then hop by hop."""
    return "\n".join(_text(plan_document(plan)))


def _text(plan: PlanDocument) -> Iterator[str]:
    yield f"{plan.title}: {plan.summary}"
    if plan.hops:
        yield from ("", *_table(plan), "", *_by_hand(plan), "")
    for b in plan.blockers:
        yield f"  blocked at {b.release}: {cited(blocker_text(b), b.source)}"
    yield from (f"  {advice}" for advice in plan.advice)
    for hop in plan.hops:
        yield from ("", f"{hop.release}  {hop.block_status}".rstrip())
        yield from (f"  ! {cited(finding_text(finding), finding.source)}" for finding in hop.new_findings)
        yield from (f"  ! {warning_text(advisory)}" for advisory in hop.new_advisories)
        yield from (f"  ! {cited(note.text, note.source)}" for note in hop.notes)
        for number, step in enumerate(hop.steps, 1):
            yield f"  {number}. {step_text(step)}"
            yield from (f"{COMMAND_INDENT}{line}" for line in (step.command or "").splitlines())
        yield f"  {hop.rollback_text}"


def _table(plan: PlanDocument) -> Iterator[str]:
    rows = [("COMPONENT", "CURRENT", "TARGET")]
    rows += [(each.component, each.current, each.target) for each in plan.changes]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    for component, current, target in rows:
        yield f"  {component:<{first}}  {current:<{second}}  {target}"


def _by_hand(plan: PlanDocument) -> Iterator[str]:
    """What a person does before the first step."""
    backups = [each.backup for each in plan.changes if each.backup]
    if backups:
        yield "  First, by hand: back up every store, such as"
        yield from (f"{COMMAND_INDENT}{backup}" for backup in backups)


def as_markdown(plan: Plan) -> str:
    """To paste into a change request: one checklist per hop."""
    return "\n".join(_markdown(plan_document(plan)))


def _markdown(plan: PlanDocument) -> Iterator[str]:
    yield from (f"# {plan.title}", "", f"{plan.summary}. {STAGING}" if plan.hops else f"{plan.summary}.")
    yield from (line for login in plan.logins for line in ("", login))
    if plan.hops:
        yield from ("", "| component | current | target |", "| --- | --- | --- |")
        yield from (f"| {each.component} | {each.current} | {each.target} |" for each in plan.changes)
    backups = [each.backup for each in plan.changes if each.backup] if plan.hops else []
    if backups:
        yield from ("", "- [ ] Back up every store, such as", "")
        yield from ("  ```sh", *(f"  {backup}" for backup in backups), "  ```")
    if plan.blockers:
        yield from ("", "## Blockers", "")
        for b in plan.blockers:
            yield f"- before **{b.release}**, {cited(blocker_text(b), b.source)}"
    for hop in plan.hops:
        yield from ("", f"## {hop.release}{hop.block_status and f' ({hop.block_status})'}", "")
        yield from (f"> {cited(finding_text(finding), finding.source)}\n" for finding in hop.new_findings)
        yield from (f"> {warning_text(advisory)}\n" for advisory in hop.new_advisories)
        yield from (f"> {cited(note.text, note.source)}\n" for note in hop.notes)
        for step in hop.steps:
            yield f"- [ ] {step_text(step)}"
            if step.command:
                yield from ("", "  ```sh", *(f"  {line}" for line in step.command.splitlines()), "  ```", "")
        yield from ("", hop.rollback_text)


def as_shell(plan: Plan) -> str:
    """A script that stops at the first error, and pauses at each manual step."""
    return "\n".join(_shell(plan_document(plan)))


def _shell(plan: PlanDocument) -> Iterator[str]:
    commands = [step.command for step in plan.steps if step.command]
    needed = {name for command in commands for name, default in USED.findall(command) if not default}
    yield from (*_HEAD, f"# {plan.title}: {plan.summary}.", f"# {STAGING}")
    yield from (f"# {login}" for login in plan.logins)
    yield from _PROLOGUE
    if commands:
        yield from (': "${TEMPORAL_TOOLS:?}"', *(f': "${{{name}:?}}"' for name in sorted(needed)))
        yield from _requirements(plan)
    backups = [each.backup for each in plan.changes if each.backup]
    if plan.hops and backups:
        yield "wait_for " + _quoted("\n".join(("Back up every store, such as:", *backups)))
    for hop in plan.hops:
        yield from ("", f"# {hop.release}")
        yield from (
            f"# {_line(cited(finding_text(finding), finding.source))}" for finding in hop.new_findings
        )
        yield from (f"# {_line(warning_text(advisory))}" for advisory in hop.new_advisories)
        yield from (f"# {_line(cited(note.text, note.source))}" for note in hop.notes)
        yield from (f"echo {_quoted(f'blocked: {blocker_text(b)}')} >&2" for b in hop.blockers)
        if hop.blockers:
            yield "exit 1"
        for step in hop.steps:
            yield from _script(step)
        yield f"# {hop.rollback_text}"
    yield from ("", f"echo {_quoted(f'Done: {plan.title}, {plan.summary}.')}")


def _requirements(plan: PlanDocument) -> Iterator[str]:
    """Looks for every program before the first step, up to the first hop that is blocked."""
    steps = []
    for hop in plan.hops:
        if hop.blockers:
            break
        steps += [step for step in hop.steps if step.command]
    lines = [f"require {_tool(step)}" for step in steps]
    yield from dict.fromkeys(lines)
    for program in ("curl", "jq"):
        if any(re.search(rf"(^|[|] ){program} ", step.command or "", re.MULTILINE) for step in steps):
            yield f"command -v {program} >/dev/null || {{ echo 'missing {program}' >&2; exit 1; }}"


def _tool(step: StepDocument) -> str:
    """The release and the program of a step; scripts are in the schema folder."""
    tool, _, release = (step.tool or "").rpartition(" ")
    return f"{release} {'schema' if tool.endswith('.sh') else tool}"


_HEAD = ["#!/usr/bin/env bash"]
_PROLOGUE = [
    "# $TEMPORAL_TOOLS is a folder with one subfolder per release, such as 1.31.2, that has the tools and",
    "# the schema folder of that release. The script stops at the first error. You can run it again from the",
    "# top: the tools skip the steps that are done.",
    "set -euo pipefail",
    "",
    "wait_for() {",
    "\tprintf '\\n%s\\nPress Enter to continue, type anything else to stop: ' \"$1\"",
    '\tread -r answer && [ -z "$answer" ]',
    "}",
    "",
    "# Stop unless the folder of a release has this tool.",
    "require() {",
    '\tif [ ! -x "$TEMPORAL_TOOLS/$1/$2" ]; then',
    '\t\tprintf \'missing %s/%s; check TEMPORAL_TOOLS\\n\' "$1" "$2" >&2',
    "\t\texit 1",
    "\tfi",
    "}",
    "",
    "# Enter the folder of a release, and put its tools first in PATH.",
    "tools_of() {",
    '\trequire "$1" "$2"',
    '\tcd "$TEMPORAL_TOOLS/$1"',
    '\texport PATH="$PWD:$PATH"',
    "}",
    "",
]


def _script(step: StepDocument) -> Iterator[str]:
    if not step.command:
        yield f"wait_for {_quoted(step.note)}"
        return
    # A person chooses the moment of a step that locks or rewrites a table.
    yield f"{'wait_for' if step.blocks else 'echo'} {_quoted(step.note)}"
    yield "("
    yield f"\ttools_of {_tool(step)}"
    yield from (f"\t{line}" for line in step.command.splitlines())
    yield ")"


def step_text(step: StepDocument) -> str:
    """What to do, and the tool of the command that follows."""
    tool = f" Use {step.tool}:" if step.command else ""
    return f"{step.note}{tool}"


def finding_text(finding: FindingDocument) -> str:
    """A finding on one line, without its source."""
    return f"{finding.verdict}: {finding.role} {finding.check} ({finding.reason}): {finding.message}"


def warning_text(advisory: AdvisoryDocument) -> str:
    """A published warning on one line."""
    return cited(f"{advisory.level} warning: {advisory.text}", advisory.source)


def blocker_text(blocker: BlockerDocument) -> str:
    """A blocker on one line, without its source."""
    return f"{blocker.role} {blocker.check} ({blocker.reason}): {blocker.message}"


def cited(text: str, source: str | None) -> str:
    """The text with its source, if it has one."""
    return f"{text} [{source}]" if source else text


def _line(text: str) -> str:
    """The text on one line: a line break would turn the rest of a comment into code."""
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
