"""What is wrong with a configuration: all of it at once, each error with its place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One error: file, line (from 1; 0 where there is none), the key's path, and what is wrong."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


def in_words(kind: str, text: str) -> str:
    """What pydantic says of a wrong value, as people say it."""
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "is missing"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "write keys and values here"
    if kind in ("tuple_type", "list_type"):
        return "write a list here"
    return text.removeprefix("Value error, ")


class ConfigError(Exception):
    """The configuration is wrong; `problems` has every error. The process exits with 2."""

    exit_code = 2

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
