"""Texts that a tool fills in before Temporal reads them, and that nothing has filled in.

`${NAME}` is read from the agent's environment, as in the agent's own configuration. Any other placeholder is
refused: the agent never connects to such a host, and never sends such a text as a password.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.config.document import path_text
from agent.config.errors import Problem
from agent.config.secret import VARIABLE
from agent.config.section import MissingSetting
from agent.config.temporal_files.yaml_tree import YamlNode

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
#: Envsubst and Flux also take a default: `${NAME:-text}`, `${NAME:=text}`.
_WITH_DEFAULT = re.compile(rf"\$\{{({_NAME})(?::?[-=]([^{{}}]*))?\}}", re.ASCII)
_ANYWHERE = re.compile(
    r"\$\{[^}]*\}"  # a shell, Terraform, Spring
    r"|\{\{.*?\}\}"  # Go and Jinja templates
    r"|ENC\[[^\]]*\]?"  # SOPS, eyaml
    r"|<(?:path|secret|vault):[^>]*>"  # Argo CD Vault Plugin
    r"|\$\([A-Za-z_][A-Za-z0-9_.]*\)"  # Kubernetes, Azure
    r"|#\{[A-Za-z_][A-Za-z0-9_.]*\}#?"  # Octopus
    r"|@@?[A-Z][A-Z0-9_]+@@?"  # CMake, Maven
    r"|(?<![A-Za-z0-9])__?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*__?(?![A-Za-z0-9])"  # sed
    r"|\b(?:REPLACE|CHANGE|FILL)[_-]?(?:ME|THIS|IN)(?:[_-][A-Z0-9_-]+)?\b"
    r"|\bYOUR[_-][A-Z0-9_-]+\b"
)
_WHOLE = re.compile(
    r"(?:ref\+|secretref\+)[a-z0-9]+://.*"  # vals, helmfile
    r"|vault:[^#]+(?:#.*)?"  # Bank-Vaults
    r"|op://.+"  # 1Password
    r"|arn:aws:(?:secretsmanager|ssm):.+"
    r"|(?:gcp|aws|azure)?(?:sm|kv|secretmanager)://.+"
    r"|\(\([^()]+\)\)"  # Concourse
    r"|<[A-Za-z][A-Za-z0-9 _.-]*>"
    r"|\$[A-Z_][A-Z0-9_]*"
    r"|%[A-Z_][A-Z0-9_]*%"
    r"|TODO|TBD|FIXME",
    re.DOTALL,
)


def filled_in(node: YamlNode, environment: Mapping[str, str] | None = None) -> YamlNode:
    """The same values, with each `${NAME}` from the environment; except in passwords."""
    variables = os.environ if environment is None else environment
    if node.children:
        children = {
            key: child if key == "password" else filled_in(child, variables)
            for key, child in node.children.items()
        }
        return replace(node, children=children)
    if node.items:
        return replace(node, items=tuple(filled_in(item, variables) for item in node.items))
    if "${" not in node.text:
        return node
    return replace(node, text=_WITH_DEFAULT.sub(lambda match: _value(match, variables), node.text))


def placeholder(text: str) -> str:
    """The first placeholder in a text other than a password; '' if there is none."""
    if _WHOLE.fullmatch(text):
        return text
    match = _ANYWHERE.search(text)
    return match[0] if match else ""


def placeholder_of_password(text: str) -> str:
    """The placeholder that a password is; '' if it is a password, or `${NAME}`, which the agent reads later.

    A password may contain any characters, so only a whole placeholder counts, and a part that is clearly one.
    """
    if VARIABLE.fullmatch(text):
        return ""
    match = _ANYWHERE.fullmatch(text) or _WHOLE.fullmatch(text) or _CLEARLY.search(text)
    return match[0] if match else ""


_CLEARLY = re.compile(r"\$\{[A-Za-z_][^}]*\}|\{\{.+?\}\}|ENC\[[A-Z0-9_]+,|<path:[^>]*>")


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    value = variables.get(match[1])
    if value is None or (not value and match[2] is not None):
        return match[0] if match[2] is None else match[2]
    return value


def in_one_message(settings: Sequence[MissingSetting], key: str) -> Problem:
    """One error for all placeholders, at the place of the first. `key` names the file."""
    first, *others = settings
    more = ", ".join(_named(other, first) for other in others)
    also = f"; so are {more}" if more else ""
    how = f"set `{path_text(first.keys[0])}` next to `{key}`"
    if any(VARIABLE.search(setting.placeholder) for setting in settings):
        how = f"set each variable in the agent's environment, or {how}"
    elif others:
        how = f"name the file after the tool has filled it in, or {how} and so on"
    return replace(first.problem, message=f"{first.problem.message}{also}: {how}")


def _named(setting: MissingSetting, first: MissingSetting) -> str:
    problem = setting.problem
    file = "" if problem.file == first.problem.file else f"{problem.file}:"
    return f"`{setting.placeholder[:60]}` at {problem.path} ({file or 'line '}{problem.line})"
