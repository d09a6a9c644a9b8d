"""Pages taken apart: their elements and their text."""

from __future__ import annotations

from html.parser import HTMLParser

#: What begins on a line of its own.
_BLOCKS = {"dd", "dt", "li", "p", "td", "th", "tr"}


class Tags(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag in _BLOCKS:
            self.text += "\n"

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]

    @property
    def links(self) -> list[str]:
        """Every address that the page names, in its order."""
        keys = ("href", "src", "action")
        return [attributes[key] or "" for _, attributes in self.found for key in keys if key in attributes]
