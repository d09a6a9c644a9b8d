"""The data files: every fact has a source, every date is one, and nothing contradicts itself."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import date
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agent.components.registry import JUDGED
from agent.matrix import load
from agent.matrix.load import FILES, LATER_FILES
from agent.model.versions import parse
from agent.model.vocabulary import Role
from tests.building import MATRIX

DATA = resources.files("agent.matrix") / "data"
RELEASES = MATRIX.releases.all
READ = [release for release in RELEASES if release.was_read]


def data(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / f"{name}.json").read_bytes())
    return content


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def test_every_release_was_published_or_announced_on_a_day() -> None:
    for entry in data("releases")["releases"]:
        day = entry["published"] or entry["announced_by"]
        assert date(2020, 9, 29) <= date.fromisoformat(day), entry["version"]


def test_every_minor_since_1_0_is_there_with_all_its_patches() -> None:
    patches = defaultdict(set)
    for release in RELEASES:
        patches[release.minor].add(release.version.release[2])
    assert list(patches) == [(1, minor) for minor in range(len(patches))]
    for minor, found in patches.items():
        # 1.2.0 was never published.
        assert found == set(range(minor == (1, 2), max(found) + 1)), minor


def test_the_releases_that_are_only_known_to_exist() -> None:
    known = [release.name for release in RELEASES if not release.was_read]
    by_hand = data("releases_by_hand")["known_to_exist"]
    assert known == [name for name in by_hand if name not in {release.name for release in READ}]


def test_every_release_has_a_source_that_names_it_or_says_how_it_is_known() -> None:
    for release in READ:
        assert f"@v{release.name}" in release.source
    for release in RELEASES:
        assert release.was_read or "naming them" in release.source


def test_patches_of_a_minor_were_published_in_order() -> None:
    for older, newer in pairwise(READ):
        # 1.0.1, 1.1.2 and the like are back-ports; within one minor a higher patch never came earlier.
        if older.minor == newer.minor and older.published and newer.published:
            assert older.published <= newer.published, newer.name


def test_a_release_that_was_only_announced_comes_after_every_published_one_before_it() -> None:
    for older, newer in pairwise(data("releases")["releases"]):
        if newer["published"] is None and older["published"] is not None:
            assert older["published"] <= newer["announced_by"], newer["version"]


def test_every_plugin_has_a_component_and_a_schema_folder_in_its_release() -> None:
    for release in READ:
        for plugin in release.plugins:
            known = MATRIX.plugins.named(plugin)
            assert release.schema.get(known.component) or release.schema.get(known.folder), (
                f"{release.name} has plugin {plugin}: write its database and schema folder into plugins.json"
            )


def test_a_release_needs_a_schema_of_every_store_but_cassandra_visibility() -> None:
    for release in READ:
        for folder, needs in release.schema.items():
            assert set(needs) == {"default", "visibility"}
            absent = {store for store, version in needs.items() if version is None}
            gone = folder == "cassandra" and release.minor >= (1, 24)
            assert absent == ({"visibility"} if gone else set()), release.name


def test_schema_lists_rise_by_one() -> None:
    for store, entry in data("schema_versions")["lists"].items():
        found = [numbers(version) for version in entry["versions"]]
        assert all(b == (a[0], a[1] + 1) for a, b in pairwise(found)), store
        assert entry["source"]


def test_every_schema_need_is_on_the_list_of_its_store() -> None:
    lists = {store: entry["versions"] for store, entry in data("schema_versions")["lists"].items()}
    single = {"mysql": "mysql/v57", "postgresql": "postgresql/v96"}
    for release in READ:
        for folder, needs in release.schema.items():
            for store, version in needs.items():
                if version is not None:
                    assert version in lists[f"{single.get(folder, folder)}/{store}"], release.name


def test_every_statement_says_who_said_it_and_when() -> None:
    for entry in data("statements")["statements"]:
        assert entry["source"]
        assert entry["summary"]
        assert entry["kind"] in {"supported", "minimum", "excluded", "untested"}
        assert entry["component"] in JUDGED
        assert entry["roles"]
        assert {Role(role) for role in entry["roles"]} <= set(Role) - {Role.SERVER}
        assert set(entry.get("plugins", ())) <= set(MATRIX.plugins.names)
        assert ("on" in entry) != ("from" in entry)
        if "from" in entry:
            until = entry["until"]
            assert until is None or date.fromisoformat(entry["from"]) < date.fromisoformat(until)


@pytest.mark.parametrize("component", ["postgresql", "sqlite", "mysql", "cassandra", "kafka", "zookeeper"])
def test_series_were_first_released_in_their_order(component: str) -> None:
    lifecycle = data("lifecycle")
    cycles = lifecycle["products"][component]
    days = sorted((numbers(series), date.fromisoformat(days[0])) for series, days in cycles.items())
    assert all(older[1] < newer[1] for older, newer in pairwise(days))
    assert lifecycle["source"]


def test_every_statement_about_series_names_only_series_that_exist() -> None:
    lifecycle = data("lifecycle")
    for entry in data("statements")["statements"]:
        for text in entry["versions"]:
            if text.startswith("=="):
                series = text.removeprefix("==").removesuffix(".*")
                cycles = lifecycle["products"][entry["component"]]
                assert any(c.split(".")[0] == series.split(".")[0] for c in cycles), entry["source"]


def test_loading_twice_gives_the_same_matrix() -> None:
    again = load()
    assert again.digest == MATRIX.digest
    assert [release.name for release in again.releases.all] == [release.name for release in RELEASES]


def test_the_schema_of_a_release_is_readable() -> None:
    for release in READ:
        for needs in release.schema.values():
            for version in needs.values():
                assert version is None or parse(version).release == numbers(version)


def test_every_file_says_what_it_is_and_the_docs_name_it() -> None:
    page = (Path(__file__).parents[2] / "docs" / "matrix.md").read_text(encoding="utf-8")
    breaches = [
        name
        for name in ("published", "releases_by_hand", *FILES)
        if not data(name)["about"] or f"`{name}.json`" not in page
    ]
    assert not breaches


def test_every_fact_about_releases_has_a_source() -> None:
    entries = [
        (name, key, entry)
        for name in LATER_FILES
        for key, value in data(name).items()
        if "source" not in data(name)
        for entry in (value if isinstance(value, list) else [])
    ]
    assert [entry for entry in entries if not entry[2].get("source")] == []
    assert entries


def test_every_source_of_a_warning_or_statement_can_be_opened() -> None:
    """An address, a file or tag of a public repository, a commit, or the number of a record."""
    can_be_opened = re.compile(r"https?://|\w/\w|\bcommits? [0-9a-f]{7}|(?:CVE|GHSA|GO)-\d")
    hearsay = re.compile(r"third party|one check|digest|public notes?|repository note", re.IGNORECASE)
    entries = (*data("advisories")["advisories"], *data("statements")["statements"])
    broken = [
        entry["summary"][:80] for entry in entries if hearsay.search(entry["summary"] + entry["source"])
    ]
    parts = [(entry["summary"][:80], part) for entry in entries for part in entry["source"].split(" ; ")]
    assert broken + [part for part in parts if not can_be_opened.search(part[1])] == []
