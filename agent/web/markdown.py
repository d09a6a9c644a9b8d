"""Markdown of the project's own documents as HTML. Raw HTML in it is shown as text."""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

#: A link to a runbook, as the documents in docs/ write it.
_RUNBOOK = re.compile(r"(?:runbooks/)?(Temporal\w+)\.md")


def to_html(text: str, root: str, query: str = "") -> Markup:
    """The text as HTML. `root`: the beginning of links to this agent's pages; `query`: the end of those to
    runbooks. A link to a document that the agent does not serve becomes plain text.
    """
    tokens = _parser().parse(text)
    for token in tokens:
        if token.children:
            token.children = _links(token.children, root, query)
        if token.type in ("fence", "table_open"):
            # What scrolls must be reachable with the keyboard.
            token.attrSet("tabindex", "0")
    html = _parser().renderer.render(tokens, _parser().options, {})
    return Markup(html.replace("<table", '<div class="scroll"><table').replace("</table>", "</table></div>"))  # noqa: S704 - the parser escapes


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _links(tokens: list[Token], root: str, query: str) -> list[Token]:
    kept, is_open = [], True
    for token in tokens:
        if token.type == "link_open":
            address = str(token.attrGet("href") or "")
            runbook = _RUNBOOK.fullmatch(address)
            is_open = runbook is not None or address.startswith(("https://", "http://", "#"))
            if runbook is not None:
                token.attrSet("href", f"{root}runbooks/{runbook[1]}{query}")
        if is_open or not token.type.startswith("link_"):
            kept.append(token)
    return kept
