"""Temporal's server and SQL schema tool, built from their modules and kept in the cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import cache, toolchain
from .commands import run, which

# The newest of the versions that the machine's Go builds, and the one that first answered over HTTP.
TEMPORAL_VERSIONS = ("1.31.2", "1.24.2")

MODULES = Path(__file__).parent.parent / "temporal"
_PACKAGES = ("go.temporal.io/server/cmd/server", "go.temporal.io/server/cmd/tools/sql")
FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w")


@dataclass(frozen=True)
class TemporalBinaries:
    """One version's programs."""

    version: str
    server: Path
    sql_tool: Path


def temporal_binaries(version: str) -> TemporalBinaries:
    """The programs of one of TEMPORAL_VERSIONS, built if need be: minutes, and Go's module proxy.

    go.mod and go.sum of the version pin every dependency with its checksum.
    """
    module = MODULES / version
    inputs = [(module / "go.mod").read_bytes(), (module / "go.sum").read_bytes(), *map(str.encode, FLAGS)]
    folder = cache.entry("temporal", version, inputs, lambda target: _build(module, target))
    return TemporalBinaries(version, folder / "server", folder / "sql")


def _build(module: Path, target: Path) -> None:
    # Niced, because tests that need no server run meanwhile; go names the programs after their packages.
    run(
        [which("nice"), toolchain.go(), "build", *FLAGS, "-o", f"{target}/", *_PACKAGES],
        cwd=module,
        env={"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"},
    )
