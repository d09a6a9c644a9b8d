"""Errors in a configuration: all at once, each with its file, line and key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One error: file, line (from 1; 0 if there is none), the key's path, and what is wrong."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


def in_words(kind: str, text: str, key: object = None) -> str:
    """Pydantic's error message about the value of this key, in plain words."""
    if kind == "extra_forbidden" and key == "proxy_url":
        return "only targets that are read by HTTP or gRPC can be behind an HTTP proxy"
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "is missing"
    if kind in ("model_type", "model_attributes_type") and key == "tls":
        return "write {} for the system's certificate authorities, or {ca_file: FILE} for your own"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "write keys and values here"
    if kind in ("tuple_type", "list_type"):
        return "write a list here"
    if kind == "string_too_short":
        return "must not be empty"
    return text.removeprefix("Value error, ").replace("Input should be", "must be", 1)


class ConfigError(Exception):
    """The configuration has errors; `problems` lists all of them. The process exits with code 2."""

    exit_code = 2

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
