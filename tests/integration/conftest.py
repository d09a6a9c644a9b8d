"""Real servers as fixtures. Each is obtained once, in the background while tests run that need none."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from .factories import CassandraFactory, KeyspaceFactory, PostgresFactory, StoresFactory, TemporalFactory
from .servers import prefetch
from .servers.cassandra import CassandraOptions, CassandraServer, Keyspace
from .servers.cassandra_build import cassandra_jars, cassandra_tool
from .servers.certificates import Authority
from .servers.mysql import MySqlServer
from .servers.mysql_build import mariadb_home, mysql_9_home, mysql_home
from .servers.nginx import nginx
from .servers.postgres import PostgresServer
from .servers.postgres_build import POSTGRES_VERSIONS, postgres_15_home, postgres_home
from .servers.prometheus import PrometheusBinaries, prometheus_binaries
from .servers.requirement import require
from .servers.search import SearchServer
from .servers.search_build import search_home
from .servers.stores import Stores, create_stores
from .servers.temporal import TemporalServer
from .servers.temporal_build import (
    OLD_TEMPORAL_VERSIONS,
    TEMPORAL_VERSIONS,
    TemporalBinaries,
    temporal_binaries,
)
from .servers.temporal_cli import temporal_cli as build_temporal_cli
from .servers.temporal_config import TemporalOptions
from .servers.tokens import TokenIssuer

_HERE = Path(__file__).parent
_NEWEST = TEMPORAL_VERSIONS[0]

# What the fixtures need, in the order in which it is obtained.
_NEEDS = {
    "prometheus": ["prometheus"],
    "postgres96": ["postgresql-9.6.24"],
    "mariadb": ["mariadb"],
    "mysql80": ["mysql-8.0"],
    "mysql9": ["mysql-9"],
    "mysql56": ["mysql-5.6"],
    "zookeeper34": ["zookeeper-3.4.6"],
    "kafka21": ["kafka-2.1.1"],
    "nginx_program": ["nginx"],
    "elasticsearch6": ["elasticsearch-6.8.23"],
    "elasticsearch7": ["elasticsearch-7.17.28"],
    "elasticsearch8": ["elasticsearch-8.5.3"],
    "temporal": [f"temporal-{version}" for version in TEMPORAL_VERSIONS],
    "cassandra5": ["cassandra-5.0.5"],
    "make_keyspace": ["cassandra-tool"],
    "temporal_cli": ["temporal-cli"],
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests of this folder last: what they need may still be on its way."""
    items.sort(key=lambda item: _HERE in item.path.parents)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Starts to obtain what the selected tests need."""
    if session.config.option.collectonly:
        return
    wanted = {fixture for item in session.items for fixture in getattr(item, "fixturenames", ())}
    names = [name for fixture, needed in _NEEDS.items() if fixture in wanted for name in needed]
    chosen = {
        item.callspec.params.get(name)
        for item in session.items
        if hasattr(item, "callspec")
        for name in ("release", "postgres_version")
    }
    names = [f"postgresql-{version}" for version in POSTGRES_VERSIONS if version in chosen] + names
    names += [f"temporal-{version}" for version in OLD_TEMPORAL_VERSIONS if version in chosen]
    if names:
        prefetch.in_background(names)


@pytest.fixture(scope="session")
def postgres15() -> Iterator[PostgresServer]:
    """A running PostgreSQL 15. Tests that stop it use one of their own."""
    with PostgresServer(require(postgres_15_home), "15") as server:
        yield server


@pytest.fixture(scope="session")
def plain_postgres15() -> Iterator[PostgresServer]:
    """A running PostgreSQL 15 with a password that every release of Temporal stands."""
    with PostgresServer(require(postgres_15_home), "15", plain=True) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresFactory]:
    """A running PostgreSQL of a version, e.g. `postgres("17.2")`; the same one whoever asks."""
    with ExitStack() as running:

        @cache
        def start(version: str) -> PostgresServer:
            return running.enter_context(PostgresServer(require(lambda: postgres_home(version)), version))

        yield start


@pytest.fixture(scope="session")
def postgres96(postgres: PostgresFactory) -> PostgresServer:
    """A running PostgreSQL 9.6.24."""
    return postgres("9.6.24")


@pytest.fixture(scope="session")
def elasticsearch6(authority: Authority) -> Iterator[SearchServer]:
    """A running Elasticsearch 6.8.23 that speaks TLS and asks for passwords."""
    home = require(lambda: search_home("elasticsearch", "6.8.23"))
    with SearchServer(home, "6.8.23", privileges={}, authority=authority) as server:
        yield server


@pytest.fixture(scope="session")
def nginx_program() -> Path:
    """nginx, the program."""
    return require(nginx)


@pytest.fixture(scope="session")
def elasticsearch7() -> Iterator[SearchServer]:
    """A running Elasticsearch 7.17.28, the newest that Temporal's newest index template can be had on."""
    with SearchServer(require(lambda: search_home("elasticsearch", "7.17.28")), "7.17.28") as server:
        yield server


