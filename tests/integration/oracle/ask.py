"""Runs every state of a release."""

from __future__ import annotations

from collections.abc import Iterator

from ..servers.postgres import PostgresServer
from ..servers.temporal_build import TemporalBinaries
from .case import PASSWORD, READER, Templates
from .states import states
from .table import Seen


def ask(postgres: PostgresServer, binaries: TemporalBinaries) -> Iterator[Seen]:
    """Each state as it was seen."""
    templates = Templates(postgres, binaries)
    for name, prepare in states(templates, binaries.version):
        with templates.case() as case:
            prepare(case)
            answer, starts = case.run()
            yield Seen(binaries.version, name, starts, answer)


def add_reader(postgres: PostgresServer) -> None:
    """The agent's user, who may log in."""
    postgres.create_reader(READER, PASSWORD, ())
