"""Markdown of the documents as HTML."""

from __future__ import annotations

from agent.web.markdown import to_html


def test_raw_html_is_shown_as_text() -> None:
    assert "<script>" not in to_html("a <script>alert(1)</script> b", "")
    assert "javascript:" not in to_html("[x](javascript:alert(1))", "").replace("](javascript:", "")


def test_links_lead_to_pages_of_the_agent_or_become_text() -> None:
    html = to_html(
        "[a](TemporalUnknown.md) [b](../configuration.md#x) [c](https://example.org/)", "../", "?cluster=x"
    )
    assert '<a href="../runbooks/TemporalUnknown?cluster=x">a</a>' in html
    assert " b " in html
    assert '<a href="https://example.org/">c</a>' in html


def test_what_scrolls_can_be_reached_with_the_keyboard() -> None:
    html = to_html("| a |\n| --- |\n| b |\n\n```sh\nls\n```\n", "")
    assert html.count('tabindex="0"') == 2
    assert "style=" not in html
