"""Reads a template of Temporal's configuration with the variables of a container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agent.config.document import Place, parse_each, path_text
from agent.config.environment.variables import ContainerEnvironment
from agent.config.errors import ConfigError, Problem
from agent.config.secret import environment_value
from agent.config.template.evaluation import Rendered, render
from agent.config.template.syntax import TemplateError
from agent.config.temporal_files.templates import dialect_of
from agent.config.temporal_files.yaml_tree import NO_REFERENCE, YamlNode, tree


def rendered_tree(
    file: str, text: str, environment: ContainerEnvironment, place: Place = (), line: int = 0
) -> YamlNode:
    """The settings that a template gives. `place`, `line`: where the text is, if it is a value in the file.

    Raises:
        ConfigError: the agent does not evaluate it, a variable has no value, or the result is not YAML.
    """
    try:
        result = render(text, dialect_of(text), lambda name: _value(environment, name))
    except TemplateError as error:
        raise ConfigError([Problem(file, line + error.line, path_text(place), error.message)]) from error
    try:
        document = parse_each(file, result.text)[0]
        problems = document.problems
    except ConfigError as error:
        problems = error.problems
    if problems:
        moved = [replace(each, line=line + result.line(each.line)) for each in problems]
        raise ConfigError([replace(each, message=f"{each.message} (after rendering)") for each in moved])
    own = _with_references(tree(document), result, environment)
    document.lines = {(*place, *at): line + result.line(number) for at, number in document.lines.items()}
    return _moved(own, place)


def _value(environment: ContainerEnvironment, name: str) -> str | None:
    variable = environment.variables.get(name)
    if variable is None:
        return None
    if variable.error:
        document = variable.document
        problem = Problem(
            document.file, document.line(variable.place), path_text(variable.place), variable.error
        )
        raise ConfigError([problem])
    return variable.value


def _with_references(node: YamlNode, result: Rendered, environment: ContainerEnvironment) -> YamlNode:
    """The same tree, whose passwords are references to the variables that they come from."""
    children = {
        key: _reference(child, result, environment)
        if key == "password"
        else _with_references(child, result, environment)
        for key, child in node.children.items()
    }
    return replace(node, children=children) if children else node


def _reference(node: YamlNode, result: Rendered, environment: ContainerEnvironment) -> YamlNode:
    names = result.variables.get(node.document.line(node.place), [])
    for name in names:
        if environment.variables[name].value == node.text:
            file, where = environment.document.file, environment.reference
            return replace(node, reference=environment_value(file, (*where, name)))
    return replace(node, reference=NO_REFERENCE)


def _moved(node: YamlNode, above: Place) -> YamlNode:
    """The same tree below a place."""
    if not above:
        return node
    children: Mapping[str, YamlNode] = {key: _moved(child, above) for key, child in node.children.items()}
    items = tuple(_moved(item, above) for item in node.items)
    return replace(node, place=(*above, *node.place), children=children, items=items)
