"""Temporal's server and SQL schema tool, built from their modules and kept in the cache."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from . import cache, toolchain
from .commands import run, which

# The newest of the versions that the machine's Go builds, and the one that first answered over HTTP.
TEMPORAL_VERSIONS = ("1.31.2", "1.24.2")

# One for every change in how a server is set up and what it compares; only the full tier runs these.
OLD_TEMPORAL_VERSIONS = ("1.29.1", "1.23.1", "1.20.4", "1.15.2", "1.8.2", "1.3.0", "1.0.0")

#: Releases that no other test runs: the oracle of docs/oracle.md starts them.
ORACLE_TEMPORAL_VERSIONS = (
    *("1.32.1", "1.30.4", "1.27.2", "1.25.2", "1.22.6"),
    *("1.21.6", "1.18.3", "1.17.4", "1.13.1"),
)

MODULES = Path(__file__).parent.parent / "temporal"
_SERVER = "go.temporal.io/server"
_PACKAGES = (f"{_SERVER}/cmd/server", f"{_SERVER}/cmd/tools/sql")
FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w")
_ENVIRONMENT = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}

_TOOL_HAS_THE_SCHEMAS = (1, 23)


def release_number(version: str) -> tuple[int, ...]:
    """The version's numbers, to compare."""
    return tuple(map(int, version.split(".")))


@dataclass(frozen=True)
class TemporalBinaries:
    """One version's programs. `schemas`: its schema folder, where the tool itself doesn't hold it."""

    version: str
    server: Path
    sql_tool: Path
    schemas: Path | None = None

    @property
    def number(self) -> tuple[int, ...]:
        """The version's numbers."""
        return release_number(self.version)

    def schema_source(self, line: str, schema: str, component: str = "postgresql") -> tuple[str | Path, ...]:
        """What names to `update-schema` the schema (`temporal`, `visibility`) of a line (`v96`, `v12`)."""
        if self.schemas is None:
            return ("--schema-name", f"{component}/{line}/{schema}")
        folder = self.schemas / component / line
        if not folder.exists():  # 1.0 had but one line, under another name
            folder = self.schemas / "postgres"
        return ("-d", folder / schema / "versioned")


def temporal_binaries(version: str) -> TemporalBinaries:
    """The programs of one of the versions above, built if need be: minutes, and Go's module proxy.

    go.mod and go.sum of the version pin every dependency with its checksum.
    """
    module = MODULES / version
    with_schemas = release_number(version) < _TOOL_HAS_THE_SCHEMAS
    inputs = [(module / "go.mod").read_bytes(), (module / "go.sum").read_bytes(), *map(str.encode, FLAGS)]
    folder = cache.entry("temporal", version, inputs, lambda target: _build(module, target, with_schemas))
    schemas = folder / "schema" if with_schemas else None
    return TemporalBinaries(version, folder / "server", folder / "sql", schemas)


def _build(module: Path, target: Path, with_schemas: bool) -> None:
    # Niced, because tests that need no server run meanwhile; go names the programs after their packages.
    run(
        [which("nice"), toolchain.go(), "build", *FLAGS, "-o", f"{target}/", *_PACKAGES],
        cwd=module,
        env=_ENVIRONMENT,
    )
    if with_schemas:
        find = [str(toolchain.go()), "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", _SERVER]
        _copy(Path(run(find, cwd=module, env=_ENVIRONMENT).strip()) / "schema", target / "schema")


def _copy(source: Path, target: Path) -> None:
    # Go's module cache is read-only; a copy of its modes couldn't be removed.
    for file in source.rglob("*"):
        if file.is_file():
            copied = target / file.relative_to(source)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copied)
