"""Secrets stand in files and in the environment, are read when needed, and are told to nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.config import Config, load_config
from agent.config.secret import Secret, SecretUnreadableError, yaml_value

WORD = "hunter2-the-secret"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("PG_PASSWORD", WORD)
    (tmp_path / "token").write_text(f"{WORD}\n")
    (tmp_path / "agent.yaml").write_text(
        json.dumps(
            {
                "clusters": [
                    {
                        "name": "a",
                        "temporal": {"frontend": "a:7233", "token_file": "token"},
                        "persistence": {
                            "postgresql": {
                                "host": "pg",
                                "database": "temporal",
                                "user": "agent",
                                "password": "${PG_PASSWORD}",
                            }
                        },
                    }
                ]
            }
        )
    )
    return load_config(tmp_path / "agent.yaml")


def of_store(config: Config) -> Secret:
    store = config.clusters[0].persistence
    assert store is not None
    assert store.postgresql is not None
    assert store.postgresql.secret is not None
    return store.postgresql.secret


def of_server(config: Config) -> Secret:
    secret = config.clusters[0].temporal.secret
    assert secret is not None
    return secret


def test_a_secret_comes_from_a_file_or_from_the_environment(config: Config) -> None:
    assert of_server(config).read() == WORD
    assert of_store(config).read() == WORD


def test_the_configuration_contains_no_secret(config: Config) -> None:
    texts = (
        repr(config),
        str(config),
        config.model_dump_json(),
        repr(of_server(config)),
        repr(of_store(config)),
    )
    assert all(WORD not in text for text in texts)
    assert "${PG_PASSWORD}" in repr(config)


def test_a_secret_is_read_again_every_time_so_it_can_rotate(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, store = of_server(config), of_store(config)
    assert (server.read(), store.read()) == (WORD, WORD)
    (tmp_path / "token").write_text("rotated")
    monkeypatch.setenv("PG_PASSWORD", "rotated too")
    assert (server.read(), store.read()) == ("rotated", "rotated too")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a b ", "a b "),
        ("a\n", "a"),
        ("a\r\n", "a"),
        ("ä€", "ä€"),
        ("${X}", "${X}"),
        ("", ""),
        ("a\nb\n", "a\nb"),
    ],
)
def test_only_the_newline_at_the_end_of_a_file_is_removed(tmp_path: Path, written: str, read: str) -> None:
    path = tmp_path / "secret"
    path.write_bytes(written.encode())
    assert Secret(str(path)).read() == read


def test_a_file_is_read_no_further_than_a_secret_can_be_long(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("a" * 1_000_000)
    assert len(Secret(str(path)).read()) == 65_536


def test_a_variable_that_is_not_set_is_unreadable_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH", raising=False)
    with pytest.raises(SecretUnreadableError, match=r"^the environment has no variable NO_SUCH$"):
        Secret("${NO_SUCH}").read()


def test_a_variable_that_is_empty_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY", "")
    assert Secret("${EMPTY}").read() == ""


def test_a_file_that_is_not_there_is_unreadable_and_named(tmp_path: Path) -> None:
    path = tmp_path / "nothing"
    with pytest.raises(SecretUnreadableError) as caught:
        Secret(str(path)).read()
    assert str(caught.value) == f"{path}: cannot be read: No such file or directory"


@pytest.mark.parametrize("path", ["/", "/no\0name"])
def test_a_path_that_is_not_a_file_is_unreadable(path: str) -> None:
    with pytest.raises(SecretUnreadableError):
        Secret(path).read()


def test_a_binary_file_is_unreadable_and_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(f"{WORD}\xff".encode("latin-1"))
    with pytest.raises(SecretUnreadableError) as caught:
        Secret(str(path)).read()
    assert str(caught.value) == f"{path}: cannot be read: UnicodeDecodeError"


def in_yaml(path: Path, *keys: str) -> Secret:
    return Secret(yaml_value(str(path), keys))


@pytest.mark.parametrize("key", ["a", "a.b", "a/b", "a#/b", "a}b", "ä", "a%2Fb", "${a}", ""])
def test_a_secret_may_be_any_value_of_a_yaml_file(tmp_path: Path, key: str) -> None:
    path = tmp_path / "of #1}.yaml"
    path.write_text(json.dumps({"x": {key: WORD}}))
    assert in_yaml(path, "x", key).read() == WORD


@pytest.mark.parametrize(
    ("written", "read"), [("0042", "0042"), ("yes", "yes"), ("'a b '", "a b "), ("''", "")]
)
def test_a_secret_in_a_yaml_file_is_the_text_as_it_is_written(
    tmp_path: Path, written: str, read: str
) -> None:
    path = tmp_path / "server.yaml"
    path.write_text(f"a: {written}\n")
    assert in_yaml(path, "a").read() == read


def test_a_secret_in_a_yaml_file_is_read_again_every_time(tmp_path: Path) -> None:
    path = tmp_path / "server.yaml"
    path.write_text("a: {b: one}")
    secret = in_yaml(path, "a", "b")
    assert secret.read() == "one"
    path.write_text("a: {b: two}")
    assert secret.read() == "two"


@pytest.mark.parametrize("content", ["a: 1", "a: {b: {c: 1}}", "a: {b: }", "[]", ""])
def test_a_value_that_was_removed_is_unreadable_and_its_place_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "server.yaml"
    path.write_text(content)
    with pytest.raises(SecretUnreadableError) as caught:
        in_yaml(path, "a", "b").read()
    assert str(caught.value) == f"{path}: has no text at a.b any more"


@pytest.mark.parametrize("content", [None, f"a: '{WORD}", "&a [*a]\n---\n", "\xff"])
def test_a_yaml_file_that_can_no_longer_be_read_is_named_and_not_quoted(
    tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "server.yaml"
    if content is not None:
        path.write_bytes(content.encode("latin-1"))
    with pytest.raises(SecretUnreadableError) as caught:
        in_yaml(path, "a").read()
    assert str(caught.value) == f"{path}: cannot be read any more"
