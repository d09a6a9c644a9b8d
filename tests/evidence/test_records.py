"""The file of the records: read, extended, and written line by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from . import records
from .stores import Pair, Store
from .trial import describe, errors_of


def _pair(version: str = "17.2") -> Pair:
    store = Store("postgresql", version, "postgres12")

    def never(*_: object) -> None:
        raise AssertionError("nothing is made")

    return Pair(store, store, never)  # type: ignore[arg-type]


def test_the_built_in_file_is_as_the_runner_writes_it() -> None:
    text = records.FILE.read_text(encoding="utf-8")
    assert records.text_of(json.loads(text)) == text


def test_a_record_replaces_that_of_the_same_versions_and_the_order_is_by_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "FILE", tmp_path / "evidence.json")
    records.FILE.write_text(records.text_of({"about": "é", "runs": []}), encoding="utf-8")
    for release in ("1.31.10", "1.31.2", "1.4.0"):
        records.add(describe(release, _pair()) | {"seconds": 1})
    records.add(describe("1.31.2", _pair()) | {"seconds": 2})
    runs = records.read()
    assert [(run["temporal"], run["seconds"]) for run in runs] == [
        ("1.4.0", 1),
        ("1.31.2", 2),
        ("1.31.10", 1),
    ]
    assert len(records.FILE.read_text(encoding="utf-8").splitlines()) == len(runs) + 5
    assert records.has_record(runs, describe("1.31.2", _pair()))
    assert not records.has_record(runs, describe("1.31.2", _pair("17.3")))


def test_errors_and_panics_of_a_log_are_counted() -> None:
    log = "\n".join(
        [
            '{"level":"info","msg":"started"}',
            '{"level":"error","msg":"Unable to read","error":"no such table"}',
            '{"level":"error","msg":"Unable to read","error":"no such table"}',
            '{"level":"warn","msg":"slow"}',
            "panic: runtime error: index out of range",
            "not JSON",
        ]
    )
    assert errors_of(log) == {
        "Unable to read: no such table": 2,
        "panic: runtime error: index out of range": 1,
    }
