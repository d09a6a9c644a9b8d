"""A named pipe or a device in the place of a file is refused, not waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.config import ConfigError, load_config
from agent.config.files import open_regular
from agent.config.secret import Secret, SecretUnreadableError, yaml_value
from agent.matrix_sources.bundle import read_file
from agent.probes.sqlite import SqliteProbe
from tests.probes.reading import failure, within


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("path", ["/", "/dev/zero", "/dev/null"])
def test_only_a_regular_file_is_opened(path: str) -> None:
    with pytest.raises(OSError, match=r"is not a regular file|Is a directory"):
        open_regular(Path(path))


def test_a_regular_file_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with open_regular(path) as file:
        assert file.read() == b"content"


def test_a_secret_that_is_a_pipe_is_unreadable_at_once(pipe: Path) -> None:
    for reference in (str(pipe), yaml_value(str(pipe), ("password",))):
        with within(1.0), pytest.raises(SecretUnreadableError):
            Secret(reference).read()


@pytest.mark.parametrize(
    "line",
    [
        "cluster_files: ['pip*']",
        "server_config: pipe",
        "clusters: [{name: a, helm_values: pipe}]",
    ],
)
def test_a_configured_file_that_is_a_pipe_is_an_error(pipe: Path, line: str) -> None:
    path = pipe.with_name("agent.yaml")
    path.write_text(line)
    with within(1.0), pytest.raises(ConfigError, match="not a regular file"):
        load_config(path)


def test_a_matrix_and_a_database_that_are_pipes_are_refused_at_once(pipe: Path) -> None:
    with within(1.0), pytest.raises(ConfigError, match="not a regular file"):
        read_file(pipe)
    with within(1.0):
        assert "is not a regular file" in failure(SqliteProbe(pipe, "temporal")).text


@pytest.mark.parametrize("pattern", ["bad\\0name", "bad\\0folder/*.yaml", "*/bad\\0folder/*.yaml"])
def test_a_pattern_with_nul_matches_nothing(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "folder").mkdir()
    path = tmp_path / "agent.yaml"
    path.write_text(f'cluster_files: ["{pattern}"]')
    assert load_config(path).clusters == ()


def test_a_sqlite_path_with_nul_is_a_failure_and_not_an_exception() -> None:
    assert "not a path" in failure(SqliteProbe(Path("a\0b"), "temporal")).text
