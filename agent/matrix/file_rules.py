"""What releases refuse in the server's own file when they start; data/file_rules.json explains the fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from packaging.specifiers import SpecifierSet

from agent.matrix.release import Release, read_specifier
from agent.model.file_rules import FileRule


@dataclass(frozen=True)
class RefusedBy:
    """The releases that refuse a file by a rule, what to do, and the source.

    `is_certain`: whether the file alone shows that such a release does not start.
    """

    rule: FileRule
    releases: SpecifierSet
    cure: str
    source: str
    is_certain: bool

    def applies_to(self, release: Release) -> bool:
        """Whether this release has the rule."""
        return release.version.within(self.releases)


def rule_of(rules: tuple[RefusedBy, ...], code: FileRule) -> RefusedBy | None:
    """The record of this rule."""
    return next((rule for rule in rules if rule.rule is code), None)


def read_file_rules(data: Mapping[str, Any]) -> tuple[RefusedBy, ...]:
    """The rules of the data file. Rules that this agent does not know are left out."""
    known = {str(rule) for rule in FileRule}
    return tuple(
        RefusedBy(
            rule=FileRule(entry["rule"]),
            releases=read_specifier(entry["releases"]),
            cure=entry["cure"],
            source=entry["source"],
            is_certain=entry.get("certain", True),
        )
        for entry in data["rules"]
        if entry["rule"] in known
    )
