"""Files that are templates: which dialect, and what to do with them."""

from __future__ import annotations

import re
from pathlib import Path

from agent.config.template.functions import Dialect
from agent.config.temporal_files.file_kind import HELM_COMMAND

#: The server evaluates a file only with this mark in its first kilobyte
#: (temporalio/temporal@v1.31.2: common/config/loader.go, checkTemplatingEnabled).
_MARK = re.compile(r"^[ \t]*#.*enable-template", re.MULTILINE)
_MARKED = 1024
#: No release of the server has this object in its templates, also not with the mark.
_DOCKERIZE = re.compile(r"\{\{[^}]*\.Env\b")
#: Every template of Temporal reads variables, in one of two ways.
_ENVIRONMENT = re.compile(r"\{\{[^}]*(?:\.Env\b|\benv\b)")
_HELM = re.compile(r"\{\{[^}]*(\.Values|\.Release|\.Chart|\binclude\b|\btoYaml\b)")
_RENDERED = "/etc/temporal/config/docker.yaml"


def template_line(text: str) -> int:
    """The first line with `{{` outside a comment; 0 if there is none."""
    for number, line in enumerate(text.splitlines(), 1):
        at = line.find("{{")
        if at >= 0 and not _is_comment(line[:at]):
            return number
    return 0


def dialect_of(text: str) -> Dialect:
    """Who renders a template of a server's configuration."""
    is_marked = _MARK.search(text[:_MARKED]) is not None and _DOCKERIZE.search(text) is None
    return Dialect.SPRIG if is_marked else Dialect.DOCKERIZE


def is_helm_template(text: str) -> bool:
    """Whether Helm renders the template, from values."""
    return _HELM.search(text) is not None


def template_advice(text: str, path: Path) -> str:
    """What kind of template a server's file is, and the ways that work for it."""
    if is_helm_template(text):
        return (
            f"is a template of a Helm chart: name the file that `{HELM_COMMAND}` prints with `helm_values`,"
            " or render the chart with `helm template`"
        )
    if "persistence" not in text and _ENVIRONMENT.search(text) is None:
        return "is a template, and not one of Temporal's own configuration: it has no `persistence`"
    named = f"name an env file with its variables, `server_config: {{file: {path.name}, env: temporal.env}}`"
    if dialect_of(text) is Dialect.SPRIG:
        command = f"temporal-server --config {path.parent} --env {path.stem} render-config"
        return (
            f"is a template: {named}, or render it with `{command}` (1.28 and later), where the server's"
            " environment is"
        )
    return (
        f"is a template of dockerize, which no release of Temporal evaluates: {named}, or copy the rendered"
        f" file out of a running container: `docker cp CONTAINER:{_RENDERED} .` or `kubectl exec POD"
        f" -- cat {_RENDERED}`"
    )


def _is_comment(before: str) -> bool:
    """Whether the text before a place in a line begins a comment: `#` at its start or after white space."""
    quote = ""
    for index, character in enumerate(before):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "#" and (index == 0 or before[index - 1] in " \t"):
            return True
    return False
