"""Temporal's schema tool for Elasticsearch and OpenSearch, which releases from 1.30 on have."""

from __future__ import annotations

from pathlib import Path

from . import cache, toolchain
from .commands import run, which
from .temporal_build import FLAGS, MODULES

_PACKAGE = "go.temporal.io/server/cmd/tools/elasticsearch"


def search_tool(temporal: str) -> Path:
    """The schema tool of one version of Temporal, an entry of its own in the cache."""
    module = MODULES / temporal
    inputs = [(module / "go.mod").read_bytes(), (module / "go.sum").read_bytes(), *map(str.encode, FLAGS)]
    folder = cache.entry("search-tool", temporal, inputs, lambda target: _build(module, target))
    return folder / "elasticsearch"


def _build(module: Path, target: Path) -> None:
    run(
        [which("nice"), toolchain.go(), "build", *FLAGS, "-o", f"{target}/", _PACKAGE],
        cwd=module,
        env={"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"},
    )
