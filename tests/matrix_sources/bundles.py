"""Bundles like those of the maintainer's command: of the built-in matrix, and of the small frozen one."""

from __future__ import annotations

import copy
import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from agent.maintain.__main__ import DATA
from agent.matrix.load import FILES
from tests import frozen
from tests.building import MATRIX

TOMORROW = str(MATRIX.published + timedelta(days=1))
NEXT = "1.99.0"


@cache
def _bundle(folder: Path) -> dict[str, Any]:
    files = {name: json.loads((folder / f"{name}.json").read_bytes()) for name in FILES}
    return {"format": 1, "published": str(MATRIX.published), "needs_agent": "0.1.0", "files": files}


def built_in() -> dict[str, Any]:
    """The built-in matrix as a bundle that a test may change."""
    return copy.deepcopy(_bundle(DATA))


def small() -> dict[str, Any]:
    """The frozen matrix as a bundle that a test may change: it is checked in a tenth of the time."""
    return copy.deepcopy(_bundle(frozen.DATA))


def newer(version: str = NEXT, published: str | None = None) -> dict[str, Any]:
    """A small bundle with one more release, published the day after the built-in matrix."""
    bundle = small()
    bundle["published"] = published or TOMORROW
    releases = bundle["files"]["releases"]["releases"]
    releases.append(releases[-1] | {"version": version, "reported": version, "published": TOMORROW})
    return bundle


def with_known(version: str) -> dict[str, Any]:
    """A newer small bundle that knows only the name of this release."""
    bundle = newer()
    bundle["files"]["releases"]["known_to_exist"] = [version]
    return bundle


def older() -> dict[str, Any]:
    bundle = small()
    bundle["published"] = str(date.fromisoformat(bundle["published"]) - timedelta(days=1))
    return bundle


def content(bundle: Any) -> bytes:
    return json.dumps(bundle).encode()


def write(folder: Path, bundle: Any, name: str = "matrix.json") -> Path:
    path = folder / name
    path.write_bytes(content(bundle))
    return path
