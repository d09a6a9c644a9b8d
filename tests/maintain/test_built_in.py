"""The built-in files are exactly what the command writes, without later edits."""

from __future__ import annotations

import json

from agent.maintain import data_files as files
from agent.maintain import manual_releases as by_hand
from agent.maintain.__main__ import DATA
from agent.maintain.manual_releases import ReleaseEntry

KEPT = by_hand.load(DATA / files.BY_HAND)
BYTES = (DATA / files.RELEASES).read_bytes()
ENTRIES = json.loads(BYTES)["releases"]


def test_the_releases_are_in_the_form_in_which_the_command_writes_them() -> None:
    own = {release.version: release for release in KEPT.releases}
    found = [own.get(entry["version"]) or ReleaseEntry(entry, {}, "") for entry in ENTRIES]
    assert files.releases_file(files.merge(found, KEPT), KEPT) == BYTES


def test_the_manual_releases_are_still_needed() -> None:
    # The command says so when a clone has one of them; its line is to be taken out then.
    sources = json.loads(BYTES)["sources"]
    assert set(sources) == {"default", *(release.version for release in KEPT.releases)}
    assert json.loads(BYTES)["known_to_exist"] == list(KEPT.known_to_exist)


def test_the_schema_lists_are_in_the_form_of_the_command_too() -> None:
    document = json.loads((DATA / files.SCHEMA_VERSIONS).read_bytes())
    rendered = files.schema_versions_file(
        [
            ReleaseEntry(entry, {s: e["versions"] for s, e in document["lists"].items()}, "")
            for entry in ENTRIES
        ]
    )
    again = json.loads(rendered)
    assert again["about"] == document["about"]
    assert {s: e["versions"] for s, e in again["lists"].items()} == {
        s: e["versions"] for s, e in document["lists"].items()
    }
    assert list(again["lists"]) == list(document["lists"])
