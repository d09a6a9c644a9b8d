"""What the parser of templates refuses: each with its line, whatever the text is."""

from __future__ import annotations

import pytest

from agent.config.template.syntax import TemplateError, Text, parse_template
from tests.laws import law


@law(
    [
        ("a\n{{ if .Env.A }}\nb", 2, "a `if` without its `end`"),
        ("{{ if .Env.A }}{{ else }}\n{{ else }}{{ end }}", 2, "an `else` after the last one"),
        ("{{ range .Env.A }}\n{{ else if .Env.B }}{{ end }}", 2, "an `else` of `range`"),
        ("a\n\n{{ end }}", 3, "without its `if`"),
        ("{{- /* two\nlines */ -}}\n{{ end }}", 3, "without its `if`"),
        ("a\n{{ .Env.A", 2, "has `{{` without its `}}`"),
        ('a\n{{ default .Env.A "x }}', 2, "has `{{` without its `}}`"),
        ("{{ }}", 1, "an expression"),
        ("{{ .Env.A .Env.B }}", 1, "an expression"),
        ("{{ (lower .Env.A }}", 1, "a `(` without its `)`"),
        ("{{ lower .Env.A) }}", 1, "a `)` without its `(`"),
        ("{{ lower := .Env.A }}", 1, "has `:=` where a value has to be"),
        (r'{{ lower "\x41" }}', 1, "an escape"),
        ("{{ 1.5 }}", 1, "an expression"),
        ("\n{{ define `x` }}{{ end }}", 2, "uses `define`"),
        ("{{ if .Env.A }}" * 30, 1, "too many actions"),
        ("{{ " + "(" * 30 + ".Env.A" + ")" * 30 + " }}", 1, "too many parentheses"),
    ]
)
def test_what_is_not_valid_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template(text)
    assert caught.value.line == line
    assert message in caught.value.message


@law([("a {{- /* no */ -}} b", "ab"), ("a\n{{ /* no */ }}\nb", "a\n\nb"), ("a {b} }} c", "a {b} }} c")])
def test_only_texts_remain_of_comments(text: str, expected: str) -> None:
    nodes = parse_template(text)
    assert all(isinstance(node, Text) for node in nodes)
    assert "".join(node.text for node in nodes if isinstance(node, Text)) == expected
