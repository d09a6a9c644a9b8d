"""What all documents share: they are frozen and have plain values, written as in the API.

Documents are dataclasses, so text output needs no library. Pydantic reads their types to write and describe
JSON. It takes a tenth of a second to load, so only JSON loads it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import TypeAdapter

#: The suffix of document classes; the OpenAPI description leaves it out.
SUFFIX = "Document"


class Document:
    """One object of the API: a frozen dataclass. Its fields, except HIDDEN ones, are the keys, in order."""


#: Metadata of a field that text and pages show but JSON leaves out.
HIDDEN = {"exclude": True}

#: Metadata of a count. Like all metadata here it describes the JSON; nothing enforces it.
COUNT = {"json_schema_extra": {"minimum": 0}}

#: Metadata of a time, as `rfc3339` writes it.
TIME = {"json_schema_extra": {"format": "date-time"}}


def key(name: str) -> dict[str, str]:
    """Metadata of a field that has another name as JSON key."""
    return {"serialization_alias": name}


def rfc3339(wall: float) -> str:
    """A Unix time with milliseconds, in UTC."""
    moment = datetime.fromtimestamp(wall, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_json(document: Document) -> str:
    """Indented JSON; non-ASCII characters are not escaped."""
    return _adapter(type(document)).dump_json(document, indent=2, by_alias=True).decode()


def as_object(document: Document) -> Any:
    """The plain values that a program gets when it reads the JSON."""
    return _adapter(type(document)).dump_python(document, mode="json", by_alias=True)


_adapters: dict[type[Document], TypeAdapter[Any]] = {}


def _adapter(kind: type[Document]) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]
