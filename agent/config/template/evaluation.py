"""Renders a template, and keeps for each line of the result where it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.config.template.functions import Dialect, FromVariable, functions_of, printed
from agent.config.template.syntax import (
    Assignment,
    Branch,
    Call,
    Expression,
    Literal,
    Node,
    Output,
    Path,
    TemplateError,
    Text,
    Variable,
    parse_template,
)

#: Characters of the result. Temporal's files have less than a tenth.
_MAX_LENGTH = 1_000_000
#: Nodes that are evaluated, also within loops.
_MAX_STEPS = 100_000


@dataclass
class Rendered:
    """The result of a template.

    `lines`: the template's line of each line of the result. `variables`: the names of the variables whose
    whole values are in a line of the result, counted from 1.
    """

    parts: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=lambda: [1])
    variables: dict[int, list[str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def line(self, number: int) -> int:
        """The line of the template; 0 for 0, which means none."""
        return self.lines[min(number, len(self.lines)) - 1] if number else 0


def render(text: str, dialect: Dialect, value_of: Callable[[str], str | None]) -> Rendered:
    """The template with the values of its variables. `value_of`: None for a variable that is not set.

    Raises:
        TemplateError: the template is not valid, or uses what the agent does not evaluate.
    """
    nodes = parse_template(text)
    evaluation = _Evaluation(dialect, value_of)
    evaluation.block(nodes, None)
    return evaluation.rendered


class _Variables(Mapping[str, str]):
    """`.Env` of dockerize."""

    def __init__(self, value_of: Callable[[str], str | None]) -> None:
        self._value_of = value_of

    def __getitem__(self, name: str) -> str:
        value = self._value_of(name)
        if value is None:
            raise KeyError(name)
        return FromVariable(value, name)

    def __iter__(self) -> Any:
        raise ValueError("lists all variables, which the agent does not evaluate")

    def __len__(self) -> int:
        raise ValueError("counts all variables, which the agent does not evaluate")


class _Evaluation:
    def __init__(self, dialect: Dialect, value_of: Callable[[str], str | None]) -> None:
        self.rendered = Rendered()
        self._dialect = dialect
        self._functions = functions_of(dialect)
        self._environment = _Variables(value_of)
        self._scopes: list[dict[str, object]] = []
        self._length = 0
        self._steps = 0

    def block(self, nodes: tuple[Node, ...], dot: Any) -> None:
        self._scopes.append({})
        for node in nodes:
            self._steps += 1
            if self._steps > _MAX_STEPS:
                raise TemplateError(node.line, "has more steps than any configuration of Temporal")
            self._node(node, dot)
        self._scopes.pop()

    def _node(self, node: Node, dot: Any) -> None:
        if isinstance(node, Text):
            self._write(node.line, node.text, is_text=True)
        elif isinstance(node, Output):
            self._output(node.line, self._value(node.line, node.value, dot))
        elif isinstance(node, Assignment):
            self._assign(node, self._value(node.line, node.value, dot))
        else:
            self._branch(node, dot)

    def _branch(self, node: Branch, dot: Any) -> None:
        value = self._value(node.line, node.value, dot)
        if node.kind == "range":
            if not isinstance(value, tuple):
                raise TemplateError(node.line, "has a `range` over a value that is not a list")
            for item in value:
                self.block(node.body, item)
        elif value:
            self.block(node.body, value if node.kind == "with" else dot)
        if not value:
            self.block(node.otherwise, dot)

    def _assign(self, node: Assignment, value: Any) -> None:
        if node.is_new:
            self._scopes[-1][node.name] = value
            return
        self._scope(node.line, node.name)[node.name] = value

    def _scope(self, line: int, name: str) -> dict[str, object]:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope
        raise TemplateError(line, f"uses `{name[:60]}` before it is set")

    def _output(self, line: int, value: Any) -> None:
        try:
            text = printed(value)
        except ValueError as error:
            raise TemplateError(line, str(error)) from error
        if isinstance(value, FromVariable):
            self.rendered.variables.setdefault(len(self.rendered.lines), []).append(value.name)
        self._write(line, text, is_text=False)

    def _write(self, line: int, text: str, *, is_text: bool) -> None:
        self._length += len(text)
        if self._length > _MAX_LENGTH:
            raise TemplateError(line, "renders more text than any configuration of Temporal has")
        self.rendered.parts.append(text)
        for number in range(1, text.count("\n") + 1):
            self.rendered.lines.append(line + number if is_text else line)

    def _value(self, line: int, expression: Expression, dot: Any) -> Any:
        if isinstance(expression, Literal):
            return expression.value
        if isinstance(expression, Variable):
            return self._scope(line, expression.name)[expression.name]
        if isinstance(expression, Path):
            return self._path(line, expression, dot)
        return self._call(line, expression, dot)

    def _path(self, line: int, path: Path, dot: Any) -> Any:
        if not path.names:
            return dot
        if self._dialect is not Dialect.DOCKERIZE or path.names[0] != "Env" or len(path.names) > 2:
            name = ".".join(path.names)[:60]
            raise TemplateError(line, f"uses `.{name}`, which {self._dialect.value} does not have")
        return self._environment.get(path.names[1]) if len(path.names) == 2 else self._environment

    def _call(self, line: int, call: Call, dot: Any) -> Any:
        name = call.function
        if name in ("and", "or"):
            return self._choose(line, call, dot)
        arguments = [self._value(line, each, dot) for each in call.arguments]
        if name == "env" and len(arguments) == 1:
            return self._environment.get(str(arguments[0]), "")
        function = self._functions.get(name)
        if function is None:
            raise TemplateError(line, f"uses the function `{name[:60]}`, which the agent does not evaluate")
        try:
            return function(*arguments)
        except ValueError as error:
            raise TemplateError(line, f"{error} (`{name}`)") from error
        except (TypeError, AttributeError) as error:
            raise TemplateError(line, f"uses `{name}` with other values than it takes") from error

    def _choose(self, line: int, call: Call, dot: Any) -> Any:
        """The first value that decides, else the last one; those behind it are not evaluated."""
        value = None
        for each in call.arguments:
            value = self._value(line, each, dot)
            if bool(value) == (call.function == "or"):
                break
        return value
