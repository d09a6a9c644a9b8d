"""A reason as Markdown: the output of `explain`, the text of a page, and a section of docs/reasons.md."""

from __future__ import annotations

from collections.abc import Iterator

from agent.components.registry import title_of
from agent.reports.reason_document import ReasonDocument


def reason_markdown(reason: ReasonDocument, runbooks: str = "") -> str:
    """The whole text. `runbooks`: the folder of the runbooks, for links; without it there are no links."""
    return "\n".join(_lines(reason, runbooks))


def _lines(reason: ReasonDocument, runbooks: str) -> Iterator[str]:
    yield f"**{reason.title}.** {reason.meaning}"
    if reason.verdicts:
        checks = ", ".join(f"`{check}`" for check in reason.checks)
        yield from ("", f"Verdicts: {', '.join(reason.verdicts)}. Checks: {checks}.")
    else:
        yield from ("", "Only plans give this reason.")
    yield from ("", f"**How bad it is.** {reason.effect}")
    yield from ("", f"**How to check by hand.** {reason.verify}")
    if reason.commands:
        yield ""
        for component, command in reason.commands.items():
            yield f"- {title_of(component)}: `{command}`"
    yield from ("", f"**How to fix it.** {reason.fix}")
    if reason.fixes:
        yield ""
        for component, text in reason.fixes.items():
            yield f"- {title_of(component)}: {text}"
    if reason.runbook:
        name = reason.runbook
        yield from ("", f"Runbook: {f'[{name}]({runbooks}/{name}.md)' if runbooks else name}")
