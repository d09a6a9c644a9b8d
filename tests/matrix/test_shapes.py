"""The shapes of schema versions: laws over all of them, and how the files are read."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agent.matrix import ExpectedCatalog
from agent.matrix.shapes import SHAPE_FILES, Catalogs
from agent.model.versions import parse
from agent.model.vocabulary import Role
from agent.verdict.store.schema_diff import differences, looks_like
from tests.building import MATRIX
from tests.laws import law
from tests.matrix.test_data import DATA, data
from tests.shapes import ROLES, made

STORES = [pytest.param(*name.split("-"), id=name) for name in SHAPE_FILES]
LINES = {"cassandra": ("cassandra",), "mysql": ("mysql/v8",), "postgresql": ("postgresql/v12",)}


def versions(component: str, store: str) -> tuple[ExpectedCatalog, ...]:
    return MATRIX.shapes.of(component, ROLES[store])


def shapes_of(expected: ExpectedCatalog) -> list[dict[tuple[str, str], str]]:
    """The least and the most that a version may be."""
    most = {part: max(text for text in reported if text) for part, reported in expected.parts.items()}
    return [{part: text for part, text in most.items() if part in expected.needed}, most]


def test_every_file_is_known_by_its_name() -> None:
    found = {path.name.removesuffix(".json") for path in (DATA / "shapes").iterdir()}
    assert found == set(SHAPE_FILES)


@law(tuple(name.split("-")) for name in SHAPE_FILES)
def test_every_version_that_a_release_can_need_has_a_shape(component: str, store: str) -> None:
    lists = data("schema_versions")["lists"]
    wanted = [version for line in LINES[component] for version in lists[f"{line}/{store}"]["versions"]]
    assert [shape.version.raw for shape in versions(component, store)] == wanted, (
        f"run `python -m agent.maintain shapes {component}` on a real store, and review what a new version "
        "changes (docs/matrix.md, What each schema version looks like)"
    )


@pytest.mark.parametrize(("component", "store"), STORES)
def test_every_version_matches_itself_and_looks_like_itself(component: str, store: str) -> None:
    known = versions(component, store)
    for expected in known:
        for parts in shapes_of(expected):
            shape = made(parts)
            assert not differences(expected, shape)
            like = looks_like(known, shape)
            assert parse(like.split(" to ")[-1]).number >= expected.version.number
            # It may look like a later one only where nothing that is needed tells them apart.
            newest = next(other for other in known if other.version.raw == like.split(" to ")[-1])
            assert newest.needed <= expected.parts.keys()


@pytest.mark.parametrize(("component", "store"), STORES)
def test_no_version_that_adds_or_changes_something_matches_the_one_before(component: str, store: str) -> None:
    for before, after in pairwise(versions(component, store)):
        added = after.needed - before.parts.keys()
        changed = {
            part for part in after.needed & before.needed if not after.parts[part] & before.parts[part]
        }
        for parts in shapes_of(before):
            found = differences(after, made(parts))
            assert added <= set(found.missing)
            assert changed <= found.other.keys()


@pytest.mark.parametrize(("component", "store"), STORES)
def test_each_part_that_is_missing_is_reported_alone(component: str, store: str) -> None:
    newest = versions(component, store)[-1]
    (parts, _) = shapes_of(newest)
    for part in newest.needed:
        found = differences(newest, made({other: text for other, text in parts.items() if other != part}))
        assert (found.missing, dict(found.other), found.invalid) == ((part,), {}, ())


def test_postgresql_s_visibility_1_10_to_1_12_may_be_empty_and_1_13_may_not() -> None:
    known = {shape.version.raw: shape for shape in versions("postgresql", "visibility")}
    optional = {
        version: {part[1] for part in shape.parts.keys() - shape.needed} for version, shape in known.items()
    }
    assert "executions_visibility.temporalreportedproblems" in optional["1.10"]
    assert "executions_visibility.by_temporal_bool_01" in optional["1.11"]
    assert "executions_visibility.temporallowcardinalitykeyword01" in optional["1.12"]
    assert [version for version, parts in optional.items() if parts] == ["1.10", "1.11", "1.12"]
    assert known["1.9"].needed == known["1.12"].needed
    # An older tool's 1.13 on a newer tool's 1.12: it would add its own column alone.
    least = shapes_of(known["1.12"])[0]
    column = ("column", "executions_visibility.temporalusedworkerdeploymentversions")
    index = ("index", "executions_visibility.by_used_deployment_versions")
    mixed = least | {part: shapes_of(known["1.13"])[0][part] for part in (column, index)}
    found = differences(known["1.13"], made(mixed))
    assert {part[1] for part in found.missing} == optional["1.12"]


def test_the_broken_1_3_of_the_mysql_visibility_schema_is_not_a_version() -> None:
    known = {shape.version.raw: shape for shape in versions("mysql", "visibility")}
    column = ("column", "executions_visibility.buildids")
    (parts, _) = shapes_of(known["1.3"])
    broken = {**parts, column: "json as json_extract search_attributes,'BuildIds'"}
    assert differences(known["1.3"], made(broken)).other.keys() == {column}


def test_a_version_is_its_difference_from_the_one_before_and_earlier_ones_stay_as_they_were() -> None:
    files = {
        "versions": [
            {"version": "1.0", "columns": {"a.x": "int", "a.y": "int"}, "indexes": {"a.i": "x"}},
            {"version": "1.1", "columns": {"a.y": None, "a.z": ["int", "text", None]}, "indexes": {}},
        ]
    }
    first, second = Catalogs(lambda name: files).of("mysql", Role.VISIBILITY)
    assert first.parts == {("column", "a.x"): {"int"}, ("column", "a.y"): {"int"}, ("index", "a.i"): {"x"}}
    assert second.parts == {
        ("column", "a.x"): {"int"},
        ("column", "a.z"): {"int", "text", None},
        ("index", "a.i"): {"x"},
    }
    assert second.needed == {("column", "a.x"), ("index", "a.i")}


@pytest.mark.parametrize(
    ("component", "role"),
    [("sqlite", Role.PERSISTENCE), ("elasticsearch", Role.SEARCH), ("postgresql", Role.SERVER)],
)
def test_a_store_without_a_catalogue_file_has_no_known_tables_and_reads_no_file(
    component: str, role: Role
) -> None:
    def none(name: str) -> dict[str, object]:
        raise AssertionError(name)

    assert Catalogs(none).of(component, role) == ()
