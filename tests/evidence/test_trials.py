"""A sample of the trials: three kinds of stores, with fewer workflows than a record has."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.integration.servers.requirement import require
from tests.integration.servers.temporal_build import temporal_binaries

from .places import PLACES
from .trial import try_release

#: A multiple of 20, as the queries need it.
_WORKFLOWS = 60


@pytest.mark.full
@pytest.mark.parametrize(
    ("place", "release"),
    [("postgresql-17.2", "1.31.2"), ("mysql-8.0", "1.30.4"), ("opensearch-2.19.1", "1.31.2")],
)
def test_a_trial_works_as_the_record_says(place: str, release: str) -> None:
    binaries = require(lambda: temporal_binaries(release))
    (chosen,) = (each for each in PLACES if each.name == place)
    with ExitStack() as stack:
        pairs = require(lambda: stack.enter_context(chosen.open()))
        record = try_release(binaries, pairs[0], _WORKFLOWS)
    assert record["result"] == "tried", record
    assert record["workflows"] == _WORKFLOWS
