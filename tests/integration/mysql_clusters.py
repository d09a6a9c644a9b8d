"""Clusters whose stores are on MySQL or a relative, and what was observed of them."""

from __future__ import annotations

from typing import Any

from agent.model.observation import Facts, Failure, Observation
from agent.model.vocabulary import Role
from agent.snapshot import Snapshot

from .servers.mysql import MySqlServer
from .servers.mysql_stores import MySqlStores
from .servers.temporal import TemporalServer


def mysql_store(mysql: MySqlServer, database: str, **settings: Any) -> dict[str, Any]:
    """One database as the configuration has it; the test sets the password's variable."""
    return {
        "mysql": {
            "host": mysql.host,
            "port": mysql.port,
            "database": database,
            "user": mysql.user,
            "password": "${TEMPORAL_MYSQL_PASSWORD}",
            **settings,
        }
    }


def on_stores(server: TemporalServer, stores: MySqlStores) -> dict[str, Any]:
    """A cluster of this server, on these stores."""
    return {
        "name": "orders-live",
        "temporal": {"frontend": server.grpc_address, "metrics": [server.metrics_url]},
        "persistence": mysql_store(stores.mysql, stores.default),
        "visibility": mysql_store(stores.visibility_mysql or stores.mysql, stores.visibility),
    }


def one_store(server: TemporalServer, mysql: MySqlServer, database: str, **settings: Any) -> dict[str, Any]:
    """One store of this server beside a Temporal that tells no plugin: its metrics know none."""
    temporal = {"metrics": [server.metrics_url]}
    return {
        "name": "orders-live",
        "temporal": temporal,
        "persistence": mysql_store(mysql, database, plugin="mysql8", **settings),
    }


def observation_of(snapshot: Snapshot, role: Role = Role.PERSISTENCE) -> Observation:
    """What is known of one store."""
    return next(o for o in snapshot.observations if o.target.role is role)


def failure(snapshot: Snapshot) -> Failure:
    """Why the persistence store could not be read."""
    found = observation_of(snapshot).failure
    assert found is not None
    return found


def facts(snapshot: Snapshot, role: Role = Role.PERSISTENCE) -> Facts:
    """What one store told."""
    found = observation_of(snapshot, role)
    assert found.facts is not None, found.failure
    return found.facts
