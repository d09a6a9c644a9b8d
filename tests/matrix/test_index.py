"""The version of an index is read off its whole mapping, types included."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from agent.matrix import IndexVersion
from agent.matrix.index import IndexTemplate, index_need
from agent.model.versions import parse_temporal
from agent.model.vocabulary import Reason
from tests.building import MATRIX
from tests.laws import law

TEMPLATES = MATRIX.index_templates
VERSIONS = sorted({template.version for template in TEMPLATES.all})
CUSTOM = {"CustomerId": "keyword", "Attr2": "object", "OrderTotal": "double", "Zip": "text"}


def fields(template: IndexTemplate, *, oldest_types: bool = False) -> dict[str, str]:
    """A mapping of exactly this template; of several types the one that Elasticsearch 6 has, if asked."""
    return {
        name: "date" if oldest_types and "date" in types else sorted(types)[-1]
        for name, types in template.fields.items()
    }


def expected(template: IndexTemplate) -> IndexVersion:
    # Templates 9 and 10 of 1.30 are the same, and nothing tells them apart.
    same = [other.version for other in TEMPLATES.all if other.fields == template.fields]
    return IndexVersion(min(same), max(same))


@law(product(TEMPLATES.all, [False, True]))
def test_the_fields_of_a_template_are_recognized_as_its_version(
    template: IndexTemplate, oldest_types: bool
) -> None:
    found = TEMPLATES.version(fields(template, oldest_types=oldest_types))
    assert found == expected(template)
    assert found.low <= template.version <= found.high


def test_nine_and_ten_alone_cannot_always_be_distinguished() -> None:
    ranges = {str(expected(template)) for template in TEMPLATES.all}
    assert ranges == {*map(str, VERSIONS)} - {"10"} | {"9 to 10"}


@law(TEMPLATES.all)
def test_custom_fields_change_nothing(template: IndexTemplate) -> None:
    assert TEMPLATES.version({**CUSTOM, **fields(template)}) == expected(template)


@law(TEMPLATES.all)
def test_a_field_that_is_not_there_or_of_another_type_lowers_the_version(template: IndexTemplate) -> None:
    whole = fields(template)
    for name in whole:
        less = {other: kind for other, kind in whole.items() if other != name}
        for changed in (less, {**less, name: "text"}):
            found = TEMPLATES.version(changed)
            assert found is None or found.high < template.version or found.high < expected(template).high
            assert template.missing(changed) == (name,)


def test_a_field_of_a_later_template_alone_raises_nothing() -> None:
    """A search attribute of the user's own may have the name that a template took later."""
    for older, newer in pairwise(TEMPLATES.all):
        added = [name for name in newer.fields if name not in older.fields]
        if len(added) > 1:
            assert TEMPLATES.version({**fields(older), added[0]: fields(newer)[added[0]]}) == expected(older)


@pytest.mark.parametrize("mapping", [{}, CUSTOM, {"WorkflowId": "keyword"}, {"StartTime": "text"}])
def test_a_series_of_another_program_has_no_version(mapping: dict[str, str]) -> None:
    assert TEMPLATES.version(mapping) is None


def test_drift_is_counted_along_the_versions() -> None:
    for place, required in enumerate(VERSIONS):
        for other, actual in enumerate(VERSIONS):
            assert TEMPLATES.drift(required, actual) == other - place
    assert TEMPLATES.drift(99, 1) is None
    assert TEMPLATES.drift(1, 99) is None


def test_every_template_names_its_source() -> None:
    assert all(template.source.startswith("temporalio/temporal@v1.") for template in TEMPLATES.all)


def test_every_release_needs_a_template_that_is_known_and_never_an_older_one_than_the_last() -> None:
    last = 0
    for release in MATRIX.releases.all:
        if release.was_read and release.index is not None:
            assert release.index in VERSIONS, (
                f"{release.name} has template {release.index}: write its fields into index_fields.json "
                "(docs/matrix.md, The fields of search indexes)"
            )
            assert release.index >= last
            last = release.index


@pytest.mark.parametrize(
    ("version", "low", "high"),
    [
        ("1.31.2", "14", "14"),
        ("1.30.4", "13", "13"),
        ("1.24.2", "7", "7"),
        # Between releases that were read, and that agree.
        ("1.31.3", "14", "14"),
        # Of the two releases that report it one has templates without versions.
        ("1.10.0", None, "1"),
        # After the newest release: its template or a later one.
        ("1.99.0", str(MATRIX.releases.all[-1].index), None),
    ],
)
def test_what_a_server_needs(version: str, low: str | None, high: str | None) -> None:
    need = index_need(MATRIX.releases.match(parse_temporal(version)))
    assert need is not None
    assert (need.low and need.low.raw, need.high and need.high.raw) == (low, high)


@pytest.mark.parametrize("version", ["1.0.0", "1.9.2", "1.10.5"])
def test_templates_without_versions_are_nothing_to_compare_with(version: str) -> None:
    assert index_need(MATRIX.releases.match(parse_temporal(version))) is None


def test_the_reason_for_a_need_that_is_not_certain_is_the_match() -> None:
    need = index_need(MATRIX.releases.match(parse_temporal("1.10.0")))
    assert need is not None
    assert need.reason is Reason.RELEASE_AMBIGUOUS
