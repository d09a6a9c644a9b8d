"""Templates: where the first one is, and the way that works for its dialect."""

from __future__ import annotations

from pathlib import Path

from agent.config.temporal_files.templates import template_advice, template_line
from tests.laws import law


@law(
    [
        ("a: 1\nb: {{ x }}\n", 2),
        ("# {{ x }}\na: b # {{ x }}\n", 0),
        ("  # {{ x }}\na: 'b # c {{ x }}'\n", 2),
        ("a: b#{{ x }}\n", 1),
        ("a: {b: {c: 1}}\n", 0),
        ("", 0),
    ]
)
def test_braces_in_a_comment_are_not_a_template(text: str, line: int) -> None:
    assert template_line(text) == line


@law(
    [
        ("# enable-template\na: {{ env `DB` }}", "temporal-server --config c --env docker render-config"),
        ("\n  # please enable-template here\na: {{ default `a` (env `DB`) }}", "render-config"),
        ("a: {{ default .Env.DB `b` }}", "docker cp CONTAINER:/etc/temporal/config/docker.yaml"),
        ("# not enable-template\na: {{ .Env.DB }}", "kubectl exec POD -- cat"),
        ("x: {{ $db := .Env.DB }}", "dockerize"),
        (f"{'#' * 1024}\n# enable-template\na: {{{{ env `DB` }}}}", "docker cp"),
        ("a: {{ .Values.server.config.logLevel | quote }}", "helm get values"),
        ("a: {{ include `temporal.fullname` . }}", "`helm_values`"),
    ]
)
def test_each_dialect_has_its_way(text: str, way: str) -> None:
    assert way in template_advice(text, Path("c/docker.yaml"))
