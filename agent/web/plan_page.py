"""One page with the plans of a table, complete in one file: it needs no server and loads nothing."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def plan_page(table: Mapping[str, Any], published: date) -> str:
    """The page as HTML. `table`: of PlanTable; `published`: the date of the matrix."""
    static = files("agent.web") / "static"
    style = (static / "style.css").read_text(encoding="utf-8")
    script = (static / "plan.js").read_text(encoding="utf-8")
    # Text that ends a script element must not occur in one.
    data = json.dumps(table, separators=(",", ":")).replace("<", "\\u003c")
    environment = Environment(
        loader=PackageLoader("agent.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("plan_page.html").render(
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704 - a file of this package
        data=Markup(data),  # noqa: S704 - JSON without the sign that begins an element
        style_hash=_hash(style),
        script_hash=_hash(script),
        published=published,
        newest=table["releases"][-1],
    )


def _hash(text: str) -> str:
    """As a Content-Security-Policy names the text of an element."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
