"""Whatever a file contains, reading it gives a configuration or a ConfigError, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config import Config, ConfigError, load_config

_WORDS = (
    *("interval", "timeout", "max_age", "environments", "cluster_files", "clusters", "name", "product"),
    *("environment", "temporal", "frontend", "tls", "token", "token_file", "http", "metrics", "prometheus"),
    *("url", "matchers", "ca_file", "server_name", "persistence", "visibility", "postgresql", "sqlite"),
    *("host", "port", "database", "plugin", "user", "password", "path", "<<", "=", "x"),
    *(
        "waivers",
        "role",
        "check",
        "reason",
        "comment",
        "until",
        "matrix",
        "overlays",
        "file",
        "sha256",
        "refresh",
    ),
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.binary(max_size=4),
    st.text(max_size=8),
    st.sampled_from(["60s", "a:7233", "http://a/", "${X}", "{}", "live", "orders-live", "postgres12", ""]),
)
_KEYS = st.sampled_from(_WORDS) | st.text(max_size=5)
_DATA = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=20,
)
#: Pieces that YAML gives a meaning, so that random joins of them come close to it.
_PIECES = st.sampled_from(
    (
        *_WORDS,
        *(
            ": ",
            "\n",
            "\n  ",
            "\n- ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "&a ",
            "*a",
            "!!int ",
            "!x ",
            "? ",
            "'",
        ),
        *(
            '"',
            "#",
            "|",
            ">",
            "%",
            "---\n",
            "...\n",
            "0b_",
            "0x",
            "1:99",
            "2026-99-99",
            "1e9",
            "\\",
            "\t",
            "\0",
        ),
    )
)


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "agent.yaml"


def load(path: Path, content: bytes) -> Config | None:
    path.write_bytes(content)
    try:
        return load_config(path)
    except ConfigError as error:
        problems = error.problems
    assert problems
    assert all(problem.message and "\n" not in str(problem) for problem in problems)
    return None


@settings(deadline=None, max_examples=150)
@given(data=_DATA)
def test_any_data_is_a_configuration_or_a_list_of_problems(path: Path, data: Any) -> None:
    load(path, yaml.safe_dump(data, allow_unicode=True).encode("utf-8", "surrogatepass"))


@settings(deadline=None, max_examples=150)
@given(pieces=st.lists(_PIECES, max_size=30))
def test_any_text_is_a_configuration_or_a_list_of_problems(path: Path, pieces: list[str]) -> None:
    load(path, "".join(pieces).encode())


@settings(deadline=None, max_examples=50)
@given(content=st.binary(max_size=40))
def test_any_bytes_are_a_configuration_or_a_list_of_problems(path: Path, content: bytes) -> None:
    load(path, content)


@settings(deadline=None, max_examples=50)
@given(
    hours=st.integers(0, 8000),
    minutes=st.integers(0, 59),
    seconds=st.integers(0, 59),
    rest=st.integers(1, 999),
)
def test_a_duration_is_the_sum_of_its_parts(
    path: Path, hours: int, minutes: int, seconds: int, rest: int
) -> None:
    config = load(path, f"timeout: 1ms\ninterval: {hours}h{minutes}m{seconds}s{rest}ms".encode())
    assert config is not None
    assert config.interval == pytest.approx(hours * 3600 + minutes * 60 + seconds + rest / 1000)
