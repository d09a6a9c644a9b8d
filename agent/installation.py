"""How to add an extra to this installation, which may come from anywhere."""

from __future__ import annotations

import json
import shlex
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

_NAME = "temporal-compat-agent"


@cache
def install_command(extra: str = "") -> str:
    """A sentence with the `pip` command that adds `extra`; without an extra it repeats the installation.

    Installers record a file, folder or repository in `direct_url.json` (packaging.python.org, "Recording the
    Direct URL Origin"), and nothing if the package came from an index.
    """
    wanted = f"[{extra}]" if extra else ""
    if source := _source():
        return f"pip install {shlex.quote(f'{_NAME}{wanted} @ {source}')}"
    return (
        f"pip install 'SOURCE{wanted}', where SOURCE is the wheel, folder or package that the agent was "
        "installed from"
    )


def _source() -> str:
    """The URL for `pip`; empty if it is not recorded."""
    try:
        recorded = json.loads(distribution(_NAME).read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return ""
    return _requirement_url(recorded) if isinstance(recorded, dict) else ""


def _requirement_url(recorded: dict[str, Any]) -> str:
    url = str(recorded.get("url") or "")
    if vcs := recorded.get("vcs_info"):
        url = f"{vcs.get('vcs')}+{url}@{vcs.get('commit_id')}"
    if folder := recorded.get("subdirectory"):
        url += f"#subdirectory={folder}"
    return url
