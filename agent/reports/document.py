"""What every document has in common: frozen, made of plain values, written as the API writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

#: What the class of a document ends with; its name in the API's description goes without.
SUFFIX = "Document"


def rfc3339(moment: datetime) -> str:
    """With milliseconds, in UTC."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(wall: float) -> datetime:
    """The moment of this Unix time, in UTC."""
    return datetime.fromtimestamp(wall, UTC)


#: A moment, RFC 3339 in JSON.
Time = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]

#: A number of things. The minimum is described and not enforced: an answer is never refused for it.
Count = Annotated[int, Field(json_schema_extra={"minimum": 0})]


def hidden() -> Any:
    """A field that text and pages show and JSON does not have."""
    return Field(exclude=True)


class Document(BaseModel):
    """One object of the API. The fields are its keys, in their order; fields that are `hidden` are not."""

    model_config = ConfigDict(
        frozen=True,
        serialize_by_alias=True,
        defer_build=True,
        model_title_generator=lambda model: model.__name__.removesuffix(SUFFIX),
    )


def as_json(document: Document) -> str:
    """Indented, with every character as it is."""
    return document.model_dump_json(indent=2)


def as_object(document: Document) -> dict[str, Any]:
    """The same as plain values: what a program has once it has read the JSON."""
    return document.model_dump(mode="json")
