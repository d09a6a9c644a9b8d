"""Bad input: every file of the field, damaged in many ways, is a clear error in bounded time and memory."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from pathlib import Path

import pytest

from agent.config import ConfigError, load_config
from agent.config.document import MAX_BYTES, text_of
from agent.config.initial.first_configuration import first_configuration
from tests.config.temporal_files.test_documented_lines import FILES
from tests.config.temporal_files.test_field import CASES
from tests.laws import law

KEYS = ("server_config", "helm_values")
#: Files of every other kind, by the key that names them.
KINDS = {
    "temporal.env": ("server_env", FILES["temporal.env"]),
    "deployment.yaml": ("server_env", FILES["deployment.yaml"]),
    "task-definition.json": ("server_env", FILES["task-definition.json"]),
    "compose.yaml": ("server_compose", FILES["compose.yaml"]),
    "config_template.yaml": ("server_config", FILES["config_template.yaml"]),
    "rendered.yaml": ("server_config", FILES["rendered.yaml"]),
    "temporalcluster.yaml": ("server_config", FILES["temporalcluster.yaml"]),
    "helmrelease.yaml": ("helm_values", FILES["helmrelease.yaml"]),
    **{
        case.name: ("helm_values" if "values" in case.name else "server_config", case.read_text())
        for case in CASES
    },
}
#: Seconds for one small file on a slow machine.
LIMIT = 5.0
#: Bytes of memory for one file.
MEMORY = 20 * 1024 * 1024


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


def all_problems(folder: Path, key: str) -> list[str]:
    """The errors of a line of the configuration and of `config init`, in bounded time."""
    (folder / "agent.yaml").write_text(f"clusters: [{{{key}: input.yaml, name: a}}]")
    found: list[str] = []
    begin = time.monotonic()
    for read in (
        lambda: load_config(folder / "agent.yaml"),
        lambda: first_configuration(folder / "input.yaml"),
    ):
        try:
            read()
        except ConfigError as error:
            found += [str(problem) for problem in error.problems]
    assert time.monotonic() - begin < LIMIT
    assert all("\n" not in problem and "input.yaml" in problem for problem in found)
    return found


def test_every_kind_that_is_damaged_is_an_error_with_its_place(tmp_path: Path) -> None:
    others = dict(KINDS.values())

    @law(KINDS)
    def holds(name: str) -> None:
        key, text = KINDS[name]
        content, path = text.encode(), tmp_path / "input.yaml"
        half = len(content) // 2
        for binary in (
            content[:half] + b"\x00\xff\x01" + content[half:],
            gzip.compress(content),
            text.encode("utf-16"),
        ):
            path.write_bytes(binary)
            assert all_problems(tmp_path, key)
        path.write_bytes(content[:half])
        all_problems(tmp_path, key)
        for other, foreign in others.items():
            path.write_text(foreign)
            # Both of these keys read what the other one is meant for, if it is in a manifest.
            assert all_problems(tmp_path, key) or {key, other} <= set(KEYS) or key == other

    holds()


def test_every_kind_of_100_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    @law(KINDS)
    def holds(name: str) -> None:
        key, text = KINDS[name]
        with (tmp_path / "input.yaml").open("wb") as file:
            file.write(text.encode())
            file.truncate(100 * 1024 * 1024)
        tracemalloc.start()
        found = all_problems(tmp_path, key)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
        tracemalloc.stop()
        assert any(" than 1 MB" in problem for problem in found)

    holds()


def test_thousands_of_services_parts_documents_or_variables_are_bounded(tmp_path: Path) -> None:
    service = "{image: temporalio/server}"
    texts = {
        "server_compose": "services:\n" + "".join(f"  s{number}: {service}\n" for number in range(10_000)),
        "helm_values": "".join(f"s{number}: {{server: {{config: {{a: b}}}}}}\n" for number in range(1_000)),
        "server_config": "---\n".join(
            f"{{apiVersion: v1, kind: ConfigMap, data: {{a{number}: b}}}}\n" for number in range(1_000)
        ),
        "server_env": "".join(f"A{number}=${{A{number + 1}}}\n" for number in range(10_000)),
    }
    for key, text in texts.items():
        found = problems(tmp_path, key, text.encode())
        assert len(found) == 1, key
        assert len(found[0]) < 1000


def test_files_that_include_themselves_end(tmp_path: Path) -> None:
    @law(
        [
            "include: [input.yaml]\n"
            "services: {t: {image: temporalio/server, extends: {file: input.yaml, service: t}}}\n",
            "services:\n  t: {image: temporalio/server, env_file: [input.yaml]}\n",
            "services:\n  t:\n    image: temporalio/auto-setup:1.25\n"
            "    volumes: ['./input.yaml:/etc/temporal/config/config_template.yaml']\n",
            "DB=postgres12\nPOSTGRES_SEEDS=${POSTGRES_SEEDS}\nTEMPORAL_SERVER_CONFIG_FILE_PATH=input.yaml\n",
            "apiVersion: v1\nkind: List\nitems: &a [{apiVersion: v1, kind: List, items: *a}]\n",
        ]
    )
    def is_an_error(text: str) -> None:
        for key in ("server_config", "server_compose", "server_env", "helm_values"):
            assert problems(tmp_path, key, text.encode()), key

    is_an_error()


def test_files_that_name_themselves_end(tmp_path: Path) -> None:
    server = b"persistence: {defaultStore: a}\ndynamicConfigClient: {filepath: input.yaml}\n"
    assert problems(tmp_path, "server_config", server)
    (tmp_path / "agent.yaml").write_text("server_config: agent.yaml\n")
    with pytest.raises(ConfigError, match="is not Temporal's own configuration"):
        load_config(tmp_path / "agent.yaml")
    (tmp_path / "agent.yaml").write_text("clusters: [{helm_values: [agent.yaml, agent.yaml]}]\n")
    with pytest.raises(ConfigError, match="is a configuration of this agent"):
        load_config(tmp_path / "agent.yaml")
