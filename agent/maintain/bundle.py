"""`bundle`: writes all files of the matrix as one, for agents that get a newer matrix without an upgrade."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.config.errors import ConfigError
from agent.maintain.data_files import replace
from agent.maintain.source_tree import MaintainError
from agent.matrix.load import FILES
from agent.matrix_sources.bundle import parse_bundle


def write(data: Path, out: Path) -> list[str]:
    """Write the bundle of a folder of matrix files; the same files give the same bytes.

    Raises:
        MaintainError: a file cannot be read, is not valid in a bundle, or has facts that are newer than the day
            in published.json. Nothing is written then.
    """
    try:
        files = {name: json.loads((data / f"{name}.json").read_bytes()) for name in ("published", *FILES)}
        head = files.pop("published")
        published, needs_agent = head["published"], head["needs_agent"]
    except (ValueError, TypeError, KeyError) as error:
        raise MaintainError(f"{data}: {error!r}") from error
    bundle = {"format": 1, "published": published, "needs_agent": needs_agent, "files": files}
    content = json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    try:
        matrix = parse_bundle(str(data), content)
    except ConfigError as error:
        raise MaintainError(str(error)) from error
    if published < (newest_day := _newest_day(read)):
        raise MaintainError(
            f"{data}: published.json has {published}, but the newest release or statement is of "
            f"{newest_day}; write today's date into published.json"
        )
    replace(out.parent, {out.name: content})
    newest = matrix.releases.all[-1].name
    return [
        f"{out}: published {published}, Temporal up to {newest}",
        f"sha256: {hashlib.sha256(content).hexdigest()}",
    ]


def _newest_day(files: Mapping[str, Any]) -> str:
    """The newest day, as YYYY-MM-DD, of a release or a statement in these files."""
    releases, statements = files["releases"]["releases"], files["statements"]["statements"]
    days: list[str] = [release["published"] or "" for release in releases]
    days += [statement.get("on") or statement["from"] for statement in statements]
    return max(days)
