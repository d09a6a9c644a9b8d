"""Files that Temporal refuses: a real server starts on each, and the agent must say the same before.

The agent has nothing but the file: no server answers, as in a crash loop.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Protocol

import pytest

from .server_files import (
    CONDITIONS,
    SERVER_FILES,
    SLOW,
    UNCERTAIN,
    UNCERTAIN_BEFORE,
    disagreement,
    judge_file,
)
from .servers.postgres import PostgresServer
from .servers.process import ExitError
from .servers.stores import Stores, create_own_stores
from .servers.temporal import TemporalServer
from .servers.temporal_build import TemporalBinaries, release_number

_RELEASES = [
    "1.31.2",
    *(pytest.param(name, marks=pytest.mark.full) for name in ("1.29.1", "1.24.2", "1.23.1", "1.20.4")),
    *(pytest.param(name, marks=pytest.mark.full) for name in ("1.15.2", "1.8.2", "1.3.0", "1.0.0")),
]
#: These leave no log to see the start by.
_NO_LOG = frozenset({"log_folder_only", "log_text"})


class StoresFactory(Protocol):
    """Stores at the schemas of this release, the same ones whoever asks."""

    def __call__(self, release: str) -> Stores: ...


@pytest.fixture(scope="module")
def own_stores(
    plain_postgres15: PostgresServer, temporal: Callable[[str], TemporalBinaries]
) -> StoresFactory:
    @cache
    def make(release: str) -> Stores:
        plugin = "postgres12" if release_number(release) >= (1, 20) else "postgres"
        name = f"files_{release.replace('.', '_')}"
        return create_own_stores(plain_postgres15, temporal(release), name, plugin)

    return make


def _forget(stores: Stores) -> None:
    """Earlier servers leave records, by which a file would be judged, too."""
    tables = ("cluster_membership", "cluster_metadata", "cluster_metadata_info", "namespaces")
    with stores.postgres.connect(stores.default) as connection:
        for table in tables:
            if connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() != (None,):
                connection.execute(f"DELETE FROM {table}")


@pytest.mark.full
@pytest.mark.parametrize(
    ("release", "change", "why"),
    [
        ("1.0.0", "search_down", "elastic"),
        ("1.8.2", "search_down", ""),
        ("1.15.2", "sqlite", "sqlite"),
    ],
)
def test_a_server_under_a_condition_that_the_agent_cannot_see(
    own_stores: StoresFactory,
    temporal: Callable[[str], TemporalBinaries],
    release: str,
    change: str,
    why: str,
) -> None:
    """Search that is down stops releases before 1.2; a server without cgo has no SQLite."""
    server = TemporalServer(temporal(release), own_stores(release))
    _forget(own_stores(release))
    try:
        CONDITIONS[change].write(server.config_file)
        answer = judge_file(release, server.config_file)
        assert answer is not None
        if not why:
            server.start_services()
            assert answer.would_start is True
        else:
            with pytest.raises(ExitError):
                server.start_services()
            assert why in server.log_text()
            assert answer.would_start is None
    finally:
        server.close()


@pytest.mark.full
def test_a_server_ends_where_its_worker_cannot_reach_the_frontend(
    own_stores: StoresFactory, temporal: Callable[[str], TemporalBinaries]
) -> None:
    for release in ("1.31.2", "1.24.2", "1.15.2"):
        for change in SLOW.values():
            server = TemporalServer(temporal(release), own_stores(release))
            _forget(own_stores(release))
            try:
                change.write(server.config_file)
                answer = judge_file(release, server.config_file)
                assert answer is not None
                assert answer.would_start is False
                with pytest.raises(ExitError):
                    server.start_services(timeout=120)
            finally:
                server.close()


@pytest.mark.parametrize("release", _RELEASES)
def test_a_server_starts_with_a_file_exactly_if_the_agent_says_so(
    own_stores: StoresFactory, temporal: Callable[[str], TemporalBinaries], release: str
) -> None:
    stores, wrong = own_stores(release), []
    for name, change in SERVER_FILES.items():
        _forget(stores)
        server = TemporalServer(temporal(release), stores)
        change.write(server.config_file)
        is_uncertain = name in UNCERTAIN or release_number(release) < UNCERTAIN_BEFORE.get(name, ())
        wrong.append(disagreement(server, release, name, may_be_unknown=is_uncertain))
    assert not any(wrong), "\n".join(filter(None, wrong))
