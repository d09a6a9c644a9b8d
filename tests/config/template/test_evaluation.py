"""What a template gives in each dialect, and what the agent refuses to evaluate."""

from __future__ import annotations

import pytest

from agent.config.template.evaluation import render
from agent.config.template.functions import Dialect
from agent.config.template.syntax import TemplateError
from tests.laws import law

VARIABLES = {"A": "one", "B": "two,Three", "EMPTY": "", "YES": "True", "N": "7"}
DOCKERIZE, SPRIG = Dialect.DOCKERIZE, Dialect.SPRIG


@law(
    [
        (DOCKERIZE, '{{ default .Env.A "x" }} {{ default .Env.NO "x" }}', "one x"),
        # Set to an empty text: dockerize takes it, sprig does not.
        (DOCKERIZE, '[{{ default .Env.EMPTY "x" }}]', "[]"),
        (SPRIG, '[{{ default "x" (env "EMPTY") }}][{{ env "NO" }}]', "[x][]"),
        (SPRIG, '{{ env "NO" | default "x" }} {{ "a" | quote }} {{ squote (env "A") }}', "x \"a\" 'one'"),
        # Charts have sprig's functions in templates of dockerize.
        (DOCKERIZE, '{{ .Env.A | quote }}{{ env "N" }}{{ .Env.NO | quote }}', '"one"7'),
        (DOCKERIZE, "a\n  {{- if .Env.A }}\n  b\n  {{- else }}\n  c\n  {{- end }}\nd", "a\n  b\nd"),
        (DOCKERIZE, "{{ if .Env.NO }}a{{ else if .Env.EMPTY }}b{{ else if .Env.A }}c{{ end }}", "c"),
        (DOCKERIZE, '{{ $a := "1" }}{{ if .Env.A }}{{ $a := "2" }}{{ end }}{{ $a }}', "1"),
        (DOCKERIZE, '{{ $a := "1" }}{{ if .Env.A }}{{ $a = "2" }}{{ end }}{{ $a }}', "2"),
        (DOCKERIZE, '{{ range split .Env.B "," }}-{{ lower . }}{{ end }}', "-two-three"),
        (SPRIG, '{{ range split "," (env "B") }}-{{ trim . }}{{ else }}none{{ end }}', "-two-Three"),
        (DOCKERIZE, "{{ with .Env.A }}{{ . }}{{ end }}{{ with .Env.NO }}{{ . }}{{ end }}", "one"),
        (DOCKERIZE, '{{ (print .Env.A ":" .Env.N) }} {{ printf "%s-%d%%" .Env.A 5 }}', "one:7 one-5%"),
        (DOCKERIZE, '{{ if eq (lower .Env.A) "x" "one" }}y{{ end }}{{ if ne .Env.A "x" }}z{{ end }}', "yz"),
        (DOCKERIZE, "{{ if or .Env.NO (and .Env.A (not .Env.NO)) }}y{{ end }}", "y"),
        (DOCKERIZE, '{{ if isTrue .Env.YES }}y{{ end }}{{ if contains .Env "NO" }}n{{ end }}', "y"),
        (DOCKERIZE, '{{ index .Env "A" }} {{ add .Env.N 1 }} {{ replace .Env.A "o" "0" -1 }}', "one 8 0ne"),
        (SPRIG, '{{ ternary "a" "b" (eq (env "A") "one") }} {{ coalesce (env "NO") "c" }}', "a c"),
        (SPRIG, '{{ trimSuffix "e" (env "A") }} {{ replace "o" "0" "foo" }} {{ int (env "N") }}', "on f00 7"),
        (SPRIG, '{{ if and (hasPrefix "o" (env "A")) (contains "n" (env "A")) true }}y{{ end }}', "y"),
    ]
)
def test_both_dialects(dialect: Dialect, text: str, expected: str) -> None:
    assert render(text, dialect, VARIABLES.get).text == expected


@law(
    [
        (DOCKERIZE, "a\n{{ .Env.NO }}", 2, "needs a variable that is not set"),
        (DOCKERIZE, "{{ lower .Env.NO }}", 1, "needs a variable that is not set (`lower`)"),
        (DOCKERIZE, '{{ if eq .Env.NO "a" }}{{ end }}', 1, "compares a variable that is not set"),
        (DOCKERIZE, '{{ if eq 1 "a" }}{{ end }}', 1, "different types"),
        (DOCKERIZE, '\n{{ b64enc "A" }}', 2, "the function `b64enc`"),
        (DOCKERIZE, '{{ jsonQuery .Env.A "x" }}', 1, "the function `jsonQuery`"),
        (DOCKERIZE, "{{ .Values.a }}", 1, "uses `.Values.a`"),
        (SPRIG, "{{ .Env.A }}", 1, "uses `.Env.A`, which sprig does not have"),
        (SPRIG, '{{ env "A" "B" }}', 1, "the function `env`"),
        (SPRIG, '{{ lower (env "A") (env "B") }}', 1, "uses `lower` with other values"),
        (SPRIG, '{{ int (env "A") }}', 1, "a number"),
        (SPRIG, "{{ $a }}", 1, "uses `$a` before it is set"),
        (SPRIG, '{{ range env "A" }}{{ end }}', 1, "a value that is not a list"),
        (SPRIG, '{{ printf "%x" 1 }}', 1, "a format"),
        (SPRIG, '{{ split "," (env "B") }}', 1, "not a text"),
        (DOCKERIZE, "{{ range .Env }}{{ end }}", 1, "a value that is not a list"),
        (SPRIG, f'{{{{ $a := "{"x" * 2000}" }}}}' + "{{ $a = print $a $a }}{{ $a }}" * 10, 1, "more text"),
    ]
)
def test_what_is_not_evaluated_has_its_place(dialect: Dialect, text: str, line: int, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render(text, dialect, VARIABLES.get)
    assert caught.value.line == line
    assert message in caught.value.message


def test_loops_in_loops_end() -> None:
    inner = '{{ range splitList "" (env "L") }}' * 6 + "{{ end }}" * 6
    with pytest.raises(TemplateError, match="more steps"):
        render(inner, SPRIG, {"L": "0123456789"}.get)


def test_each_line_of_the_result_has_its_line_and_its_variables() -> None:
    text = '{{ $a := env "A" -}}\n\nb: {{ lower $a }}\n{{- if $a }}\nc: {{ $a | quote }}\n{{- end }}\nd: 1\n'
    result = render(text, SPRIG, VARIABLES.get)
    assert result.text == 'b: one\nc: "one"\nd: 1\n'
    assert [result.line(number) for number in (0, 1, 2, 3, 9)] == [0, 1, 5, 7, 8]
    assert result.variables == {2: ["A"]}
