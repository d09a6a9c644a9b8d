"""Bad configurations, each with a file of all its error messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import ConfigError, load_config
from tests.laws import law

BAD = Path(__file__).parent / "bad"
FILES = sorted(BAD.glob("*.yaml"))


def problems(path: Path | str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert caught.value.exit_code == 2
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    return [str(problem) for problem in caught.value.problems]


@law(FILES)
def test_every_error_is_reported_at_once_with_its_place(path: Path) -> None:
    expected = path.with_suffix(".errors").read_text(encoding="utf-8").splitlines()
    assert [line.removeprefix(f"{BAD}/") for line in problems(path)] == expected


def test_every_bad_configuration_has_an_errors_file_and_vice_versa() -> None:
    assert [path.stem for path in FILES] == sorted(path.stem for path in BAD.glob("*.errors"))


@law(FILES)
def test_no_error_quotes_a_secret(path: Path) -> None:
    assert "hunter2" not in "\n".join(problems(path))


def test_the_bad_files_contain_secrets_that_could_be_quoted() -> None:
    assert sum("hunter2" in path.read_bytes().decode(errors="replace") for path in FILES) >= 4


def test_a_missing_file_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    assert problems(path) == [f"{path}: cannot be read: No such file or directory"]


def test_a_folder_is_not_a_configuration(tmp_path: Path) -> None:
    assert problems(tmp_path) == [f"{tmp_path}: cannot be read: Is a directory"]


def test_a_path_that_no_file_can_have_is_an_error_of_the_configuration() -> None:
    assert problems("agent\0.yaml") == ["agent\0.yaml: cannot be read: embedded null byte"]


def test_problems_are_sorted_by_line(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text("a: 1\nclusters:\n- name: x\n" + "b: 2\n" * 3 + "interval: x\n")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert [problem.line for problem in caught.value.problems] == [1, 3, 4, 5, 6, 7]
