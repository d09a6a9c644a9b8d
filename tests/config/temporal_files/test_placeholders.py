"""Placeholders: from the environment, or refused in one message with their places."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import ConfigError, load_config
from agent.config.document import Document, parse
from agent.config.temporal_files.placeholders import filled_in, placeholder, placeholder_of_password
from agent.config.temporal_files.yaml_tree import tree
from tests.laws import law

REFUSED = [
    "${PG_HOST}",
    "${var.db_host}",
    "{{ .Values.host }}",
    "{{host}}",
    "ENC[AES256_GCM,data:abc,iv:d,tag:e,type:str]",
    "<path:secret/data/temporal#password>",
    "ref+vault://secret/temporal#/password",
    "secretref+vault://a",
    "vault:secret/data/temporal#password",
    "op://vault/item/field",
    "arn:aws:secretsmanager:eu-west-1:1:secret:a",
    "$(PG_HOST)",
    "#{PgHost}#",
    "@PG_HOST@",
    "@@PG_HOST@@",
    "_HOST_",
    "__PG_HOST__",
    "REPLACE_ME",
    "CHANGE_ME",
    "REPLACE_ME_WITH_HOST",
    "YOUR_PASSWORD",
    "((password))",
    "<password>",
    "<your password>",
    "$PG_HOST",
    "%PG_HOST%",
    "TODO",
]


@law(REFUSED)
def test_a_text_that_nothing_has_filled_in_is_a_placeholder(text: str) -> None:
    assert placeholder(text)
    assert bool(placeholder_of_password(text)) is (text != "${PG_HOST}")


@law(["_HOST_:5432", "db-${ZONE}.example:5432", "http://{{ host }}:9200", "db.__NAMESPACE__.svc"])
def test_a_placeholder_may_be_a_part_of_a_text(text: str) -> None:
    assert placeholder(text)
    assert placeholder(text) != text


@law(
    [
        *(
            "db.example:5432",
            "temporal_visibility",
            "MY_DATABASE",
            "user@example.com",
            "a_b",
            "__",
            "/c/ca.pem",
        ),
        *("changeme", "p$w", "a<b>c", "[fd00::1]:5432", '"$user",public', "https://es:9200/a%20b", "%41BC"),
    ]
)
def test_an_ordinary_text_is_not_a_placeholder(text: str) -> None:
    assert not placeholder(text)


@law(
    [
        *(
            "hunter2",
            "p$W0RD!",
            "x_HOST_y",
            "a{{b",
            "vaults",
            "@A",
            "<a>b",
            "100%",
            "$2b$12$abc",
            "_X",
        ),
        *("a#{b}c", "CHANGE_ME!", "((a", "$(a"),
    ]
)
def test_a_password_may_have_any_characters(text: str) -> None:
    assert not placeholder_of_password(text)


@law(
    [
        ("${A}:5432", "db:5432"),
        ("${A}-${B}", "db-"),
        ("${C}", "${C}"),
        ("${C:-d}", "d"),
        ("${C:=d}", "d"),
        ("${B:-d}", "d"),
        ("${A:-d}", "db"),
        ("$A", "$A"),
    ]
)
def test_the_environment_fills_in_what_it_has(text: str, value: str) -> None:
    node = tree(parse(Document("a", plain=True), f"a: ['{text}']\npassword: '{text}'"))
    read = filled_in(node, {"A": "db", "B": ""})
    assert (read["a"].items[0].text, read["password"].text) == (value, text)


SERVER = """\
persistence:
  defaultStore: d
  visibilityStore: v
  datastores:
    d: {sql: {pluginName: mysql8, databaseName: t,
        connectAddr: "${PG_HOST}:1", user: u, password: "${PG_PASSWORD}"}}
    v: {sql: {pluginName: mysql8, databaseName: v,
        connectAddr: "${PG_HOST}:1", user: _USER_, password: "ENC[A,b]"}}
services: {frontend: {rpc: {grpcPort: 7233, bindOnIP: 10.0.0.1}}}
clusterMetadata: {currentClusterName: a}
"""


def load(folder: Path, more: str = "") -> list[str]:
    (folder / "server.yaml").write_text(SERVER)
    (folder / "agent.yaml").write_text(f"clusters: [{{server_config: server.yaml{more}}}]")
    try:
        (cluster,) = load_config(folder / "agent.yaml").clusters
    except ConfigError as error:
        return [str(problem).replace(f"{folder}/", "") for problem in error.problems]
    assert cluster.persistence is not None
    assert cluster.persistence.mysql is not None
    return [cluster.persistence.mysql.host, str(cluster.persistence.mysql.password)]


def test_all_placeholders_are_in_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PG_HOST", raising=False)
    (problem,) = load(tmp_path)
    assert problem.startswith(
        "server.yaml:6: persistence.datastores.d.sql.connectAddr: is the placeholder `${PG_HOST}`"
    )
    for said in ("_USER_", "ENC[A,b]", "datastores.v.sql.password (line 8)", "in the agent's environment"):
        assert said in problem


def test_what_is_filled_in_or_overridden_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_HOST", "db")
    own = ", visibility: {mysql: {user: agent, password_file: pw}}"
    assert load(tmp_path, own) == ["db", "${PG_PASSWORD}"]
    (problem,) = load(tmp_path, ", visibility: {mysql: {password_file: pw}}")
    assert "_USER_" in problem
    assert "ENC" not in problem
