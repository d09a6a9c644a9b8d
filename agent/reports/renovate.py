"""What one release supports, as a preset for Renovate."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from packaging.specifiers import SpecifierSet

from agent.components.registry import title_of
from agent.reports.export_document import ExportDocument

#: Names of container images that differ from the component's own. A prefix, such as a registry, is allowed.
_IMAGES = {"postgresql": "postgres(ql)?", "mysql": "mysql(-server)?"}
#: The toolchain, and a library that is part of the server.
_WITHOUT_IMAGE = ("go", "sqlite")


def renovate_preset(document: ExportDocument) -> str:
    """A preset for Renovate: the versions of each container image that the only release supports.

    A version is allowed if some plugin of the release supports it in every role of the component. A component
    without such a version has no rule. Renovate reads these ranges as those of npm, whatever versioning the
    image has (its documentation of `allowedVersions`).
    """
    (release,) = document.releases
    allowed: dict[str, list[str]] = {}
    for row in release.supported:
        ranges = allowed.setdefault(row.component, [])
        ranges += [each for each in map(npm_range, row.in_all_roles) if each not in ranges]
    rules = [
        _rule(component, ranges)
        for component, ranges in allowed.items()
        if ranges and component not in _WITHOUT_IMAGE
    ]
    title = f"Versions that Temporal {release.release} supports (matrix of {document.published})"
    return json.dumps({"description": [title], "packageRules": rules}, indent=2)


def _rule(component: str, ranges: Iterable[str]) -> dict[str, Any]:
    return {
        "description": [title_of(component)],
        "matchDatasources": ["docker"],
        "matchPackageNames": [f"/(^|\\/){_IMAGES.get(component, component)}$/"],
        "allowedVersions": " || ".join(ranges),
    }


def npm_range(specifier: str) -> str:
    """A specifier of the matrix in npm's syntax: `>=13,<17` is `>=13.0.0 <17.0.0`, `==5.7.*` is `5.7.x`."""
    parts = []
    for part in sorted(SpecifierSet(specifier), key=lambda each: each.operator, reverse=True):
        if part.operator == "==":
            return f"{part.version.removesuffix('.*')}.x"
        numbers = [*part.version.split("."), "0", "0"][:3]
        parts.append(f"{part.operator}{'.'.join(numbers)}")
    return " ".join(parts)
