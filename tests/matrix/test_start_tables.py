"""Which tables a start needs: known for every release, and never one that its schema does not have."""

from __future__ import annotations

import pytest

from agent.matrix.start_tables import tables_needed
from agent.model.versions import parse
from agent.model.vocabulary import STORE_ROLES, Role
from tests.building import MATRIX
from tests.laws import law

RELEASES = [release for release in MATRIX.releases.all if release.was_read]


@law(["postgresql", "mysql", "cassandra"])
def test_every_release_needs_tables_that_its_own_schema_has(component: str) -> None:
    versions = {shape.version.number: shape for shape in MATRIX.shapes.of(component, Role.PERSISTENCE)}
    wrong = []
    for release in RELEASES:
        needed = tables_needed(MATRIX.start_tables, release, component, Role.PERSISTENCE)
        schemas = {
            need["default"]
            for folder, need in release.schema.items()
            if folder.split("/")[0] == component and need["default"]
        }
        # Of a version without tables, tests/matrix/test_shapes.py says what to do.
        for schema in (each for each in schemas if parse(each).number in versions):
            parts = versions[parse(schema).number].parts
            tables = {place.rpartition(".")[0] for kind, place in parts if kind == "column"}
            if not needed or not needed <= tables:
                wrong.append((release.name, schema, needed - tables))
    assert wrong == []


@pytest.mark.parametrize("role", [role for role in STORE_ROLES if role is not Role.PERSISTENCE])
def test_no_table_of_a_visibility_store_is_needed(role: Role) -> None:
    assert not any(
        tables_needed(MATRIX.start_tables, release, component, role)
        for release in RELEASES
        for component in ("postgresql", "mysql", "cassandra")
    )


def test_cluster_metadata_moved_to_another_table_in_1_14() -> None:
    def needed(name: str) -> frozenset[str]:
        release = MATRIX.releases.named(name)
        assert release is not None
        return tables_needed(MATRIX.start_tables, release, "postgresql", Role.PERSISTENCE)

    assert needed("1.13.3") - needed("1.14.0") == {"cluster_metadata"}
    assert needed("1.14.0") - needed("1.13.3") == {"cluster_metadata_info"}


def test_every_entry_has_its_source() -> None:
    assert all("seen with" in entry.source for entry in MATRIX.start_tables)
