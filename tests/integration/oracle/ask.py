"""Runs every state of a release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

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
def kinds() -> Iterator[tuple[Kind, ...]]:
    """All kinds of stores, on servers that run."""
    with ExitStack() as running:
        enter = running.enter_context
        postgres = enter(PostgresServer(require(postgres_15_home), "15", plain=True))
        postgres.create_reader(READER, PASSWORD, ())
        mysql = enter(MySqlServer(require(lambda: mysql_home("8.0.33")), settings=_BINARY_LOG))
        mariadb = enter(MySqlServer(require(mariadb_home)))
        search = enter(SearchServer(require(lambda: search_home(*_SEARCH)), _SEARCH[1]))
        yield OnPostgreSql(postgres), OnMySql(mysql, mariadb), OnSqlite(), OnSearch(postgres, search)


def ask(kind: Kind, binaries: TemporalBinaries) -> Iterator[Seen]:
    """Each state as it was seen."""
    for name, prepared in kind.states(binaries):
        with prepared() as case:
            answer, starts = case.run()
            yield Seen(kind.title, binaries.version, name, starts, answer)
