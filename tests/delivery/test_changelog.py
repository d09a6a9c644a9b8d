"""CHANGELOG.md has the form of Keep a Changelog, and every other form is refused with what to write."""

from __future__ import annotations

from datetime import date

import pytest

from agent import __version__
from deploy.release.changelog import ChangelogError, Release, release, releases
from tests.delivery.building import ROOT
from tests.laws import law

HEAD = "# Changelog\n\n## [Unreleased]\n\n### Added\n- C\n\n"
TWO = HEAD + "## [0.10.0] - 2026-12-01\n\n### Fixed\n- B\n\n## [0.9.0] - 2026-11-29\n\n### Added\n- A\n"


def test_the_changelog_of_this_version_is_read() -> None:
    found = release((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), __version__)
    assert found.notes.startswith("### Added\n- ")


def test_the_notes_of_each_release_are_its_own_section() -> None:
    assert releases(TWO) == [
        Release("0.10.0", date(2026, 12, 1), "### Fixed\n- B"),
        Release("0.9.0", date(2026, 11, 29), "### Added\n- A"),
    ]
    assert release(TWO, "0.9.0") == releases(TWO)[1]


@law(
    [
        ("0.9.1", TWO, "write a section '## [0.9.1] - YYYY-MM-DD'"),
        ("0.9.0", HEAD + "## [0.9.0] - 2026-11-29\n\n", "the section of 0.9.0 is empty"),
        ("0.9.0", TWO.replace("# Changelog", "# Changes"), "begin with the heading"),
        ("0.9.0", TWO.replace("[Unreleased]", "Unreleased"), "the first section must be '## [Unreleased]'"),
        ("0.9.0", TWO.replace("[0.9.0]", "0.9.0"), "write '## [1.2.3] - YYYY-MM-DD'"),
        ("0.9.0", TWO.replace("2026-11-29", "29.11.2026"), "write '## [1.2.3] - YYYY-MM-DD'"),
        ("0.9.0", TWO.replace("2026-11-29", "2026-11-31"), "write '## [1.2.3] - YYYY-MM-DD'"),
        ("0.9.0", TWO.replace("2026-11-29", "2026-12-24"), "0.10.0 is above 0.9.0, but is not newer"),
        ("0.9.0", TWO.replace("0.10.0", "0.8.10"), "0.8.10 is above 0.9.0, but is not newer"),
        ("0.9.0", TWO.replace("### Fixed", "### Bugs"), "'### Bugs': use each of Added, Changed"),
        ("0.9.0", TWO + "### Added\n- D\n", "'### Added': use each of Added, Changed"),
    ]
)
def test_another_form_is_refused_with_what_to_write(version: str, text: str, message: str) -> None:
    with pytest.raises(ChangelogError) as caught:
        release(text, version)
    assert message in str(caught.value)
