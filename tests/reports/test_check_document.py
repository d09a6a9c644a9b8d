"""The documents of a check and of a waiver."""

from __future__ import annotations

from dataclasses import replace

from agent.reports.check_document import check_document, waiver_document
from agent.reports.document import as_object
from agent.verdict import WaiverState
from tests.web.samples import WAIVER, behind


def test_a_waived_check_says_so_in_json_and_keeps_comment_and_end_for_people() -> None:
    result = behind().judgement.results[-1]
    assert as_object(check_document(result))["waived"] is False
    document = check_document(replace(result, waiver=WAIVER))
    assert document.accepted is not None
    assert (document.accepted.comment, document.accepted.until) == (WAIVER.comment, WAIVER.until)
    assert as_object(document) == as_object(check_document(result)) | {"waived": True}


def test_a_fact_without_a_source_is_null() -> None:
    assert check_document(replace(behind().judgement.results[0], source="")).source is None


def test_a_waiver_has_its_end_as_a_date() -> None:
    document = as_object(waiver_document(WaiverState(WAIVER, has_ended=True, matches=False)))
    assert (document["until"], document["has_ended"], document["matches"]) == ("2027-03-01", True, False)
