"""How a store is backed up before an upgrade."""

from __future__ import annotations

import subprocess
from pathlib import Path

from agent.components.record import Kind
from agent.components.registry import ALL
from agent.model.vocabulary import Role
from agent.upgrade import Access
from agent.upgrade.backup import backup
from tests.laws import law

ROLE = Role.PERSISTENCE


@law([each for each in ALL if each.kind is not Kind.OTHER or each.name == "sqlite"])
def test_every_store_has_an_ordinary_way(component: object) -> None:
    text = backup(ROLE, component.name, Access())  # type: ignore[attr-defined]
    assert text
    assert "PASSWORD" not in text or '_PWD="$' in text or 'PGPASSWORD="$' in text


def test_a_database_of_any_name_is_one_word(tmp_path: Path) -> None:
    (tmp_path / "pg_dump").write_text('#!/bin/sh\nfor word in "$@"; do echo "$word"; done\n')
    (tmp_path / "pg_dump").chmod(0o755)
    command = backup(ROLE, "postgresql", Access("db", 5432, 'a"b$(touch evil)', "it's me"))
    ended = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "PERSISTENCE_PASSWORD": "p"},
        capture_output=True,
        text=True,
        check=True,
    )
    words = ended.stdout.splitlines()
    assert words[-1] == 'a"b$(touch evil)'
    assert "it's me" in words
    assert not (tmp_path / "evil").exists()


def test_a_store_of_the_users_own_has_none() -> None:
    assert backup(ROLE, "custom", Access()) == ""
