"""The short answers of `matrix show` and `matrix find --server`, byte for byte, and as wide as a terminal."""

from __future__ import annotations

from pathlib import Path

from agent.matrix import Release
from agent.reports.document import as_object
from agent.reports.matrix import show_text
from agent.reports.matrix_document import show_document, support_document
from agent.reports.supported_text import support_text, version_range
from agent.reports.text_style import COLUMNS
from tests.building import FROZEN, MATRIX
from tests.laws import law

GOLDEN = Path(__file__).parent / "golden"


def written() -> dict[str, str]:
    """The golden texts by file, from the frozen matrix."""
    release = FROZEN.releases.newest_patch_of("1.31")
    assert release is not None
    found = support_document(FROZEN, release, "postgresql", "", "1.31")
    return {
        "matrix_show.txt": show_text(show_document(FROZEN, release, "1.31")),
        "matrix_show_sources.txt": show_text(show_document(FROZEN, release), sources=True),
        "matrix_find_server.txt": support_text(found),
        "matrix_find_server_sources.txt": support_text(found, sources=True),
    }


@law(sorted(written()))
def test_the_text_is_the_golden_one(name: str) -> None:
    assert written()[name] + "\n" == (GOLDEN / name).read_text(encoding="utf-8")


@law(MATRIX.releases.all)
def test_the_answer_fits_a_terminal(release: Release) -> None:
    text = show_text(show_document(MATRIX, release, ".".join(map(str, release.minor))))
    assert [line for line in text.splitlines() if len(line) > COLUMNS] == []


@law(
    [
        (">=0", "all"),
        ("<3.11", "below 3.11"),
        (">=17", "17 and later"),
        ("==5.7.*", "5.7"),
        (">=13,<17", "13-16"),
        (">=3.11,<4.1", "3.11-4.0"),
        (">=8.0.19,<8.1", "8.0.19-8.0.x"),
        (">=8.1,<9.0", "8.1-8.x"),
        (">=2,<2.8.0", "2-2.7"),
        (">=2.8.0,<3", "2.8.0-2.x"),
        (">=9.6,<10", "9.6-9.x"),
        (">=5.0,<5.0.4", "5.0-5.0.3"),
    ]
)
def test_a_range_reads_as_people_write_it(specifier: str, expected: str) -> None:
    assert version_range(specifier) == expected


def test_json_has_the_same_rows_as_specifiers() -> None:
    release = FROZEN.releases.newest_patch_of("1.31")
    assert release is not None
    read = as_object(support_document(FROZEN, release, "postgresql", "", "1.31"))
    assert (read["release"], read["newest_patch_of"]) == (release.name, "1.31")
    row = read["supported"][0]
    assert (row["plugin"], row["in_all_roles"]) == ("postgres12", [">=13,<17"])
    assert row["in_role"] == {"visibility": [">=12,<19"]}
    assert all(entry["source"] or entry["verdict"] == "untested" for entry in read["ranges"])


if __name__ == "__main__":
    for file, text in written().items():
        (GOLDEN / file).write_text(f"{text}\n", encoding="utf-8")
