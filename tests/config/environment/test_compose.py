"""The container of a Temporal server in a compose file."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agent.config import ConfigError
from agent.config.environment.compose import read_compose
from agent.config.environment.variables import MAX_BYTES, values_of
from tests.laws import law

SERVER = "image: temporalio/server:1.30.1"


def compose(folder: Path, text: str, name: str = "compose.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@law(
    [
        "temporalio/server",
        "temporalio/server:1.30.1",
        "temporalio/auto-setup:1.25",
        "docker.io/temporalio/server:latest",
        "registry.example:5000/mirror/temporalio/server@sha256:00",
    ]
)
def test_the_server_is_found_by_its_image(image: str) -> None:
    with TemporaryDirectory() as folder:
        others = "a: {image: temporalio/ui}, b: {image: 'temporalio/admin-tools:1.25'}, c: {build: .}"
        path = compose(Path(folder), f"services: {{{others}, t: {{image: '{image}'}}}}")
        assert read_compose(path).host == "t"
        path = compose(
            Path(folder), f"services: {{t: {{image: '{image.replace('temporalio/', 'other/')}'}}}}"
        )
        with pytest.raises(ConfigError, match="has no service with the image"):
            read_compose(path)


@law(
    [
        # Built here, or under another name: its variables show it.
        "a: {image: own/tools, environment: {POSTGRES_SEEDS: pg}},"
        " t: {build: ., environment: [DB=postgres12, POSTGRES_SEEDS=pg]}",
        "a: {image: postgres, environment: {DB: x}},"
        " t: {image: 'own:1', environment: {DB: c, CASSANDRA_SEEDS: c}}",
        # One service for each role.
        f"h: {{{SERVER}, environment: [SERVICES=history]}},"
        f" t: {{{SERVER}, environment: [SERVICES=frontend]}},"
        f" u: {{{SERVER}, environment: {{SERVICES: frontend}}}}",
        # The variable of images from 1.30 on. Another service ends with the word.
        f"h: {{{SERVER}, environment: ['TEMPORAL_SERVICES=history,internal-frontend']}},"
        f" t: {{{SERVER}, environment: ['TEMPORAL_SERVICES=history:frontend']}}",
    ]
)
def test_the_server_is_found_by_its_variables_or_its_role(services: str) -> None:
    with TemporaryDirectory() as folder:
        assert read_compose(compose(Path(folder), f"services: {{{services}}}")).host == "t"


def test_the_agent_s_environment_wins_over_the_file_dot_env(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOTH", "agent")
    (tmp_path / ".env").write_text("BOTH=file\nONE=file\nTAG=1.24.2\nTWO=${BOTH}")
    path = compose(
        tmp_path,
        "services: {t: {image: 'temporalio/server:$TAG',"
        " environment: [A=$BOTH, B=$ONE, C=$TWO, ONE, NOT_SET]}}",
    )
    found = read_compose(path)
    assert found.image == "temporalio/server:1.24.2"
    assert values_of(found.variables) == {"A": "agent", "B": "file", "C": "agent", "ONE": "file"}


def test_the_environment_wins_over_env_files_and_the_last_file_over_the_first(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("A=1\nB=1\nC=1")
    (tmp_path / "b.env").write_text("B=2\nC=2")
    path = compose(
        tmp_path, f"services: {{t: {{{SERVER}, env_file: [a.env, {{path: b.env}}], environment: {{C: 3}}}}}}"
    )
    found = read_compose(path)
    assert values_of(found.variables) == {"A": "1", "B": "2", "C": "3"}
    assert [Path(found.variables[name].document.file).name for name in "ABC"] == [
        "a.env",
        "b.env",
        "compose.yaml",
    ]


@law(
    [
        ("[]", "it has no `services`"),
        ("services: []", "it has no `services`"),
        ("services: {t: {%s, environment: 5}}", "write names and values"),
        ("services: {t: {%s, environment: [[a]]}}", "write `NAME=value`"),
        ("services: {t: {%s, environment: ['=a']}}", "write `NAME=value`"),
        ("services: {t: {%s, env_file: [[a]]}}", "write a file"),
        ("services: {t: {%s, env_file: '$NOT_SET_HERE'}}", "needs the variable"),
        ("services: {t: &a {%s, environment: *a}}", "refers to itself"),
        ("services: {t: {%s}, t: {}}", "duplicate key"),
        ("services: {t: {%s, command: 'export DB=postgres12; start'}}", "t.command: sets variables"),
        (
            "services: {t: {%s, entrypoint: [sh, -c, 'POSTGRES_SEEDS=pg start']}}",
            "entrypoint: sets variables",
        ),
        (
            "services: {t: {image: temporalio/temporal, command: [server, start-dev]}}",
            "for development (.*) as t: its data",
        ),
    ]
)
def test_any_other_file_is_an_error(text: str, why: str) -> None:
    with TemporaryDirectory() as folder, pytest.raises(ConfigError, match=why):
        read_compose(compose(Path(folder), text.replace("%s", SERVER)))


def test_ten_thousand_services_and_a_large_file_are_an_error_in_time(tmp_path: Path) -> None:
    many = "services:\n" + "".join(f"  s{n}: {{{SERVER}}}\n" for n in range(10_000))
    started = time.process_time()
    with pytest.raises(ConfigError, match="s0, s1, s2, s3, s4 and 9995 more"):
        read_compose(compose(tmp_path, many))
    assert time.process_time() - started < 60
    with compose(tmp_path, "").open("wb") as file:
        file.truncate(100 * MAX_BYTES)
    with pytest.raises(ConfigError, match="more than 1 MB"):
        read_compose(tmp_path / "compose.yaml")
