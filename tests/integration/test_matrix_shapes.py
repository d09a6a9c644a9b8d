"""The maintainer's command `shapes` on a real store, with the steps and the tool of a release."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.maintain.__main__ import main
from agent.matrix.shapes import Catalogs
from tests.maintain.layouts import git
from tests.shapes import ROLES

from .agents import MATRIX
from .servers.postgres import PostgresServer
from .servers.temporal_build import TemporalBinaries

pytestmark = pytest.mark.full


@pytest.fixture
def maker(postgres15: PostgresServer) -> Iterator[PostgresServer]:
    """A PostgreSQL whose user may make databases, for as long as the test takes."""
    postgres15.sql("ALTER ROLE temporal CREATEDB")
    yield postgres15
    postgres15.sql("ALTER ROLE temporal NOCREATEDB")


def clone_of(binaries: TemporalBinaries, folder: Path) -> Path:
    """A repository with the schema of one release, under its tag."""
    assert binaries.schemas is not None
    clone = folder / "clone"
    shutil.copytree(binaries.schemas, clone / "schema")
    git(clone, "init", "-q")
    git(clone, "add", "-A")
    git(clone, "commit", "-qm", "state")
    git(clone, "tag", f"v{binaries.version}")
    return clone


@pytest.mark.parametrize("release", ["1.20.4"])
def test_what_a_release_s_own_steps_leave_is_what_the_matrix_has_and_written_again_the_same(
    tmp_path: Path, maker: PostgresServer, temporal: Callable[[str], TemporalBinaries], release: str
) -> None:
    binaries = temporal(release)
    clone, password = clone_of(binaries, tmp_path), tmp_path / "password"
    password.write_text(maker.password)

    def run(folder: Path) -> dict[str, bytes]:
        folder.mkdir()
        options = {
            "repository": clone,
            "tool": binaries.sql_tool,
            "port": maker.port,
            "user": maker.user,
            "password-file": password,
            "data": folder,
        }
        flags = [f"--{name}={value}" for name, value in options.items()]
        assert main(["shapes", "postgresql", *flags]) == 0
        return {path.name: path.read_bytes() for path in (folder / "shapes").iterdir()}

    written = run(tmp_path / "first")
    assert written.keys() == {"postgresql-default.json", "postgresql-visibility.json"}
    assert run(tmp_path / "second") == written
    shapes = Catalogs(lambda name: json.loads(written[f"{name}.json"]))
    for role in ROLES.values():
        built_in = {shape.version: shape.parts for shape in MATRIX.shapes.of("postgresql", role)}
        found = shapes.of("postgresql", role)
        assert found
        for shape in found:
            known = built_in[shape.version]
            assert shape.parts.keys() == known.keys()
            assert all(told <= known[part] for part, told in shape.parts.items())
    left = maker.sql("SELECT datname FROM pg_database WHERE datname LIKE 'temporal_shapes%'")
    assert left == []


@pytest.mark.parametrize("release", ["1.20.4"])
def test_a_store_that_does_not_answer_ends_the_command_and_writes_nothing(
    tmp_path: Path,
    temporal: Callable[[str], TemporalBinaries],
    capsys: pytest.CaptureFixture[str],
    release: str,
) -> None:
    binaries = temporal(release)
    clone = clone_of(binaries, tmp_path)
    flags = [f"--repository={clone}", f"--tool={binaries.sql_tool}", "--port=1", f"--data={tmp_path}"]
    assert main(["shapes", "postgresql", *flags]) == 1
    assert "user" in capsys.readouterr().err
    assert main(["shapes", "postgresql", "--user=temporal", *flags]) == 1
    assert "create-database" in capsys.readouterr().err
    assert not (tmp_path / "shapes").exists()
