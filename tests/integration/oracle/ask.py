"""Runs every state of a release."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from ..servers.mysql import MySqlServer
from ..servers.mysql_build import mariadb_home, mysql_home
from ..servers.postgres import PostgresServer
from ..servers.postgres_build import postgres_15_home
from ..servers.requirement import require
from ..servers.search import SearchServer
from ..servers.search_build import search_home
from ..servers.temporal_build import TemporalBinaries
from .case import Kind
from .on_mysql import OnMySql
from .on_postgresql import OnPostgreSql
from .on_search import OnSearch
from .on_sqlite import OnSqlite
from .postgresql_case import PASSWORD, READER
from .table import Seen

#: `binlog_format` counts only with a binary log.
_BINARY_LOG = {"skip-log-bin": "OFF", "log-bin": "bin", "server-id": "1"}
_SEARCH = ("elasticsearch", "7.17.28")


@contextmanager
def _postgres() -> Iterator[PostgresServer]:
    with PostgresServer(require(postgres_15_home), "15", plain=True) as postgres:
        postgres.create_reader(READER, PASSWORD, ())
        yield postgres


@contextmanager
def _on_postgresql() -> Iterator[Kind]:
    with _postgres() as postgres:
        yield OnPostgreSql(postgres)


@contextmanager
def _on_mysql() -> Iterator[Kind]:
    with (
        MySqlServer(require(lambda: mysql_home("8.0.33")), settings=_BINARY_LOG) as mysql,
        MySqlServer(require(mariadb_home)) as mariadb,
    ):
        yield OnMySql(mysql, mariadb)


@contextmanager
def _on_sqlite() -> Iterator[Kind]:
    yield OnSqlite()


@contextmanager
def _on_search() -> Iterator[Kind]:
    home = require(lambda: search_home(*_SEARCH))
    with _postgres() as postgres, SearchServer(home, _SEARCH[1]) as search:
        yield OnSearch(postgres, search)


#: Each kind of stores by its title, and its servers: they run while the context is open.
KINDS: dict[str, Callable[[], AbstractContextManager[Kind]]] = {
    OnPostgreSql.title: _on_postgresql,
    OnMySql.title: _on_mysql,
    OnSqlite.title: _on_sqlite,
    OnSearch.title: _on_search,
}


def ask(kind: Kind, binaries: TemporalBinaries, parts: Sequence[str] = ("",)) -> Iterator[Seen]:
    """Each state as it was seen; only those whose name contains one of `parts`."""
    for name, prepared in kind.states(binaries):
        if any(part in name for part in parts):
            with prepared() as case:
                answer, starts = case.run()
                yield Seen(kind.title, binaries.version, name, starts, answer)
