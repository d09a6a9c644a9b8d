"""The matrix that examples run on: five releases, with the facts that the built-in matrix has of them."""

from __future__ import annotations

from typing import Any

from tests.building import FROZEN
from tests.frozen import DATA, RELEASES
from tests.frozen.__main__ import cut, cut_schemas, frozen_files, rendered

RELEASE_FILE: dict[str, Any] = {
    "sources": {"default": "tag", "1.33.0": "module"},
    "known_to_exist": ["1.31.3"],
    "releases": [
        {"version": "1.31.2", "schema": {"postgresql/v12": {"default": "1.19"}}},
        {"version": "1.33.0", "schema": {"postgresql/v12": {"default": "1.20"}}},
    ],
}


def test_it_has_its_five_releases_and_no_other() -> None:
    assert tuple(release.name for release in FROZEN.releases.all) == RELEASES


def test_a_release_has_the_facts_of_the_built_in_matrix() -> None:
    written = (DATA / "releases.json").read_text(encoding="utf-8")
    assert written == frozen_files()["releases"], "write it again: python -m tests.frozen"


def test_every_file_that_the_command_writes_is_there() -> None:
    assert {path.stem for path in DATA.iterdir()} == frozen_files().keys()


def test_a_later_release_and_its_schema_are_cut_off() -> None:
    releases = cut("releases", RELEASE_FILE)
    assert releases == {
        "sources": {"default": "tag"},
        "known_to_exist": [],
        "releases": RELEASE_FILE["releases"][:1],
    }
    lists = {"postgresql/v12/default": {"versions": ["1.18", "1.19", "1.20"]}}
    found = cut_schemas({"lists": lists}, releases)
    assert found == {"lists": {"postgresql/v12/default": {"versions": ["1.18", "1.19"]}}}


def test_a_warning_about_other_releases_is_cut_off() -> None:
    one, other = {"releases": ["<1.4.0"]}, {"releases": ["==1.33.0"]}
    assert cut("advisories", {"advisories": [one, other]}) == {"advisories": [one]}


def test_a_file_has_one_entry_a_line() -> None:
    text = rendered({"about": "x", "releases": [{"a": 1}, {"a": 2}], "sources": {"b": "c"}})
    assert text == '{\n"about": "x",\n"releases": [\n{"a": 1},\n{"a": 2}\n],\n"sources": {\n"b": "c"\n}\n}\n'
