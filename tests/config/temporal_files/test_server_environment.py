"""`server_env` and `server_compose`: what no golden file shows."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config import ConfigError, load_config
from agent.config.secret import Secret, SecretUnreadableError
from agent.config.temporal_files.server_environment import parse_release
from tests.laws import law

POSTGRESQL = "DB=postgres12\nPOSTGRES_SEEDS=pg\nPOSTGRES_USER=u\n"


@law(
    [
        ("1.30.1", (1, 30, 1)),
        ("v1.30.1", (1, 30, 1)),
        ("1.24.2.1", (1, 24, 2)),
        ("1.24.2-alpine", (1, 24, 2)),
        ("1.30", (1, 30, 9999)),
        ("latest", None),
        ("", None),
    ]
)
def test_a_tag_has_a_release_or_none(tag: str, release: tuple[int, ...] | None) -> None:
    assert parse_release(tag) == release


def is_whole_or_explained(path: Path) -> bool:
    try:
        return bool(load_config(path).clusters)
    except ConfigError as error:
        return all(problem.message and "\n" not in str(problem) for problem in error.problems)


@law(
    [
        ("temporalio/auto-setup", "1.29"),
        ("registry.example:5000/temporalio/auto-setup:latest", "1.29"),
        ("temporalio/server:latest", "newest"),
        ("temporalio/server", "newest"),
        ("temporalio/server:1.24.2-alpine@sha256:00", "1.24"),
    ]
)
def test_the_image_has_the_release(image: str, release: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = f"services: {{t: {{image: '{image}', environment: [DB=oracle]}}}}"
        (Path(folder) / "c.yaml").write_text(text)
        with pytest.raises(ConfigError, match=f"but (the )?(images of )?{release}"):
            load_config(agent(Path(folder), "server_compose: c.yaml"))


@law(
    [
        ("BIND_ON_IP=1.2.3.4", "DB: is not set, so the image takes cassandra, and CASSANDRA_SEEDS is not"),
        ("DB=cassandra", "DB: is not set|CASSANDRA_SEEDS: is missing"),
        ("CASSANDRA_SEEDS=c", "DB: is cassandra, which has no visibility store from 1.24 on, and ENABLE_ES"),
    ]
)
def test_cassandra_is_a_default_that_nobody_wrote(variables: str, says: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = f"services: {{t: {{image: 'temporalio/server:1.31.2', environment: [{variables}]}}}}"
        (Path(folder) / "c.yaml").write_text(text)
        with pytest.raises(ConfigError, match=says):
            load_config(agent(Path(folder), "server_compose: c.yaml"))


def agent(folder: Path, line: str) -> Path:
    path = folder / "agent.yaml"
    path.write_text(f"clusters: [{{{line}}}]")
    return path


def test_a_password_is_read_again_for_each_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.env"
    file.write_text(POSTGRESQL + "POSTGRES_PWD='pa$$ word'")
    (cluster,) = load_config(agent(tmp_path, "server_env: x.env")).clusters
    assert cluster.persistence is not None
    assert cluster.persistence.postgresql is not None
    secret = cluster.persistence.postgresql.secret
    assert secret is not None
    assert secret.read() == "pa$$ word"
    file.write_text("POSTGRES_PWD=${THE_PASSWORD}")
    with pytest.raises(SecretUnreadableError, match="POSTGRES_PWD needs the variable THE_PASSWORD"):
        secret.read()
    monkeypatch.setenv("THE_PASSWORD", "other")
    assert secret.read() == "other"
    file.write_text("A=b")
    with pytest.raises(SecretUnreadableError, match="does not set POSTGRES_PWD any more"):
        secret.read()
    file.unlink()
    with pytest.raises(SecretUnreadableError, match="cannot be read any more"):
        secret.read()


def test_a_password_of_a_service_is_read_from_its_compose_file(tmp_path: Path) -> None:
    file = tmp_path / "c d.yaml"
    (tmp_path / ".env").write_text("P=secret")
    file.write_text("services: {a b: {environment: {POSTGRES_PWD: $P}}}")
    assert Secret(f"${{{file}#environment/a%20b/POSTGRES_PWD}}").read() == "secret"


@settings(deadline=None, max_examples=150)
@given(
    name=st.sampled_from(
        ["DB", "POSTGRES_SEEDS", "ENABLE_ES", "ES_SEEDS", "NUM_HISTORY_SHARDS", "BIND_ON_IP"]
    ),
    value=st.text(max_size=12),
    release=st.sampled_from(["1.0.0", "1.14.3", "1.20.4", "1.24.2", "1.30.1", "1.32.1"]),
)
def test_any_value_is_a_cluster_or_a_list_of_problems(name: str, value: str, release: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = f"{POSTGRESQL}{name}={value}"
        (Path(folder) / "x.env").write_bytes(text.encode("utf-8", "surrogatepass"))
        path = agent(Path(folder), f"server_env: {{file: x.env, version: {release}}}")
        assert is_whole_or_explained(path)


@law((Path(__file__).parent / "good").glob("*.compose"))
def test_a_file_that_is_cut_anywhere_is_a_cluster_or_a_list_of_problems(path: Path) -> None:
    content = path.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        file = agent(Path(folder), "server_compose: cut.yaml")
        for end in range(0, len(content), 37):
            (Path(folder) / "cut.yaml").write_bytes(content[:end])
            assert is_whole_or_explained(file)
