"""The file with the records of all trials: data of the matrix."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent.parent.parent / "agent" / "matrix" / "data" / "evidence.json"

Record = dict[str, Any]


def read() -> list[Record]:
    """All records."""
    runs: list[Record] = json.loads(FILE.read_text(encoding="utf-8"))["runs"]
    return runs


def has_record(records: list[Record], wanted: Record) -> bool:
    """Whether these exact versions of server and stores have a record."""
    return any(_key(record) == _key(wanted) for record in records)


def add(record: Record) -> None:
    """Write the record into the file, in place of an older one of the same versions."""
    content = json.loads(FILE.read_text(encoding="utf-8"))
    runs = [each for each in content["runs"] if _key(each) != _key(record)]
    content["runs"] = sorted([*runs, record], key=_key)
    written = FILE.with_suffix(".new")
    written.write_text(text_of(content), encoding="utf-8")
    os.replace(written, FILE)


def text_of(content: dict[str, Any]) -> str:
    """The file's text: one line for each record, so that a new record is a new line."""
    head = {key: value for key, value in content.items() if key != "runs"}
    lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)},\n" for key, value in head.items()]
    runs = ",\n".join(json.dumps(run, ensure_ascii=False) for run in content["runs"])
    return "{\n" + "".join(lines) + '"runs": [\n' + runs + "\n]\n}\n"


def _key(record: Record) -> tuple[Any, ...]:
    stores = (sorted(record[role].items()) for role in ("persistence", "visibility"))
    return ([int(part) for part in record["temporal"].split(".")], *stores)
