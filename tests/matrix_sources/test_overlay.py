"""Overlay files: the statements of valid ones, and bad ones with a file of all their errors."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config import ConfigError
from agent.matrix_sources.overlay import overlaid
from agent.model.versions import parse
from agent.model.vocabulary import Reason, Role, Verdict
from tests.building import MATRIX
from tests.laws import law

BAD = Path(__file__).parent / "bad"
FILES = sorted(path for path in BAD.iterdir() if path.suffix != ".errors")

GOOD = """
about: what we run ourselves
statements:
  - component: postgresql
    roles: [persistence, visibility]
    kind: supported
    versions: ["==17.*"]
    releases: ">=1.29.0"
    plugins: [postgres12, postgres12_pgx]
    summary: Our acceptance tests run PostgreSQL 17.
    source: wiki/temporal-acceptance
  - {component: mysql, flavor: percona, roles: [persistence], kind: excluded, versions: ["==8.0.36"],
     releases: "*", summary: It lost a shard., source: incident 4711}
"""


def problems(*paths: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        overlaid(MATRIX, paths)
    assert caught.value.exit_code == 2
    return [str(problem) for problem in caught.value.problems]


def overlay(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@law(FILES)
def test_every_error_is_reported_at_once_with_its_place(path: Path) -> None:
    if path.stem == "too_deep":
        # Python ends the recursion. Objects that earlier tests left must not be finalized there.
        gc.collect()
    expected = path.with_suffix(".errors").read_text(encoding="utf-8").splitlines()
    assert [line.removeprefix(f"{BAD}/") for line in problems(path)] == expected


def test_every_bad_overlay_has_an_errors_file() -> None:
    assert [path.stem for path in FILES] == sorted(path.stem for path in BAD.glob("*.errors"))


def test_the_errors_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    good, missing = overlay(tmp_path, GOOD), tmp_path / "not-there.yaml"
    found = problems(missing, good, BAD / "no_list.yaml")
    assert found[0] == f"{missing}: cannot be read: No such file or directory"
    assert len(found) == 2


def test_an_overlay_s_statement_is_in_the_matrix_with_its_source(tmp_path: Path) -> None:
    matrix = overlaid(MATRIX, [overlay(tmp_path, GOOD)])
    release = matrix.releases.named("1.31.2")
    assert release is not None
    role = Role.VISIBILITY
    cell = matrix.support.cell(release, role, "postgresql", "postgres12", parse("17.2"))
    assert (cell.verdict, cell.source) == (
        Verdict.SUPPORTED,
        "wiki/temporal-acceptance (overlay mine.yaml)",
    )
    cell = matrix.support.cell(release, Role.PERSISTENCE, "mysql", "mysql8", parse("8.0.36"), "percona")
    assert (cell.verdict, cell.reason) == (Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM)


def test_json_is_an_overlay_too(tmp_path: Path) -> None:
    as_json = overlay(tmp_path, json.dumps(yaml.safe_load(GOOD), indent=2), "mine.json")
    assert len(overlaid(MATRIX, [as_json]).support.statements) == len(MATRIX.support.statements) + 2


def test_a_later_overlay_wins(tmp_path: Path) -> None:
    first = overlay(tmp_path, GOOD, "first.yaml")
    second = overlay(tmp_path, GOOD.replace("kind: supported", "kind: untested"), "second.yaml")
    release = MATRIX.releases.named("1.31.2")
    assert release is not None
    for order, verdict in (([first, second], Verdict.UNTESTED), ([second, first], Verdict.SUPPORTED)):
        support = overlaid(MATRIX, order).support
        cell = support.cell(release, Role.PERSISTENCE, "postgresql", "postgres12", parse("17.2"))
        assert cell.verdict is verdict


def test_the_digest_names_the_matrix_with_its_overlays(tmp_path: Path) -> None:
    good = overlay(tmp_path, GOOD)
    other = overlay(tmp_path, GOOD.replace("lost a shard", "lost two"), "other.yaml")
    digests = [
        overlaid(MATRIX, paths).digest for paths in ([], [good], [other], [good, other], [other, good])
    ]
    assert digests[0] == MATRIX.digest
    assert len(set(digests)) == 5
    assert overlaid(MATRIX, [good]).digest == digests[1]


def test_an_overlay_without_statements_changes_nothing(tmp_path: Path) -> None:
    assert overlaid(MATRIX, [overlay(tmp_path, "statements: []")]).digest == MATRIX.digest


_KEYS = ["about", "statements", "component", "roles", "kind", "versions", "releases", "plugins", "flavor"]
_DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.dates()
    | st.text(max_size=8)
    | st.sampled_from(["postgresql", "persistence", "supported", "==17.*", ">=1.0.0", "*", "postgres12"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*_KEYS, "summary", "source"]), inner, max_size=9)
    ),
    max_leaves=25,
)


@settings(deadline=None, max_examples=150)
@given(data=_DATA, wrapped=st.booleans())
def test_any_data_is_an_overlay_or_a_list_of_problems(
    tmp_path_factory: pytest.TempPathFactory, data: object, wrapped: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    document = {"statements": [data]} if wrapped else data
    path.write_bytes(yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "surrogatepass"))
    try:
        overlaid(MATRIX, [path])
    except ConfigError as error:
        found = [str(problem) for problem in error.problems]
    else:
        return
    assert found
    assert all(problem.startswith(str(path)) and "\n" not in problem for problem in found)
