"""A small matrix that changes only on purpose: examples run on it and stay green with a new release."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from agent.matrix import Matrix
from agent.matrix.load import FILES, build

DATA = Path(__file__).parent / "data"

#: One of the first documentation page, two with standard and advanced visibility, the last two search stores.
RELEASES = ("1.3.2", "1.20.4", "1.23.1", "1.24.2", "1.31.2")


def frozen_matrix() -> Matrix:
    """The matrix of the files in `data`. Only the catalogues of `inspect_schema` are the agent's own."""
    data = {name: json.loads((DATA / f"{name}.json").read_bytes()) for name in ("published", *FILES)}
    return build(data, date.fromisoformat(data["published"]["published"]))
