"""Env files, by the rules of Docker Compose."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import ConfigError
from agent.config.document import Document
from agent.config.environment.env_file import parse_env_file, read_env_file
from agent.config.environment.variables import MAX_BYTES, values_of
from tests.laws import law


def values(text: str) -> dict[str, str]:
    return values_of(parse_env_file(Document("x.env"), text, {"HOME": "/h"}))


@law(
    [
        ("", {}),
        ("# only\n\n  # comments", {}),
        ("\ufeffA=b", {"A": "b"}),
        ("A=b\r\nB=c\r\n", {"A": "b", "B": "c"}),
        ("export A=b", {"A": "b"}),
        ("A: b", {"A": "b"}),
        ("A = b ", {"A": "b"}),
        ("A=", {"A": ""}),
        ("A= # comment\nB=#comment", {"A": "", "B": ""}),
        ("A=b # comment", {"A": "b"}),
        ("A=b#no comment", {"A": "b#no comment"}),
        ("A=b=c", {"A": "b=c"}),
        ("A='$HOME # \"x\"' # comment", {"A": '$HOME # "x"'}),
        ('A="x # $HOME"', {"A": "x # /h"}),
        ('A="\\$HOME \\" \\\\ \\n"', {"A": '$HOME " \\ \n'}),
        ('A="two\nlines"\nB=c', {"A": "two\nlines", "B": "c"}),
        ("A=1\nB=${A}2\nA=3", {"A": "3", "B": "12"}),
        ("A=${NOT:-x}", {"A": "x"}),
        ("HOME\nNOT\nA=b", {"HOME": "/h", "A": "b"}),
        ("A=$NOT", {}),
    ]
)
def test_each_line_is_one_variable(text: str, expected: dict[str, str]) -> None:
    assert values(text) == expected


def test_a_variable_knows_its_line() -> None:
    document = Document("x.env")
    found = parse_env_file(document, '# first\nA="two\nlines"\n\nB=c', {})
    assert [document.line(found[name].place) for name in ("A", "B")] == [2, 5]


@law(
    [
        ("A=b\nof hunter2", 2),
        ("A=b\n=hunter2", 2),
        ("A='hunter2", 1),
        ('\nA="hunter2', 2),
        ('A="b" hunter2', 1),
        ("services:\n  - hunter2", 2),
    ]
)
def test_any_other_line_is_an_error_with_its_place(text: str, line: int) -> None:
    with pytest.raises(ConfigError) as caught:
        values(text)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("x.env", line)
    assert "hunter2" not in str(problem)


def test_values_that_double_with_each_line_end() -> None:
    lines = ["A0=xxxxxxxx", *(f"A{n}=$A{n - 1}$A{n - 1}" for n in range(1, 200))]
    assert max(map(len, values("\n".join(lines)).values())) <= 65536


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.env"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ConfigError, match="more than 1 MB"):
        read_env_file(path, {})
    path.write_bytes(b"A=\xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_env_file(path, {})
