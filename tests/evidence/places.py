"""Where trials can run: the servers that can be had here, each with the pairs of stores on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial

from tests.integration.servers.cassandra import CassandraServer
from tests.integration.servers.cassandra_build import CASSANDRA_VERSIONS, cassandra_jars
from tests.integration.servers.mysql import MySqlServer
from tests.integration.servers.mysql_build import MySqlHome, mariadb_home, mysql_9_home, mysql_home
from tests.integration.servers.postgres import PostgresServer
from tests.integration.servers.postgres_build import postgres_15_home, postgres_home
from tests.integration.servers.search import SearchServer
from tests.integration.servers.search_build import search_home

from .stores import Pair, Store, create_cassandra, create_search, create_sql

#: The server for the other store, where a trial is about one store alone.
_OTHER = "16.4"
_PLUGINS = ("postgres12", "postgres12_pgx")


@dataclass(frozen=True)
class Place:
    """Servers that several trials share. Entering `open` obtains and starts them, and returns the pairs."""

    name: str
    open: Callable[[], AbstractContextManager[list[Pair]]]


def _postgres(version: str) -> PostgresServer:
    home = postgres_15_home() if version == "15" else postgres_home(version)
    return PostgresServer(home, version)


def _store(postgres: PostgresServer, plugin: str) -> Store:
    ((version,),) = postgres.sql("SHOW server_version")
    return Store("postgresql", str(version).split()[0], plugin)


@contextmanager
def _on_postgres(version: str) -> Iterator[list[Pair]]:
    with _postgres(version) as postgres:
        yield [
            Pair(
                _store(postgres, plugin),
                _store(postgres, plugin),
                partial(create_sql, (postgres, plugin), (postgres, plugin)),
            )
            for plugin in _PLUGINS
        ]


def _mysql_store(mysql: MySqlServer) -> Store:
    ((version,),) = mysql.sql("SELECT VERSION()")
    return Store("mysql", str(version).split("-")[0], "mysql8", mysql.home.flavor)


@contextmanager
def _on_mysql(home: Callable[[], MySqlHome]) -> Iterator[list[Pair]]:
    with MySqlServer(home()) as mysql:
        store = _mysql_store(mysql)
        yield [Pair(store, store, partial(create_sql, (mysql, "mysql8"), (mysql, "mysql8")))]


@contextmanager
def _on_mariadb() -> Iterator[list[Pair]]:
    with MySqlServer(mariadb_home()) as mariadb, MySqlServer(mysql_home("8.0.33")) as mysql:
        own, other = _mysql_store(mariadb), _mysql_store(mysql)
        first, second = (mariadb, "mysql8"), (mysql, "mysql8")
        yield [
            Pair(own, other, partial(create_sql, first, second)),
            Pair(own, own, partial(create_sql, first, first), "visibility"),
        ]


@contextmanager
def _on_cassandra(version: str) -> Iterator[list[Pair]]:
    with CassandraServer(cassandra_jars(version)) as cassandra, _postgres(_OTHER) as postgres:
        ((answer,),) = cassandra.cql("SELECT release_version FROM system.local")
        yield [
            Pair(
                Store("cassandra", str(answer)),
                _store(postgres, _PLUGINS[0]),
                partial(create_cassandra, cassandra, (postgres, _PLUGINS[0])),
            )
        ]


@contextmanager
def _on_search(component: str, version: str) -> Iterator[list[Pair]]:
    home = search_home(component, version)
    with SearchServer(home, version, component) as search, _postgres(_OTHER) as postgres:
        answer = search.ask("GET", "/")["version"]["number"]
        yield [
            Pair(
                _store(postgres, _PLUGINS[0]),
                Store(component, str(answer)),
                partial(create_search, search, (postgres, _PLUGINS[0])),
                "visibility",
            )
        ]


#: Cheap ones first.
PLACES = (
    *(
        Place(f"postgresql-{v}", partial(_on_postgres, v))
        for v in ("16.4", "17.2", "18.0", "15", "14.13", "13.16")
    ),
    Place("mysql-8.0", partial(_on_mysql, partial(mysql_home, "8.0.33"))),
    Place("mysql-9", partial(_on_mysql, mysql_9_home)),
    Place("mariadb", _on_mariadb),
    *(Place(f"cassandra-{v}", partial(_on_cassandra, v)) for v in CASSANDRA_VERSIONS),
    *(
        Place(f"{component}-{version}", partial(_on_search, component, version))
        for component, version in (
            ("elasticsearch", "7.17.28"),
            ("opensearch", "1.3.20"),
            ("opensearch", "2.19.1"),
            ("opensearch", "3.3.2"),
        )
    ),
)
