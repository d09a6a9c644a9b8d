"""The document of a target."""

from __future__ import annotations

from dataclasses import replace

from agent.model.observation import Facts, Failure, Observation, SchemaRow, SearchIndex, Target
from agent.model.vocabulary import Reason, Role
from agent.reports.document import as_object
from agent.reports.probe_document import probe_document
from tests.web.samples import AT

TARGET = Target(Role.PERSISTENCE, "postgresql", "sql")
DENIED = Failure(Reason.PERMISSION_DENIED, "no SELECT")


def test_a_target_that_was_never_probed_is_neither_up_nor_down() -> None:
    document = as_object(probe_document(Observation(TARGET), counts=False))
    empty = ("name", "up", "attempted", "duration_seconds", "last_success", "failure", "facts")
    assert all(document[key] is None for key in empty)


def test_a_failure_keeps_the_facts_of_the_last_success() -> None:
    seen = Observation(TARGET, attempted=AT, failure=DENIED, facts=Facts("postgresql", ()), observed=AT)
    document = probe_document(seen, counts=True)
    assert (document.up, document.last_success) == (False, "2026-09-21T14:13:20.250Z")
    assert document.facts is not None
    assert as_object(document)["failure"] == {
        "reason": "permission_denied",
        "message": "no SELECT",
        "details": None,
    }


def test_a_schema_or_an_index_that_cannot_be_read_says_why() -> None:
    facts = Facts("x", (), schema=SchemaRow(None, DENIED), index=SearchIndex(None, DENIED))
    document = probe_document(Observation(TARGET, facts=facts), counts=True).facts
    assert document is not None
    assert document.schema_row is not None
    assert document.index is not None
    assert document.schema_row.problem == document.index.problem is not None
    counted = replace(facts, index=SearchIndex({"A": "keyword", "B": "text"}))
    read = probe_document(Observation(TARGET, facts=counted), counts=True).facts
    assert read is not None
    assert read.index is not None
    assert read.index.field_count == 2


def test_a_place_has_role_endpoint_and_name() -> None:
    named = replace(TARGET, role=Role.SERVER, endpoint="metrics", name="history-0")
    assert probe_document(Observation(named), counts=False).place == "server metrics history-0"
