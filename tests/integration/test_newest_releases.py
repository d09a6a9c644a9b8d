"""The matrix against the module proxy: how old the data are, and which published release is missing.

A new release of Temporal must not make the CI red, so a missing one is an expected failure with its name.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from agent.maintain.go_modules import GoModules
from agent.maintain.source_tree import MaintainError
from agent.matrix import Matrix
from tests.building import MATRIX, only
from tests.integration.servers import toolchain
from tests.integration.servers.commands import CommandError, UnavailableError


def lacking(matrix: Matrix, listed: tuple[str, ...], today: date) -> str:
    """The age of the matrix and the releases that it has not read; empty if it has read all."""
    read = {release.name for release in matrix.releases.all if release.was_read}
    missing = [version for version in listed if version not in read]
    if not missing:
        return ""
    age = (today - matrix.published).days
    return (
        f"the matrix is of {matrix.published} ({age} days old) and lacks {', '.join(missing)}: `make matrix`"
    )


def test_the_matrix_has_read_every_release_that_the_module_proxy_lists() -> None:
    try:
        modules = GoModules(str(toolchain.go()))
        listed = modules.versions()
    except (UnavailableError, CommandError, MaintainError) as error:
        pytest.skip(f"the module proxy cannot be read: {error}")
    if text := lacking(MATRIX, listed, datetime.now(UTC).date()):
        pytest.xfail(text)
    newest = MATRIX.releases.named(listed[-1])
    assert newest is not None
    assert str(newest.published) == modules.module(listed[-1]).published


def test_a_missing_release_is_named_with_the_age_of_the_data() -> None:
    matrix = only("1.31.1", "1.31.2")
    today = date.fromordinal(matrix.published.toordinal() + 12)
    assert lacking(matrix, ("1.31.1", "1.31.2"), today) == ""
    assert lacking(matrix, ("1.31.2", "1.31.3", "1.32.0"), today) == (
        f"the matrix is of {matrix.published} (12 days old) and lacks 1.31.3, 1.32.0: `make matrix`"
    )
