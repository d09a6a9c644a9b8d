"""Obtaining servers ahead of the tests that need them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

from .cassandra_build import CASSANDRA_VERSIONS, cassandra_jars, cassandra_tool
from .commands import UnavailableError
from .debian import debian_root, image_storage
from .delivery_tools import wheels
from .kafka_build import KAFKA_VERSIONS, kafka_jars
from .mysql_build import mariadb_home, mysql_9_home, mysql_home
from .nginx import nginx
from .pgbouncer import pgbouncer_home
from .postgres_build import POSTGRES_VERSIONS, postgres_home
from .prometheus import newest_prometheus_binaries, prometheus_binaries
from .search_build import SEARCH_VERSIONS, search_home
from .temporal_build import (
    OLD_TEMPORAL_VERSIONS,
    ORACLE_TEMPORAL_VERSIONS,
    TEMPORAL_VERSIONS,
    temporal_binaries,
)
from .temporal_cli import temporal_cli
from .zookeeper_build import ZOOKEEPER_VERSIONS, zookeeper_jars

# In the order of how long each takes.
OBTAINABLE: dict[str, Callable[[], object]] = {
    "prometheus": prometheus_binaries,
    "prometheus-sid": newest_prometheus_binaries,
    "nginx": nginx,
    "debian": debian_root,
    "debian-image": image_storage,
    "wheels": wheels,
    **{f"postgresql-{version}": partial(postgres_home, version) for version in POSTGRES_VERSIONS},
    "pgbouncer": pgbouncer_home,
    "mariadb": mariadb_home,
    "mysql-8.0": partial(mysql_home, "8.0.33"),
    "mysql-9": mysql_9_home,
    "mysql-5.6": partial(mysql_home, "5.6.14"),
    **{f"zookeeper-{version}": partial(zookeeper_jars, version) for version in ZOOKEEPER_VERSIONS},
    **{f"kafka-{version}": partial(kafka_jars, version) for version in KAFKA_VERSIONS},
    **{f"cassandra-{version}": partial(cassandra_jars, version) for version in CASSANDRA_VERSIONS},
    **{
        f"{component}-{version}": partial(search_home, component, version)
        for component, version in SEARCH_VERSIONS
    },
    **{
        f"temporal-{version}": partial(temporal_binaries, version)
        for version in (*TEMPORAL_VERSIONS, *OLD_TEMPORAL_VERSIONS, *ORACLE_TEMPORAL_VERSIONS)
    },
    # After the server, whose packages it shares.
    "cassandra-tool": partial(cassandra_tool, TEMPORAL_VERSIONS[0]),
    "temporal-cli": temporal_cli,
}


def in_background(names: Sequence[str]) -> None:
    """Obtains these in a thread, one after the other.

    A test that needs one of them waits for it, by the cache's lock.
    """
    threading.Thread(target=_obtain, args=(names,), daemon=True).start()


def _obtain(names: Sequence[str]) -> None:
    for name in names:
        try:
            OBTAINABLE[name]()
        except UnavailableError:
            continue  # the test that needs it asks again, and says why it can't be had
