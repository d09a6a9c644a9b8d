"""What `plan` prints: for people, as JSON, as Markdown for a change request, as a shell script."""

from __future__ import annotations

from collections.abc import Iterator

from agent.reports import document
from agent.reports.exit_codes import FINDINGS, FINE
from agent.reports.plan_document import (
    STAGING,
    USED,
    BlockerDocument,
    PlanDocument,
    StepDocument,
    plan_document,
)
from agent.upgrade import Plan


def exit_code(plan: Plan) -> int:
    """1: something stands in the way."""
    return FINDINGS if plan.blockers else FINE


def as_json(plan: Plan) -> str:
    """One object, the same as the API returns."""
    return document.as_json(plan_document(plan))


def as_text(plan: Plan) -> str:
    """For people: what blocks, then hop by hop."""
    return "\n".join(_text(plan_document(plan)))


def _text(plan: PlanDocument) -> Iterator[str]:
    yield f"{plan.title}: {plan.summary}"
    for b in plan.blockers:
        yield f"  blocked at {b.release}: {_place(b)}: {b.message}{_citation(b.source)}"
    yield from (f"  {advice}" for advice in plan.advice)
    for hop in plan.hops:
        yield from ("", f"{hop.release}  {hop.standing}".rstrip())
        yield from (f"  ! {note.text}{_citation(note.source)}" for note in hop.notes)
        for number, step in enumerate(hop.steps, 1):
            yield f"  {number}. {_what(step)}"
            yield from (f"       {line}" for line in (step.command or "").splitlines())
        yield f"  {hop.rollback_text}"


def as_markdown(plan: Plan) -> str:
    """To paste into a change request: a checklist a hop."""
    return "\n".join(_markdown(plan_document(plan)))


def _markdown(plan: PlanDocument) -> Iterator[str]:
    yield from (f"# {plan.title}", "", f"{plan.summary}. {STAGING}" if plan.hops else f"{plan.summary}.")
    yield from (line for login in plan.logins for line in ("", login))
    if plan.blockers:
        yield from ("", "## What stands in the way", "")
        for b in plan.blockers:
            yield f"- before **{b.release}**, {_place(b)}: {b.message}{_citation(b.source)}"
    for hop in plan.hops:
        yield from ("", f"## {hop.release}{hop.standing and f' ({hop.standing})'}", "")
        yield from (f"> {note.text}{_citation(note.source)}\n" for note in hop.notes)
        for step in hop.steps:
            yield f"- [ ] {_what(step)}"
            if step.command:
                yield from ("", "  ```sh", *(f"  {line}" for line in step.command.splitlines()), "  ```", "")
        yield from ("", hop.rollback_text)


def as_shell(plan: Plan) -> str:
    """A script that ends at the first error, and waits at everything that it can't do itself."""
    return "\n".join(_shell(plan_document(plan)))


def _shell(plan: PlanDocument) -> Iterator[str]:
    commands = [step.command for step in plan.steps if step.command]
    needed = {name for command in commands for name, default in USED.findall(command) if not default}
    yield from (*_HEAD, f"# {plan.title}: {plan.summary}.", f"# {STAGING}")
    yield from (f"# {login}" for login in plan.logins)
    yield from _PROLOGUE
    if commands:
        yield from (': "${TEMPORAL_TOOLS:?}"', *(f': "${{{name}:?}}"' for name in sorted(needed)))
    for hop in plan.hops:
        yield from ("", f"# {hop.release}")
        yield from (f"# {_line(note.text + _citation(note.source))}" for note in hop.notes)
        yield from (f"echo {_quoted(f'blocked: {_place(b)}: {b.message}')} >&2" for b in hop.blockers)
        if hop.blockers:
            yield "exit 1"
        for step in hop.steps:
            yield from _script(step)
        yield f"# {hop.rollback_text}"


_HEAD = ["#!/usr/bin/env bash"]
_PROLOGUE = [
    "# $TEMPORAL_TOOLS holds a folder for each release, by its name, with that release's tools and its",
    "# schema folder. The script ends at the first error. Run anew it begins at the top: the tools leave",
    "# alone what was done.",
    "set -euo pipefail",
    "",
    "wait_for() {",
    "\tprintf '\\n%s\\nEnter goes on, anything else ends this: ' \"$1\"",
    '\tread -r answer && [ -z "$answer" ]',
    "}",
    "",
    "# The folder of a release, with its tools before all others.",
    "tools_of() {",
    '\tcd "$TEMPORAL_TOOLS/$1"',
    '\tif [ ! -x "$2" ]; then',
    '\t\tprintf \'there is no %s in %s\\n\' "$2" "$PWD" >&2',
    "\t\texit 1",
    "\tfi",
    '\texport PATH="$PWD:$PATH"',
    "}",
    "",
]


def _script(step: StepDocument) -> Iterator[str]:
    if not step.command:
        yield f"wait_for {_quoted(step.note)}"
        return
    tool, _, release = (step.tool or "").rpartition(" ")
    yield f"echo {_quoted(step.note)}"
    yield "("
    # Scripts lie in the schema folder.
    yield f"\ttools_of {release} {'schema' if tool.endswith('.sh') else tool}"
    yield from (f"\t{line}" for line in step.command.splitlines())
    yield ")"


def _what(step: StepDocument) -> str:
    tool = f" By {step.tool}:" if step.command else ""
    return f"{step.note}{tool}"


def _place(blocker: BlockerDocument) -> str:
    return f"{blocker.role} {blocker.check} ({blocker.reason})"


def _citation(source: str | None) -> str:
    return f" [{source}]" if source else ""


def _line(text: str) -> str:
    """On one line: a comment must not go on in code."""
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
