"""How documents are written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from agent.reports.document import COUNT, HIDDEN, TIME, Document, as_json, as_object, key, rfc3339


@dataclass(frozen=True)
class SampleDocument(Document):
    """One of each kind of field."""

    name: str
    source: str = field(metadata=key("from"))
    private: str = field(metadata=HIDDEN)
    number: int | None = field(metadata=COUNT)
    at: str = field(metadata=TIME)


SAMPLE = SampleDocument(
    name="é", source="1.30.6", private="secret", number=None, at=rfc3339(1_790_000_000.2509)
)


def test_json_has_the_keys_in_the_order_of_the_fields_and_nothing_hidden() -> None:
    assert as_json(SAMPLE) == (
        '{\n  "name": "é",\n  "from": "1.30.6",\n  "number": null,\n  "at": "2026-09-21T14:13:20.250Z"\n}'
    )


def test_the_object_is_what_the_json_says() -> None:
    assert as_object(SAMPLE) == json.loads(as_json(SAMPLE))


def test_an_unexpected_number_is_still_written() -> None:
    odd = SampleDocument(name="x", source="x", private="x", number=-1, at="x")
    assert as_object(odd)["number"] == -1
