"""Files of values as people write them, for each layout of the chart."""

from __future__ import annotations

from typing import Any

_OFF = {"enabled": False}
_WITHOUT = {"cassandra": _OFF, "elasticsearch": _OFF, "prometheus": _OFF, "grafana": _OFF, "kafka": _OFF}
_ES: dict[str, Any] = {
    "enabled": False,
    "external": True,
    "host": "es.example",
    "port": "9200",
    "version": "v7",
    "scheme": "https",
    "visibilityIndex": "temporal_visibility_v1",
    "username": "elastic",
    "password": "pw",
}


def values_for(defaults: dict[str, Any], version: str) -> dict[str, dict[str, Any]]:
    """The values by name, in the layout that the chart's own values have."""
    if "datastores" in defaults["server"]["config"]["persistence"] or version.startswith("1."):
        return {name: _new(*stores) for name, stores in _DATASTORES.items()}
    return _driven()


def _sql(driver: str, database: str, port: int, **more: Any) -> dict[str, Any]:
    sql = {
        "driver": driver,
        "host": "db.example",
        "port": port,
        "database": database,
        "user": "temporal",
        "password": "pw",
    }
    return {"driver": "sql", "sql": {**sql, **more}}


def _cassandra(keyspace: str) -> dict[str, Any]:
    cassandra = {"hosts": ["c1", "c2"], "port": 9043, "keyspace": keyspace, "user": "u", "password": "pw"}
    return {"driver": "cassandra", "cassandra": cassandra}


def _old(default: Any, visibility: Any, config: Any = None, **more: Any) -> dict[str, Any]:
    persistence = {"default": default, "visibility": visibility}
    return {**_WITHOUT, "server": {"config": {"persistence": persistence, **(config or {})}}, **more}


def _driven() -> dict[str, dict[str, Any]]:
    postgresql = [_sql("postgres12", name, 5432) for name in ("temporal", "temporal_visibility")]
    mysql = [
        _sql("mysql8", name, 3306, connectAttributes={"tx_isolation": "'READ-COMMITTED'"})
        for name in ("temporal", "temporal_visibility")
    ]
    tls = [
        _sql("postgres12", name, 5432, tls={"enabled": True, "enableHostVerification": False})
        for name in ("temporal", "temporal_visibility")
    ]
    cassandra = [_cassandra(name) for name in ("temporal", "temporal_visibility")]
    metadata = {
        "currentClusterName": "east",
        "masterClusterName": "east",
        "enableGlobalDomain": True,
        "failoverVersionIncrement": 10,
        "clusterInformation": {
            "east": {"enabled": True, "initialFailoverVersion": 3, "rpcName": "frontend", "rpcAddress": "a:1"}
        },
    }
    return {
        "postgresql": _old(*postgresql),
        "mysql and search": _old(*mysql, elasticsearch=_ES),
        "cassandra": _old(*cassandra),
        "cassandra and postgresql": _old(cassandra[0], postgresql[1]),
        "cassandra, postgresql and search": _old(cassandra[0], postgresql[1], elasticsearch=_ES),
        "postgresql and cassandra": _old(postgresql[0], cassandra[1]),
        "postgresql, cassandra and search": _old(postgresql[0], cassandra[1], elasticsearch=_ES),
        "mysql and postgresql": _old(mysql[0], postgresql[1]),
        "cassandra and search": _old(*cassandra, elasticsearch=_ES),
        "own search": _old(*postgresql, elasticsearch={"enabled": True}),
        "shards and metadata": _old(
            postgresql[0],
            postgresql[1],
            {"numHistoryShards": 1024, "clusterMetadata": metadata},
            fullnameOverride="temporal",
        ),
        "encrypted": _old(*tls),
    }


_NEW_SQL = {
    "pluginName": "postgres12",
    "driverName": "postgres12",
    "connectAddr": "db.example:5432",
    "connectProtocol": "tcp",
    "user": "temporal",
    "password": "pw",
}
_SQL: list[Any] = [
    {"sql": {**_NEW_SQL, "databaseName": name}} for name in ("temporal", "temporal_visibility")
]
_MYSQL: list[Any] = [
    {
        "sql": {
            **each["sql"],
            "pluginName": "mysql8",
            "connectAddr": "db.example:3306",
            "tls": {"enabled": True},
        }
    }
    for each in _SQL
]
_SEARCH = {
    "elasticsearch": {
        "version": "v8",
        "url": {"scheme": "https", "host": "es.example:9200"},
        "username": "elastic",
        "password": "pw",
        "indices": {"visibility": "temporal_visibility_v1"},
    }
}
_NEW_CASSANDRA = {
    "cassandra": {"hosts": "c1,c2", "port": 9043, "keyspace": "temporal", "user": "u", "password": "pw"}
}
_DATASTORES: dict[str, tuple[Any, ...]] = {
    "postgresql": (*_SQL, {}),
    "mysql": (*_MYSQL, {"numHistoryShards": 64}),
    "search": (_SQL[0], _SEARCH, {}),
    "cassandra and search": (_NEW_CASSANDRA, _SEARCH, {"numHistoryShards": 512}),
    "other names": (*_SQL, {"defaultStore": "main", "visibilityStore": "records"}),
    "search path": (
        *({"sql": {**each["sql"], "connectAttributes": {"search_path": "temporal"}}} for each in _SQL),
        {},
    ),
    "secondary": (*_SQL, {"secondaryVisibilityStore": "second"}),
}


def _new(default: Any, visibility: Any, more: dict[str, Any]) -> dict[str, Any]:
    names = more.get("defaultStore", "default"), more.get("visibilityStore", "visibility")
    # null removes the chart's own stores, which it cannot render without their names.
    stores = {"default": None, "visibility": None, names[0]: default, names[1]: visibility}
    if "secondaryVisibilityStore" in more:
        stores[more["secondaryVisibilityStore"]] = _SEARCH
    return {"server": {"config": {"persistence": {**more, "datastores": stores}}}}
