"""A preset for Renovate allows what the release supports."""

from __future__ import annotations

import json
import re

from packaging.specifiers import SpecifierSet

from agent.matrix import Release
from agent.matrix.supported_versions import supported_of
from agent.reports.export_document import export_document
from agent.reports.renovate import npm_range, renovate_preset
from tests.building import FROZEN, MATRIX
from tests.laws import law

NEWEST = [MATRIX.releases.newest_patch_of(".".join(map(str, minor))) for minor in MATRIX.releases.minors]


@law([release for release in NEWEST if release])
def test_a_preset_allows_what_some_plugin_supports_in_every_role(release: Release) -> None:
    preset = json.loads(renovate_preset(export_document(MATRIX, [release])))
    assert f"Temporal {release.name} " in preset["description"][0]
    rules = {rule["description"][0].lower(): rule for rule in preset["packageRules"]}
    assert "cassandra" in rules
    for component in ("cassandra", "mysql", "postgresql", "elasticsearch", "opensearch", "kafka"):
        rows = supported_of(MATRIX, release, component)
        ranges = {npm_range(each) for row in rows for each in row.in_all_roles}
        rule = rules.pop({"kafka": "apache kafka"}.get(component, component), None) or rules.pop(
            component, None
        )
        assert set(rule["allowedVersions"].split(" || ") if rule else ()) == ranges


@law(
    [
        ("postgresql", "postgres", True),
        ("postgresql", "example.test/library/postgres", True),
        ("postgresql", "bitnami/postgresql", True),
        ("postgresql", "postgres-exporter", False),
        ("mysql", "mysql", True),
        ("mysql", "mysql/mysql-server", True),
        ("mysql", "mysqld-exporter", False),
        ("cassandra", "library/cassandra", True),
    ]
)
def test_a_rule_is_for_the_images_of_its_component(component: str, image: str, expected: bool) -> None:
    release = FROZEN.releases.all[-1]
    preset = json.loads(renovate_preset(export_document(FROZEN, [release])))
    patterns = {
        rule["description"][0].lower(): rule["matchPackageNames"][0] for rule in preset["packageRules"]
    }
    assert bool(re.search(patterns[component].strip("/"), image)) is expected


@law(
    [
        (">=0", ">=0.0.0"),
        ("<3.11", "<3.11.0"),
        ("==5.7.*", "5.7.x"),
        (">=13,<17", ">=13.0.0 <17.0.0"),
        (">=8.0.19,<8.1", ">=8.0.19 <8.1.0"),
    ]
)
def test_a_range_is_written_in_the_syntax_of_npm(specifier: str, expected: str) -> None:
    assert npm_range(specifier) == expected
    assert SpecifierSet(specifier)
