"""Runbooks filled in for a cluster: right for a shell, whatever the names of its databases are."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from agent.model.vocabulary import Role, Verdict
from agent.reports.runbook_document import RunbookDocument, RunbookStoreDocument
from agent.snapshot import Snapshot
from agent.upgrade import Access, Toolbox
from agent.verdict import SchemaState, ServerState, StoreSpec
from agent.web.app import make_app
from agent.web.runbook_values import filled
from agent.web.runbooks import runbooks
from tests.laws import law
from tests.web.samples import FakeSource, ask, behind

NAME, DATABASE, USER = 'it\'s my $(touch evil) "cluster"', 'a"b$(touch evil)', "it's `me`"
TOOLS = Toolbox(
    {
        Role.PERSISTENCE: Access("db.local", 5433, DATABASE, USER),
        Role.VISIBILITY: Access("my.local", 3307, "temporal_visibility", USER),
    },
    "temporal:7233",
)


def cluster() -> Snapshot:
    base = behind()
    stores = {
        Role.PERSISTENCE: StoreSpec("postgresql", "postgres12_pgx"),
        Role.VISIBILITY: StoreSpec("mysql", "mysql8"),
    }
    schemas = (
        SchemaState(Role.PERSISTENCE, "postgresql", "postgres12_pgx", "1.18", "1.19", -1),
        SchemaState(Role.VISIBILITY, "mysql", "mysql8", "1.13", "1.14", -1),
    )
    server = ServerState("1.31.2", "1.31.2", None, 0, 0, stale=False)
    return replace(
        base,
        subject=replace(base.subject, name=NAME, stores=stores),
        judgement=replace(base.judgement, schemas=schemas, server=server, verdict=Verdict.UNSUPPORTED),
    )


def shown(name: str, query: str = "?cluster=it%27s%20my%20%24%28touch%20evil%29%20%22cluster%22") -> str:
    source = FakeSource((cluster(),), tools=TOOLS)
    source.now = replace(source.now, config_file="my agent.yaml")
    app = make_app(source, external_url="https://agent.local:17233")
    reply = ask(app, f"/runbooks/{name}{query}")
    assert reply.status == 200
    return reply.text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Programs that write down their arguments, one a line."""
    for program in ("psql", "mysql", "temporal-sql-tool", "temporal-compat-agent", "temporal", "curl"):
        file = tmp_path / "bin" / program
        file.parent.mkdir(exist_ok=True)
        file.write_text(
            f'#!/bin/sh\nfor word in {program} "$SQL_PASSWORD" "$@"\n'
            f'do echo "$word" >> {tmp_path}/log\ndone\n'
        )
        file.chmod(0o755)
    return tmp_path


def run(folder: Path, markdown: str) -> list[str]:
    script = "\n".join(re.findall(r"^ *```sh\n(.*?)```$", markdown, re.MULTILINE | re.DOTALL))
    env = {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PERSISTENCE_PASSWORD": "p w",
        "VISIBILITY_PASSWORD": "v",
    }
    ended = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert ended.stderr == ""
    assert not (folder / "evil").exists()
    return (folder / "log").read_text().splitlines()


def test_the_commands_reach_the_stores_of_the_cluster(folder: Path) -> None:
    words = run(folder, shown("TemporalSchemaBehind.md"))
    at = words.index("psql")
    assert words[at + 2 : at + 10] == ["-h", "db.local", "-p", "5433", "-U", USER, "-d", DATABASE]
    assert words[words.index("mysql") + 2 :][:4] == ["-h", "my.local", "-P", "3307"]
    assert words[words.index("--cluster") + 1] == NAME
    tool = words.index("temporal-sql-tool")
    assert words[tool + 1] == "p w"
    assert words[tool:][words[tool:].index("--database") + 1] == DATABASE
    assert words.count("temporal-sql-tool") == 2
    assert "mysql/v8/visibility" in words
    assert "--password" not in words
    # There is neither Cassandra nor a search store.
    assert "cqlsh" not in words
    assert "curl" not in words


def test_file_release_and_agent_are_filled_in(folder: Path) -> None:
    words = run(folder, shown("TemporalSchemaBehind.md"))
    at = words.index("plan")
    assert words[at + 1 : at + 7] == ["--config.file", "my agent.yaml", "--cluster", NAME, "--to", "1.31.2"]
    words = run(folder, shown("TemporalUnsupported.md"))
    assert f"https://agent.local:17233/api/v1/clusters/{NAME}" in words


def test_the_frontend_is_filled_in(folder: Path) -> None:
    words = run(folder, shown("TemporalUnsupported.md"))
    assert words[words.index("temporal") + 2 :][:2] == ["--address", "temporal:7233"]


def test_the_page_has_the_same_commands_and_links_to_the_cluster() -> None:
    page = shown("TemporalSchemaBehind")
    assert "db.local" in page
    assert "The commands are filled in for" in page
    assert "touch evil" in page
    assert '"cluster"</bdi>' not in page.replace("&#34;", "'")


def test_the_runbook_of_a_cluster_of_another_agent_is_there_without_its_values() -> None:
    app = make_app(FakeSource((), tools=TOOLS))
    page = ask(app, "/runbooks/TemporalUnsupported?cluster=%3Cb%3Enobody")
    assert page.status == 200
    assert "does not monitor <bdi>&lt;b&gt;nobody</bdi>" in page.text
    text = ask(app, "/runbooks/TemporalUnsupported.md?cluster=nobody")
    assert text.text == runbooks()["TemporalUnsupported"]
    assert ask(app, "/runbooks/Nothing.md").status == 404


def test_a_cluster_on_sqlite_gets_no_command_of_a_schema_tool() -> None:
    on_files = RunbookDocument("a", stores=(RunbookStoreDocument("sqlite", {}),))
    text = filled(runbooks()["TemporalSchemaBehind"], on_files)
    commands = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    assert not re.search("temporal-sql-tool|temporal-cassandra-tool|psql|mysql|cqlsh", commands)
    assert "SQLite: no tool" in text


@law(sorted(runbooks()))
def test_without_values_a_runbook_keeps_its_words(name: str) -> None:
    text = runbooks()[name]
    stores = tuple(
        RunbookStoreDocument(component, {})
        for component in ("postgresql", "mysql", "cassandra", "elasticsearch")
    )
    lines = filled(text, RunbookDocument("NAME", stores=stores)).splitlines()
    assert lines == text.splitlines()
