"""Bad input: every file of the field, damaged in many ways, is a clear error in bounded time and memory."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest

from agent.config import ConfigError, load_config
from agent.config.document import MAX_BYTES, text_of
from tests.config.temporal_files.test_field import CASES
from tests.laws import law

KEYS = ("server_config", "helm_values")
#: Seconds for one small file on a slow machine.
LIMIT = 5.0


def problems(folder: Path, key: str, content: bytes) -> list[str]:
    """The errors; none if the content is a configuration."""
    (folder / "input.yaml").write_bytes(content)
    (folder / "agent.yaml").write_text(f"clusters: [{{{key}: input.yaml, name: a}}]")
    begin = time.monotonic()
    try:
        load_config(folder / "agent.yaml")
        return []
    except ConfigError as error:
        found = [str(problem) for problem in error.problems]
    finally:
        assert time.monotonic() - begin < LIMIT
    assert found
    assert all("\n" not in problem and "input.yaml" in problem for problem in found)
    return found


def test_a_file_that_is_cut_off_is_a_configuration_or_an_error_with_its_place(tmp_path: Path) -> None:
    @law([(case, key, part) for case in CASES for key in KEYS for part in (1, 2, 3)])
    def holds(case: Path, key: str, part: int) -> None:
        content = case.read_bytes()
        problems(tmp_path, key, content[: len(content) * part // 4])

    holds()


def test_the_content_of_another_kind_is_one_error_for_each_file(tmp_path: Path) -> None:
    @law(
        [
            *(
                b"\x00\x01\x02\xff\xfe" * 100,
                b"\x7fELF\x02\x01\x01" + bytes(100),
                b"\x1f\x8b\x08" + bytes(50),
            ),
            *(b"PK\x03\x04" + bytes(50), "persistence: {}".encode("utf-16"), b"\xff\xfe" + b"a\0" * 20),
            *(
                b"<?xml version='1.0'?><a/>",
                b"{",
                b"[1, 2]",
                b"42",
                b"- - - -",
                b"%YAML 9.9\n---\na: 1",
                b"\t\ta: b",
            ),
            *(
                b"[core]\nname = a\n",
                b"#!/bin/sh\nexit 0\n",
                b"-----BEGIN CERTIFICATE-----\nMII\n",
                b"a: *b\n",
            ),
            *(b"a: &a [*a]\n", b"a: &a {<<: *a}\n", b"a: !!python/object:os.system {}\n", b"? [a]\n: b\n"),
        ]
    )
    def holds(content: bytes) -> None:
        for key in KEYS:
            assert len(problems(tmp_path, key, content)) == 1

    holds()


def test_a_large_file_is_refused_by_its_size_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "input.yaml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    for key in KEYS:
        (tmp_path / "agent.yaml").write_text(f"clusters: [{{{key}: input.yaml, name: a}}]")
        tracemalloc.start()
        with pytest.raises(ConfigError, match="it is larger than 1 MB"):
            load_config(tmp_path / "agent.yaml")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20 * 1024 * 1024
    with pytest.raises(ConfigError, match="it is larger than 32 MB"):
        text_of(tmp_path / "input.yaml")
    assert MAX_BYTES < 100 * 1024 * 1024


def test_files_that_name_themselves_end(tmp_path: Path) -> None:
    server = b"persistence: {defaultStore: a}\ndynamicConfigClient: {filepath: input.yaml}\n"
    assert problems(tmp_path, "server_config", server)
    (tmp_path / "agent.yaml").write_text("server_config: agent.yaml\n")
    with pytest.raises(ConfigError, match="is not Temporal's own configuration"):
        load_config(tmp_path / "agent.yaml")
    (tmp_path / "agent.yaml").write_text("clusters: [{helm_values: [agent.yaml, agent.yaml]}]\n")
    with pytest.raises(ConfigError, match="is a configuration of this agent"):
        load_config(tmp_path / "agent.yaml")
