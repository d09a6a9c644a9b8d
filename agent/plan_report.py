"""What `plan` prints: for people, as JSON, as Markdown for a change request, as a shell script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from agent.exits import FINDINGS, FINE
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
    for hop in plan.hops:
        lines += ["", f"{hop.release}{'  BLOCKED' if hop.blockers else ''}"]
        lines += [f"  ! {note.text}{_said_by(note.source)}" for note in hop.notes]
        for number, step in enumerate(hop.steps, 1):
            lines.append(f"  {number}. {_what(step)}")
            lines += [f"       {line}" for line in step.command.splitlines()]
        lines += [f"  {_back(hop)}"]
    return "\n".join(lines)


def as_markdown(plan: Plan) -> str:
    """To paste into a change request: a checklist a hop."""
    lines = [f"# {_title(plan)}", "", f"{_count(plan)}. {_STAGING}" if plan.hops else f"{_count(plan)}."]
    if plan.blockers:
        lines += ["", "## What stands in the way", ""]
        lines += [
            f"- before **{b.release}**, {_place(b)}: {b.message}{_said_by(b.source)}" for b in plan.blockers
        ]
    for hop in plan.hops:
        lines += ["", f"## {hop.release}", ""]
        lines += [f"> {note.text}{_said_by(note.source)}\n" for note in hop.notes]
        for step in hop.steps:
            lines.append(f"- [ ] {_what(step)}")
            if step.command:
                lines += ["", "  ```sh", *(f"  {line}" for line in step.command.splitlines()), "  ```", ""]
        lines += ["", _back(hop)]
    return "\n".join(lines)


def as_shell(plan: Plan) -> str:
    """A script that ends at the first error, and waits at everything that it can't do itself."""
    used = [match for step in plan.steps for match in _USED.findall(step.command)]
    needed = sorted({name for name, default in used if not default})
    lines = [
        "#!/usr/bin/env bash",
        f"# {_title(plan)}: {_count(plan)}.",
        f"# {_STAGING}",
        "# $TEMPORAL_TOOLS holds a folder for each release, by its name, with that release's tools and its",
        "# schema folder. The script ends at the first error; what was done is not done again when it is run anew.",
        "set -euo pipefail",
        "",
        "wait_for() {",
        "\tprintf '\\n%s\\nEnter goes on, anything else ends this: ' \"$1\"",
        '\tread -r answer && [ -z "$answer" ]',
        "}",
        "",
        ': "${TEMPORAL_TOOLS:?}"' if any(step.command for step in plan.steps) else ":",
        *(f': "${{{name}:?}}"' for name in needed),
    ]
    for hop in plan.hops:
        lines += ["", f"# {hop.release}"]
        lines += [f"# {note.text}{_said_by(note.source)}" for note in hop.notes]
        lines += [f"echo {_quoted(f'blocked: {_place(b)}: {b.message}')} >&2" for b in hop.blockers]
        lines += ["exit 1"] if hop.blockers else []
        for step in hop.steps:
            lines += _script(step)
        lines.append(f"# {_back(hop)}")
    return "\n".join(lines)


def _script(step: Step) -> Iterator[str]:
    if not step.command:
        yield f"wait_for {_quoted(step.note)}"
        return
    release = step.tool.rpartition(" ")[2]
    yield f"echo {_quoted(step.note)}"
    yield f'(\n\tcd "$TEMPORAL_TOOLS/{release}" && export PATH="$PWD:$PATH"'
    yield from (f"\t{line}" for line in step.command.splitlines())
    yield ")"


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


def _back(hop: Hop) -> str:
    if not hop.back_to:
        return "There is no way back from here to the release before."
    if any(step.kind is StepKind.SCHEMA for step in hop.steps):
        return f"The way back to {hop.back_to} is open until the next hop: it runs on the newer schema, which stays."
    return f"The way back to {hop.back_to} is open until the next hop."


def _place(blocker: Blocker) -> str:
    return f"{blocker.role} {blocker.check} ({blocker.reason})"


def _said_by(source: str) -> str:
    return f" [{source}]" if source else ""


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
