"""The documents of the matrix: every release, every answer, every source."""

from __future__ import annotations

from agent.matrix.tables import Question, find, sources
from agent.model.versions import parse
from agent.model.vocabulary import Role, Verdict
from agent.reports.document import as_object
from agent.reports.matrix import find_text, list_text, show_text, sources_text
from agent.reports.matrix_document import (
    FindDocument,
    find_document,
    list_document,
    show_document,
    sources_document,
)
from tests.building import FROZEN, MATRIX

FACTS = ["release", "published", "reported_version", "was_read", "plugins", "schema", "index"]


def found(component: str, version: str) -> FindDocument:
    question = Question(component, parse(version), (Role.PERSISTENCE,), "", "")
    return find_document(FROZEN, question, Verdict.SUPPORTED, find(FROZEN, question, Verdict.SUPPORTED))


def test_the_list_has_every_release_in_json_and_in_text() -> None:
    document = list_document(FROZEN)
    assert [each.release for each in document.releases] == [each.name for each in FROZEN.releases.all]
    assert all(list(each) == FACTS for each in as_object(document)["releases"])
    assert [line.split()[0] for line in list_text(document).splitlines()[1:]] == [
        each.release for each in document.releases
    ]


def test_one_release_has_the_facts_of_the_list_first() -> None:
    release = MATRIX.releases.named("1.26.0")
    assert release is not None
    document = show_document(MATRIX, release)
    (listed,) = [each for each in as_object(list_document(MATRIX))["releases"] if each["release"] == "1.26.0"]
    written = as_object(document)
    assert {key: written[key] for key in FACTS} == listed
    assert list(written) == [*FACTS, "source", "broken", "components", "newest_patch_of", "trials"]
    text = " ".join(show_text(document).split())
    assert all(entry.summary in text for entry in document.broken)


def test_the_text_of_a_search_counts_what_the_json_lists() -> None:
    document = found("postgresql", "12")
    assert f"{len(document.releases)} of {len(FROZEN.releases.all)} releases" in find_text(document)
    assert "known" not in as_object(document)
    assert find_text(found("postgresql", "7")).endswith(
        f"is supported on none of {len(FROZEN.releases.all)} releases"
    )


def test_every_source_has_a_line() -> None:
    document = sources_document(sources(FROZEN))
    text = sources_text(document)
    assert len(text.splitlines()) == len(document.sources) + 1
    assert all(each.source in text for each in document.sources)
