"""What `plan` prints: for people, as JSON, as Markdown for a change request, as a shell script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from agent.reports.exit_codes import FINDINGS, FINE
from agent.upgrade import Blocker, Hop, Plan, Step, StepKind

_STAGING = "Go the whole way on a staging cluster under load first, then on the live one, by the same steps."
_USED = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)(:-)?")


def exit_code(plan: Plan) -> int:
    """1: something stands in the way."""
    return FINDINGS if plan.blockers else FINE


def document(plan: Plan) -> dict[str, Any]:
    """One object, as the API's."""
    return {
        "from": plan.start,
        "to": plan.target,
        "blockers": [_blocker(blocker) for blocker in plan.blockers],
        "hops": [
            {
                "release": hop.release,
                "blockers": [_blocker(blocker) for blocker in hop.blockers],
                "would_start": hop.would_start,
                "back_to": hop.back_to or None,
                "notes": [{"text": note.text, "source": note.source} for note in hop.notes],
                "steps": [_step(step) for step in hop.steps],
            }
            for hop in plan.hops
        ],
    }


def as_json(plan: Plan) -> str:
    return json.dumps(document(plan), indent=2, ensure_ascii=False)


def as_text(plan: Plan) -> str:
    """For people: what blocks, then hop by hop."""
    lines = [f"{_title(plan)}: {_count(plan)}"]
    lines += [
        f"  blocked at {b.release}: {_place(b)}: {b.message}{_said_by(b.source)}" for b in plan.blockers
    ]
    if plan.hops:
        lines += [f"  {_STAGING}"]
    lines += [f"  {login}" for login in _logins(plan)]
    for hop, stands in zip(plan.hops, _standing(plan), strict=True):
        lines += ["", f"{hop.release}{stands and f'  {stands}'}"]
        lines += [f"  ! {note.text}{_said_by(note.source)}" for note in hop.notes]
        for number, step in enumerate(hop.steps, 1):
            lines.append(f"  {number}. {_what(step)}")
            lines += [f"       {line}" for line in step.command.splitlines()]
        lines += [f"  {_back(plan, hop)}"]
    return "\n".join(lines)


def as_markdown(plan: Plan) -> str:
    """To paste into a change request: a checklist a hop."""
    lines = [f"# {_title(plan)}", "", f"{_count(plan)}. {_STAGING}" if plan.hops else f"{_count(plan)}."]
    lines += [line for login in _logins(plan) for line in ("", login)]
    if plan.blockers:
        lines += ["", "## What stands in the way", ""]
        lines += [
            f"- before **{b.release}**, {_place(b)}: {b.message}{_said_by(b.source)}" for b in plan.blockers
        ]
    for hop, stands in zip(plan.hops, _standing(plan), strict=True):
        lines += ["", f"## {hop.release}{stands and f' ({stands})'}", ""]
        lines += [f"> {note.text}{_said_by(note.source)}\n" for note in hop.notes]
        for step in hop.steps:
            lines.append(f"- [ ] {_what(step)}")
            if step.command:
                lines += ["", "  ```sh", *(f"  {line}" for line in step.command.splitlines()), "  ```", ""]
        lines += ["", _back(plan, hop)]
    return "\n".join(lines)


def as_shell(plan: Plan) -> str:
    """A script that ends at the first error, and waits at everything that it can't do itself."""
    used = [match for step in plan.steps for match in _USED.findall(step.command)]
    needed = sorted({name for name, default in used if not default})
    lines = [*_HEAD, f"# {_title(plan)}: {_count(plan)}.", f"# {_STAGING}"]
    lines += [f"# {login}" for login in _logins(plan)] + _PROLOGUE
    if any(step.command for step in plan.steps):
        lines += [': "${TEMPORAL_TOOLS:?}"', *(f': "${{{name}:?}}"' for name in needed)]
    for hop in plan.hops:
        lines += ["", f"# {hop.release}"]
        lines += [f"# {_line(note.text + _said_by(note.source))}" for note in hop.notes]
        lines += [f"echo {_quoted(f'blocked: {_place(b)}: {b.message}')} >&2" for b in hop.blockers]
        lines += ["exit 1"] if hop.blockers else []
        for step in hop.steps:
            lines += _script(step)
        lines.append(f"# {_back(plan, hop)}")
    return "\n".join(lines)


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


def _logins(plan: Plan) -> Iterator[str]:
    """Who runs the schema commands, where the configuration names but the agent's own user."""
    names = {name for step in plan.steps for name, default in _USED.findall(step.command) if default}
    if users := sorted(names):
        yield (
            f"Set {' and '.join(f'${name}' for name in users)} to the user who may change the schema;"
            " else the commands log in as the agent does, who should only read."
        )


def _script(step: Step) -> Iterator[str]:
    if not step.command:
        yield f"wait_for {_quoted(step.note)}"
        return
    tool, _, release = step.tool.rpartition(" ")
    yield f"echo {_quoted(step.note)}"
    yield "("
    # Scripts lie in the schema folder.
    yield f"\ttools_of {release} {'schema' if tool.endswith('.sh') else tool}"
    yield from (f"\t{line}" for line in step.command.splitlines())
    yield ")"


def _standing(plan: Plan) -> Iterator[str]:
    """Of each hop: whether something new blocks it, or what blocks an earlier one still does."""
    met: dict[Blocker, str] = {}
    for hop in plan.hops:
        first = min((met[b.anywhere] for b in hop.blockers if b.anywhere in met), key=_number, default="")
        is_new = any(b.anywhere not in met for b in hop.blockers)
        for blocker in hop.blockers:
            met.setdefault(blocker.anywhere, hop.release)
        yield "BLOCKED" if is_new else (f"blocked by what blocks {first}" if first else "")


def _number(release: str) -> list[int]:
    return [int(part) for part in release.split(".")]


def _title(plan: Plan) -> str:
    return f"Temporal {plan.start} to {plan.target}"


def _count(plan: Plan) -> str:
    if not plan.hops:
        return "nothing is to be done"
    steps = len(plan.steps)
    stands = f", {len(plan.blockers)} in the way" if plan.blockers else ""
    return f"{_several(len(plan.hops), 'hop')}, {_several(steps, 'step')}{stands}"


def _several(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _what(step: Step) -> str:
    tool = f" By {step.tool}:" if step.command else ""
    return f"{step.note}{tool}"


def _back(plan: Plan, hop: Hop) -> str:
    if hop.release == plan.start:
        return "The release stays the same: the way back is the configuration as it was."
    if not hop.back_to:
        return "No way back from here to the release before is known."
    if any(step.kind is StepKind.SCHEMA for step in hop.steps):
        return (
            f"The way back to {hop.back_to} is open until the next hop: it runs on the newer schema, which"
            " stays."
        )
    return f"The way back to {hop.back_to} is open until the next hop."


def _place(blocker: Blocker) -> str:
    return f"{blocker.role} {blocker.check} ({blocker.reason})"


def _said_by(source: str) -> str:
    return f" [{source}]" if source else ""


def _line(text: str) -> str:
    """On one line: a comment must not go on in code."""
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _blocker(blocker: Blocker) -> dict[str, Any]:
    return {
        "release": blocker.release,
        "role": blocker.role,
        "check": blocker.check,
        "reason": blocker.reason,
        "message": blocker.message,
        "source": blocker.source or None,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "role": step.role,
        "to": step.to,
        "tool": step.tool or None,
        "command": step.command or None,
        "note": step.note,
        "source": step.source or None,
    }
