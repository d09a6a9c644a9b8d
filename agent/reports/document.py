"""What every document has in common: frozen, made of plain values, written as the API writes them.

Documents are dataclasses, so text needs no more. Pydantic reads their types to write JSON and to describe it.
It takes a tenth of a second to load, and only JSON loads it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import TypeAdapter

#: What the class of a document ends with; its name in the API's description goes without.
SUFFIX = "Document"


class Document:
    """One object of the API: a frozen dataclass, whose fields are the keys, but for HIDDEN ones, in order."""


#: Metadata of a field that text and pages show and JSON does not have.
HIDDEN = {"exclude": True}

#: Metadata of a number of things. As all of these it describes the JSON; nothing enforces it.
COUNT = {"json_schema_extra": {"minimum": 0}}

#: Metadata of a moment, as `rfc3339` writes it.
TIME = {"json_schema_extra": {"format": "date-time"}}


def key(name: str) -> dict[str, str]:
    """Metadata of a field whose key in JSON is another name."""
    return {"serialization_alias": name}


def rfc3339(wall: float) -> str:
    """A Unix time with milliseconds, in UTC."""
    moment = datetime.fromtimestamp(wall, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_json(document: Document) -> str:
    """Indented, with every character as it is."""
    return _adapter(type(document)).dump_json(document, indent=2, by_alias=True).decode()


def as_object(document: Document) -> Any:
    """The same as plain values: what a program has once it has read the JSON."""
    return _adapter(type(document)).dump_python(document, mode="json", by_alias=True)


_adapters: dict[type[Document], TypeAdapter[Any]] = {}


def _adapter(kind: type[Document]) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]
