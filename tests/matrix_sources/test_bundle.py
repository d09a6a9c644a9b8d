"""Bundles: the built-in matrix can be one; a damaged one is reported with the place of every error."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import __version__
from agent.config import ConfigError
from agent.maintain.__main__ import DATA
from agent.matrix import Matrix
from agent.matrix.load import LATER_FILES
from agent.matrix_sources.bundle import MAX_BUNDLE_BYTES, AgentTooOldError, parse_bundle, read_file, why_older
from agent.verdict import judge
from tests.building import FROZEN, MATRIX, NOW, healthy, subject
from tests.laws import law
from tests.matrix_sources import bundles
from tests.matrix_sources.bundles import NEXT, built_in, content, newer, small, write


def problems(bundle: Any, sha256: str | None = None) -> list[str]:
    raw = bundle if isinstance(bundle, bytes) else content(bundle)
    with pytest.raises(ConfigError) as caught:
        parse_bundle("matrix.json", raw, sha256)
    assert caught.value.exit_code == 2
    return [str(problem) for problem in caught.value.problems]


def test_the_built_in_matrix_as_a_bundle_is_the_same_matrix() -> None:
    matrix = parse_bundle("matrix.json", content(built_in()))
    assert (matrix.digest, matrix.published) == (MATRIX.digest, MATRIX.published)
    assert [r.name for r in matrix.releases.all] == [r.name for r in MATRIX.releases.all]
    judgements = [judge(each, subject(), healthy(), NOW) for each in (matrix, MATRIX)]
    assert judgements[0].results == judgements[1].results
    assert judgements[0].start == judgements[1].start


def test_the_digest_depends_on_the_data_and_not_on_its_formatting() -> None:
    bundle = built_in()
    rewritten = json.dumps(bundle, indent=3, sort_keys=True).encode()
    assert parse_bundle("matrix.json", rewritten).digest == MATRIX.digest
    bundle["files"]["statements"]["statements"][0]["summary"] = "something else"
    assert parse_bundle("matrix.json", content(bundle)).digest != MATRIX.digest


def test_a_newer_bundle_knows_more(tmp_path: Path) -> None:
    matrix = read_file(write(tmp_path, newer()))
    assert matrix.releases.all[-1].name == NEXT
    assert matrix.digest != MATRIX.digest
    assert str(matrix.published) == bundles.TOMORROW


def test_unknown_keys_of_a_newer_bundle_are_ignored() -> None:
    bundle = newer()
    bundle["signature"] = "…"
    bundle["files"]["tools"] = {}
    bundle["files"]["releases"]["releases"][0]["colour"] = "blue"
    assert parse_bundle("matrix.json", content(bundle)).releases.all[-1].name == NEXT


def _with(*path: Any, value: Any) -> dict[str, Any]:
    bundle: Any = built_in()
    inner = bundle
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return dict(bundle)


@law(
    [
        (b"", "matrix.json:1: is not valid JSON: Expecting value"),
        (
            b'{\n"format": 1,\n',
            "matrix.json:3: is not valid JSON: Expecting property name enclosed in double quotes",
        ),
        (b"\xff\xfe\xff", "matrix.json: is not UTF-8 text"),
        (b"[" * 100_000, "matrix.json: is nested too deeply"),
        ([], "matrix.json: write keys and values here"),
        (_with("format", value=2), "matrix.json: format: must be 1"),
        (_with("published", value="soon"), "matrix.json: published: write a date such as 2027-03-01"),
        (_with("files", "releases", "releases", value=[]), "files.releases.releases: list at least one"),
        (
            _with("files", "releases", "releases", 3, "schema", "mysql", "default", value=7),
            "files.releases.releases[3].schema.mysql.default: must be a valid string",
        ),
        (
            _with("files", "releases", "releases", 3, "reported", value="newest"),
            "files.releases.releases[3].reported: String should match pattern",
        ),
        (
            _with("files", "releases", "releases", 3, "tested_with", value=["postgres:newest"]),
            "matrix.json: cannot be used: UnreadableVersionError: cannot parse a version from 'newest'",
        ),
        (
            _with("files", "releases", "known_to_exist", value=["1.31.2"]),
            "files.releases: 1.31.2 is listed twice",
        ),
        (
            _with("files", "releases", "sources", value={"default": "{version:>999999999}"}),
            "files.releases.sources.default: only {version} may be in braces",
        ),
        (
            _with("files", "document", "releases", "1.3.2", "mysql", value=["five"]),
            "files.document.releases.1.3.2.mysql: cannot be parsed as a version",
        ),
        (
            _with("files", "statements", "statements", 2, "versions", value=["=>1"]),
            "files.statements.statements[2].versions[0]: write versions such as ==16.*",
        ),
        (
            _with("files", "statements", "statements", 2, "roles", value=["persistance"]),
            "files.statements.statements[2].roles[0]: is not a role; did you mean persistence?",
        ),
        (
            _with("files", "lifecycle", "products", "mysql", "8.0", value=["2018-04-08", "later"]),
            "files.lifecycle.products.mysql.8.0[1]: write a date such as 2027-03-01",
        ),
        (
            _with("files", "schema_versions", "lists", "mysql", value={"versions": [], "source": "x"}),
            "files.schema_versions.lists.mysql.[key]: write a schema folder and a store",
        ),
        (_with("needs_agent", value="newest"), "needs_agent: write an agent version such as 0.2.0"),
        (_with("needs_agent", value=2), "matrix.json: needs_agent: must be a valid string"),
        (
            _with("files", "store_pairs", "rules", "four_keys", value={"releases": "*", "refuses": "all"}),
            "files.store_pairs.rules.four_keys.[key]: must be 'one_index', 'three_keys'",
        ),
        (
            _with("files", "schema_steps", "costs", 0, "versions", value=["next"]),
            "files.schema_steps.costs[0].versions[0]: cannot be parsed as a version",
        ),
        (
            _with("files", "plugins", "plugins", 1, "name", value="mysql"),
            "files.plugins: each plugin must have only one entry",
        ),
        (
            _with("files", "dynamic_keys", "dropped", "newest", value=["a"]),
            "files.dynamic_keys.dropped.newest.[key]: String should match pattern",
        ),
        (
            _with("files", "server_keys", "store_keys", 0, "releases", value="until 1.25"),
            "files.server_keys.store_keys[0].releases: write versions such as ==16.*",
        ),
        (
            _with("files", "advisories", "advisories", 0, "remedy", value="\ud800"),
            "matrix.json: cannot be used: UnicodeEncodeError",
        ),
    ],
)
def test_every_error_is_reported_with_its_place(bundle: Any, expected: str) -> None:
    found = problems(bundle)
    assert all(problem.startswith("matrix.json") for problem in found)
    assert any(expected in problem for problem in found), found


def test_statements_about_flavors_are_checked_too() -> None:
    bundle = built_in()
    statements = bundle["files"]["statements"]["statements"]
    # On that day there was no release that it could be about.
    day = {"on": "2019-01-01", "from": None, "releases": None}
    statements.append(next(s for s in statements if s.get("flavor")) | day)
    assert problems(bundle) == ["matrix.json: cannot be used: IndexError: list index out of range"]


@pytest.mark.parametrize("name", LATER_FILES)
def test_the_built_in_file_replaces_one_that_the_first_bundles_did_not_have(name: str) -> None:
    bundle = built_in()
    del bundle["files"][name]
    assert parse_bundle("matrix.json", content(bundle)).digest == MATRIX.digest


def test_a_bundle_of_the_first_kind_is_completed_with_built_in_files() -> None:
    bundle = newer()
    bundle["files"] = {name: file for name, file in bundle["files"].items() if name not in LATER_FILES}
    matrix = parse_bundle("matrix.json", content(bundle))
    assert matrix.releases.all[-1].name == NEXT
    assert matrix.plugins.names == MATRIX.plugins.names


@law(sorted(built_in()["files"]))
def test_the_digest_covers_every_file(name: str) -> None:
    bundle = small()
    bundle["files"][name]["about"] = "something else"
    assert parse_bundle("matrix.json", content(bundle)).digest != FROZEN.digest


def test_the_digest_of_equal_data_is_equal() -> None:
    assert parse_bundle("matrix.json", content(small())).digest == FROZEN.digest


@pytest.mark.parametrize("needed", [__version__, "0.0.1", "0.1"])
def test_an_agent_that_is_new_enough_uses_the_bundle(needed: str) -> None:
    assert (
        parse_bundle("matrix.json", content(newer() | {"needs_agent": needed})).releases.all[-1].name == NEXT
    )


@pytest.mark.parametrize("more", [{}, {"format": 2}, {"files": {"releases": 7}}])
def test_an_agent_that_is_too_old_reports_that_before_any_other_error(more: dict[str, Any]) -> None:
    with pytest.raises(AgentTooOldError) as caught:
        parse_bundle("matrix.json", content(newer() | {"needs_agent": "99.1.0"} | more))
    assert [str(problem) for problem in caught.value.problems] == [
        f"matrix.json: needs_agent: the bundle needs agent 99.1.0 or newer, this is agent {__version__}:"
        " upgrade the agent to 99.1.0 or newer"
    ]


def test_a_development_build_counts_as_the_release_that_follows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.matrix_sources.bundle.__version__", "0.3.0.dev4")
    assert parse_bundle("matrix.json", content(newer() | {"needs_agent": "0.3.0"}))
    with pytest.raises(AgentTooOldError):
        parse_bundle("matrix.json", content(newer() | {"needs_agent": "0.3.1"}))


@pytest.mark.parametrize("name", sorted(set(built_in()["files"]) - set(LATER_FILES)))
def test_the_error_names_a_missing_file(name: str) -> None:
    bundle = built_in()
    del bundle["files"][name]
    assert problems(bundle) == [f"matrix.json: files.{name}: is missing"]


def test_the_first_of_many_errors_are_shown_and_the_others_counted() -> None:
    bundle = built_in()
    for release in bundle["files"]["releases"]["releases"]:
        del release["reported"]
    found = problems(bundle)
    count = len(bundle["files"]["releases"]["releases"])
    assert len(found) == 21
    assert found[-1] == f"matrix.json: and {count - 20} more errors"


def test_a_wrong_checksum_is_refused_before_anything_is_parsed() -> None:
    raw = content(newer())
    checksum = hashlib.sha256(raw).hexdigest()
    assert parse_bundle("matrix.json", raw, checksum).releases.all[-1].name == NEXT
    (found,) = problems(b"no JSON at all", checksum)
    assert "wrong checksum: expected sha256" in found


def test_a_missing_or_too_large_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file or directory"):
        read_file(tmp_path / "matrix.json")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_file(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read: embedded null byte"):
        read_file(Path("a\0b"))
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(MAX_BUNDLE_BYTES + 1)
    with pytest.raises(ConfigError, match="is larger than"):
        read_file(large)


def _without_newest() -> dict[str, Any]:
    bundle = built_in()
    bundle["published"] = bundles.TOMORROW
    bundle["files"]["releases"]["releases"] = bundle["files"]["releases"]["releases"][:-1]
    return bundle


def test_why_a_bundle_is_older_than_the_built_in_matrix() -> None:
    for bundle, why in ((bundles.older(), "was published on"), (_without_newest(), "knows Temporal up to")):
        matrix = parse_bundle("matrix.json", content(bundle))
        assert why in why_older(matrix, MATRIX)
    assert why_older(MATRIX, MATRIX) == ""


@pytest.fixture(scope="module")
def leaves() -> list[tuple[Any, ...]]:
    """The paths of all values in a bundle."""

    def walk(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        yield path
        items = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, inner in items:
            yield from walk(inner, (*path, key))

    return [path for path in walk(built_in(), ()) if path]


_ANYTHING: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 1.5, "", "x", "1", "==", "*", [], [[]], ["x"], {}, {"x": 1}]
)


@settings(deadline=None, max_examples=40)
@given(place=st.integers(0), value=_ANYTHING | st.text(max_size=6))
def test_any_damage_is_reported_or_harmless(leaves: list[tuple[Any, ...]], place: int, value: Any) -> None:
    bundle = _with(*leaves[place % len(leaves)], value=value)
    try:
        matrix: Matrix = parse_bundle("matrix.json", content(bundle))
    except ConfigError as error:
        found = [str(problem) for problem in error.problems]
    else:
        assert judge(matrix, subject(), healthy(), NOW).verdict
        return
    assert found
    assert all(problem.startswith("matrix.json") and "\n" not in problem for problem in found)


def test_the_maintainer_s_files_are_all_in_the_bundle() -> None:
    made_by_hand = {"releases_by_hand", "published"}
    assert {path.stem for path in DATA.glob("*.json")} - made_by_hand == set(built_in()["files"])