@pytest.fixture(scope="session")
def elasticsearch8() -> Iterator[SearchServer]:
    """A running Elasticsearch 8.5.3. It lacks the type scaled_float, so index templates end at 10."""
    with SearchServer(require(lambda: search_home("elasticsearch", "8.5.3")), "8.5.3") as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MySqlServer]:
    """A running MariaDB, of Debian's own series."""
    with MySqlServer(require(mariadb_home)) as server:
        yield server


@pytest.fixture(scope="session")
def mysql80() -> Iterator[MySqlServer]:
    """A running MySQL 8.0.33. Tests that change it for others put it back."""
    with MySqlServer(require(lambda: mysql_home("8.0.33"))) as server:
        yield server


@pytest.fixture(scope="session")
def mysql9() -> Iterator[MySqlServer]:
    """A running MySQL 9, of whatever series Debian's sid has."""
    with MySqlServer(require(mysql_9_home)) as server:
        yield server


@pytest.fixture(scope="session")
def mysql56() -> Iterator[MySqlServer]:
    """A running MySQL 5.6.14."""
    with MySqlServer(require(lambda: mysql_home("5.6.14"))) as server:
        yield server


@pytest.fixture
def own_postgres15() -> Iterator[PostgresServer]:
    """A PostgreSQL 15 that the test may stop and start."""
    with PostgresServer(require(postgres_15_home), "15") as server:
        yield server


@pytest.fixture(scope="session")
def cassandra5() -> Iterator[CassandraServer]:
    """A running Cassandra 5.0.5, of one node."""
    with CassandraServer(require(lambda: cassandra_jars("5.0.5"))) as server:
        yield server


@pytest.fixture
def start_cassandra() -> Iterator[CassandraFactory]:
    """Starts nodes for one test."""
    with ExitStack() as running:

        def start(version: str, options: CassandraOptions | None = None) -> CassandraServer:
            return running.enter_context(CassandraServer(require(lambda: cassandra_jars(version)), options))

        yield start


@pytest.fixture(scope="session")
def make_keyspace() -> KeyspaceFactory:
    """Makes keyspaces; `only_tables` makes only those of the version, which says what is given."""
    numbers = itertools.count(1)

    def make(cassandra: CassandraServer, *, only_tables: str | None = None) -> Keyspace:
        tool = require(lambda: cassandra_tool(_NEWEST))
        keyspace = Keyspace(cassandra, f"temporal_{next(numbers)}", tool)
        if only_tables is None:
            keyspace.create()
        else:
            keyspace.create_version_tables(only_tables)
        return keyspace

    return make


@pytest.fixture(scope="session")
def temporal() -> Callable[[str], TemporalBinaries]:
    """The programs of a version of Temporal, e.g. `temporal("1.24.2")`."""
    return lambda version: require(lambda: temporal_binaries(version))


@pytest.fixture(scope="session")
def make_stores(postgres15: PostgresServer, temporal: Callable[[str], TemporalBinaries]) -> StoresFactory:
    """Makes stores on PostgreSQL 15."""
    numbers = itertools.count(1)

    def make(*, default_version: str | None = None, visibility_version: str | None = None) -> Stores:
        return create_stores(
            postgres15,
            temporal(_NEWEST).sql_tool,
            f"temporal_{next(numbers)}",
            default_version=default_version,
            visibility_version=visibility_version,
        )

    return make


@pytest.fixture
def start_temporal(
    temporal: Callable[[str], TemporalBinaries], make_stores: StoresFactory
) -> Iterator[TemporalFactory]:
    """Starts servers for one test."""
    with ExitStack() as running:

        def start(
            version: str = _NEWEST, stores: Stores | None = None, options: TemporalOptions | None = None
        ) -> TemporalServer:
            return running.enter_context(TemporalServer(temporal(version), stores or make_stores(), options))

        yield start


@pytest.fixture(scope="session")
def temporal_server(
    temporal: Callable[[str], TemporalBinaries], make_stores: StoresFactory
) -> Iterator[TemporalServer]:
    """The newest Temporal, up to date in all, for tests that only read."""
    with TemporalServer(temporal(_NEWEST), make_stores()) as server:
        yield server


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Issues certificates."""
    return require(lambda: Authority(tmp_path_factory.mktemp("authority"), "Tests"))


@pytest.fixture(scope="session")
def token_issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenIssuer]:
    """Issues tokens, and serves the key to check them with."""
    with require(lambda: TokenIssuer(tmp_path_factory.mktemp("tokens"))) as issuer:
        yield issuer


@pytest.fixture(scope="session")
def temporal_cli() -> Path:
    """The program that holds Temporal's development server."""
    return require(build_temporal_cli)


@pytest.fixture(scope="session")
def prometheus() -> PrometheusBinaries:
    """Prometheus and promtool."""
    return require(prometheus_binaries)
