"""The version of a search index. It is not recorded: the fields of the mapping and their types show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.matrix.release import Release, ReleaseMatch
from agent.matrix.schema import Need
from agent.model.versions import Version, parse


@dataclass(frozen=True)
class IndexTemplate:
    """One template: its version, and the types that each of its fields may have."""

    version: int
    fields: Mapping[str, frozenset[str]]
    source: str

    def missing(self, fields: Mapping[str, str]) -> tuple[str, ...]:
        """The fields of the template that a mapping does not have, or has with another type."""
        return tuple(name for name, types in self.fields.items() if fields.get(name) not in types)


@dataclass(frozen=True)
class IndexVersion:
    """The template versions that fit a mapping: one, or several that no field distinguishes."""

    low: int
    high: int

    @property
    def is_exact(self) -> bool:
        return self.low == self.high

    def __str__(self) -> str:
        return str(self.low) if self.is_exact else f"{self.low} to {self.high}"


class IndexTemplates:
    """All templates, oldest first."""

    def __init__(self, templates: Sequence[IndexTemplate]) -> None:
        self.all = tuple(templates)
        self._places = {version: place for place, version in enumerate(sorted({t.version for t in self.all}))}

    def version(self, fields: Mapping[str, str]) -> IndexVersion | None:
        """The newest template whose fields are all in the mapping; None: not even those of the oldest.

        Fields that users added change nothing.
        """
        held = [template for template in self.all if not template.missing(fields)]
        if not held:
            return None
        same = [template.version for template in held if template.fields == held[-1].fields]
        return IndexVersion(min(same), max(same))

    def template(self, version: int) -> IndexTemplate | None:
        """The template of this version, as it was first published."""
        return next((template for template in self.all if template.version == version), None)

    def drift(self, required: int, actual: int) -> int | None:
        """Versions from the required one to the actual one; negative: behind. None: not on the list."""
        if required not in self._places or actual not in self._places:
            return None
        return self._places[actual] - self._places[required]


def read_templates(data: Mapping[str, Any]) -> IndexTemplates:
    """The templates of the data file, each stored as the difference to the one before."""
    fields: dict[str, frozenset[str]] = {}
    templates = []
    for entry in data["templates"]:
        fields = {name: types for name, types in fields.items() if name not in entry["removed"]}
        for name, types in entry["set"].items():
            fields[name] = frozenset([types] if isinstance(types, str) else types)
        templates.append(IndexTemplate(entry["version"], fields, entry["source"]))
    return IndexTemplates(templates)


def index_need(match: ReleaseMatch) -> Need | None:
    """The template version that the server which reports this version needs.

    None: its templates have no versions (up to 1.10), so there is nothing to compare with.
    """
    low, high = _version(match.below), _version(match.above) if match.below else None
    if low is None and high is None and (match.releases or match.below is None):
        return None
    return Need(low, high, match.reason)


def _version(release: Release | None) -> Version | None:
    return parse(str(release.index)) if release is not None and release.index is not None else None
