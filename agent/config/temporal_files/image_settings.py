"""What the environment variables of Temporal's images set in the server's configuration, as records.

Source: temporalio/temporal, docker/config_template.yaml at each tag from v1.0.0 to v1.29.7 and, from v1.30.0
on, common/config/config_template_embedded.yaml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Release = tuple[int, ...]

#: From here on the server itself renders the template: an empty variable is one that is not set.
#: Before, dockerize rendered it: only a variable that is not set has the default.
EMBEDDED: Release = (1, 30, 0)


@dataclass(frozen=True)
class ImageSetting:
    """One value of the configuration.

    `text`: with variables as `{NAME|default}`; a default may have variables. `since` and
    `before`: the releases that have it. `when`: conditions, all of which have to hold: a kind of database,
    `search` (`ENABLE_ES` is true), or a variable that is not empty; `not ` before it reverses a condition.
    """

    place: str
    text: str
    since: Release = (1, 0, 0)
    before: Release = (99,)
    when: tuple[str, ...] = ()


@dataclass(frozen=True)
class Database:
    """One value of the variable `DB`: the kind of database, and the server's plugin for it."""

    value: str
    kind: str
    plugin: str
    since: Release = (1, 0, 0)
    before: Release = (99,)


DATABASES = (
    Database("cassandra", "cassandra", ""),
    Database("mysql", "mysql", "mysql", before=(1, 24, 0)),
    Database("mysql8", "mysql", "mysql8", since=(1, 20, 0)),
    Database("postgres", "postgresql", "postgres", before=(1, 2, 0)),
    Database("postgres", "postgresql", "postgres", since=(1, 20, 0), before=(1, 24, 0)),
    Database("postgresql", "postgresql", "postgres", since=(1, 2, 0), before=(1, 24, 0)),
    Database("postgres12", "postgresql", "postgres12", since=(1, 20, 0)),
    Database("postgres12_pgx", "postgresql", "postgres12_pgx", since=(1, 23, 0)),
    Database("sqlite", "sqlite", "sqlite", since=(1, 32, 0)),
)

_STORES = "persistence.datastores."
#: The databases of visibility have variables of their own from here on.
_OWN_VISIBILITY: Release = (1, 14, 3)
_OWN_VARIABLE = re.compile(r"\{OWN([A-Z_]+)\|([^}]*)\}")


def _cassandra(name: str, own: str, keyspace: str) -> tuple[ImageSetting, ...]:
    at, before = f"{_STORES}{name}.cassandra.", (1, 24, 0) if own else (99,)

    def of(key: str, text: str, since: Release = (1, 2, 0), more: tuple[str, ...] = ()) -> ImageSetting:
        return ImageSetting(at + key, text, since, before, ("cassandra", *more))

    translator = "CASSANDRA_ADDRESS_TRANSLATOR"
    return (
        *_chains(at + "hosts", "{OWNCASSANDRA_SEEDS|}", own, before, "cassandra"),
        of("keyspace", keyspace, (1, 0, 0)),
        *_chains(at + "user", "{OWNCASSANDRA_USER|}", own, before, "cassandra", (1, 2, 0)),
        *_chains(at + "password", "{OWNCASSANDRA_PASSWORD|}", own, before, "cassandra", (1, 2, 0)),
        *_chains(at + "port", "{OWNCASSANDRA_PORT|9042}", own, before, "cassandra", (1, 2, 0)),
        of("maxConns", f"{{CASSANDRA_MAX_CONNS|{10 if own else 20}}}", (1, 6, 0)),
        of("tls.enabled", "{CASSANDRA_TLS_ENABLED|false}"),
        of("tls.caFile", "{CASSANDRA_CA|}"),
        of("tls.certFile", "{CASSANDRA_CERT|}"),
        of("tls.keyFile", "{CASSANDRA_CERT_KEY|}"),
        of("tls.caData", "{CASSANDRA_CA_DATA|}"),
        of("tls.certData", "{CASSANDRA_CERT_DATA|}"),
        of("tls.keyData", "{CASSANDRA_CERT_KEY_DATA|}"),
        of("tls.enableHostVerification", "{CASSANDRA_HOST_VERIFICATION|false}"),
        of("tls.serverName", "{CASSANDRA_HOST_NAME|}", (1, 9, 0)),
        of("addressTranslator.translator", f"{{{translator}|}}", (1, 18, 0), (translator,)),
        of(
            "addressTranslator.options.advertised-hostname",
            f"{{{translator}_OPTIONS|}}",
            (1, 18, 0),
            (translator, f"{translator}_OPTIONS"),
        ),
    )


def _chains(
    place: str, text: str, own: str, before: Release, kind: str, since: Release = (1, 0, 0)
) -> tuple[ImageSetting, ...]:
    """A setting whose variables `OWN…` can be set for visibility alone in later releases."""
    shared = text.replace("OWN", "")
    if not own:
        return (ImageSetting(place, shared, since, before, (kind,)),)
    later = _OWN_VARIABLE.sub(rf"{{{own}\1|{{\1|\2}}}}", text)
    return (
        ImageSetting(place, shared, since, _OWN_VISIBILITY, (kind,)),
        ImageSetting(place, later, _OWN_VISIBILITY, before, (kind,)),
    )


def _sql(kind: str, brand: str, port: int, name: str, own: str, database: str) -> tuple[ImageSetting, ...]:
    at, pool = f"{_STORES}{name}.sql.", "SQL_VIS_" if own else "SQL_"

    def of(
        key: str, text: str, since: Release = (1, 0, 0), before: Release = (99,), more: tuple[str, ...] = ()
    ) -> ImageSetting:
        return ImageSetting(at + key, text, since, before, (kind, *more))

    conns = (
        [of(key, f"{{{pool}{word}|20}}", before=(1, 6, 0)) for key, word in _POOL]
        + [of(key, f"{{{pool}{word}|10}}", (1, 6, 0)) for key, word in _POOL]
        if own
        else [of(key, f"{{{pool}{word}|20}}") for key, word in _POOL]
    )
    return (
        of("pluginName", "{PLUGIN}"),
        of("databaseName", database),
        *_chains(at + "connectAddr", f"{{OWN{brand}_SEEDS|}}:{{OWNDB_PORT|{port}}}", own, (99,), kind),
        of("connectProtocol", "tcp"),
        *_chains(at + "user", f"{{OWN{brand}_USER|}}", own, (99,), kind),
        *_chains(at + "password", f"{{OWN{brand}_PWD|}}", own, (99,), kind),
        *(
            [
                of("connectAttributes.tx_isolation", "READ-COMMITTED", (1, 0, 0), (1, 7, 0), (_ISOLATION,)),
                of("connectAttributes.tx_isolation", "'READ-COMMITTED'", (1, 7, 0), more=(_ISOLATION,)),
            ]
            if kind == "mysql"
            else []
        ),
        *conns,
        of("maxConnLifetime", f"{{{pool}MAX_CONN_TIME|1h}}"),
        of("authPlugin.plugin", f"{{{pool}AUTH_PLUGIN|}}", (1, 17, 0), (1, 18, 0)),
        of("tls.enabled", "{SQL_TLS_ENABLED|false}", (1, 9, 0)),
        # Up to 1.14.3 its first letter was a Cyrillic one, so the server did not know the key.
        of("tls.\u0441aFile", "{SQL_CA|}", (1, 9, 0), (1, 14, 4)),
        of("tls.caFile", "{SQL_CA|}", (1, 14, 4)),
        of("tls.certFile", "{SQL_CERT|}", (1, 9, 0)),
        of("tls.keyFile", "{SQL_CERT_KEY|}", (1, 9, 0)),
        of("tls.enableHostVerification", "{SQL_HOST_VERIFICATION|false}", (1, 9, 0)),
        of("tls.serverName", "{SQL_HOST_NAME|}", (1, 9, 0)),
    )


_POOL = (("maxConns", "MAX_CONNS"), ("maxIdleConns", "MAX_IDLE_CONNS"))
_ISOLATION = "MYSQL_TX_ISOLATION_COMPAT"


def _sqlite(name: str, pool: str, database: str) -> tuple[ImageSetting, ...]:
    texts = {
        "pluginName": "{PLUGIN}",
        "databaseName": database,
        "connectAddr": "localhost",
        "connectProtocol": "tcp",
        "connectAttributes.mode": "{SQLITE_MODE|rwc}",
        "connectAttributes.cache": "{SQLITE_CACHE|private}",
        "connectAttributes.setup": "{SQLITE_SETUP|true}",
        "connectAttributes.journal_mode": "{SQLITE_JOURNAL_MODE|wal}",
        "connectAttributes.synchronous": "{SQLITE_SYNCHRONOUS|2}",
        "connectAttributes.busy_timeout": "{SQLITE_BUSY_TIMEOUT|10000}",
        "maxConns": f"{{{pool}MAX_CONNS|1}}",
        "maxIdleConns": f"{{{pool}MAX_IDLE_CONNS|1}}",
    }
    at = f"{_STORES}{name}.sql."
    return tuple(ImageSetting(at + key, text, (1, 32, 0), when=("sqlite",)) for key, text in texts.items())


def _search() -> tuple[ImageSetting, ...]:
    at, when = f"{_STORES}es-visibility.elasticsearch.", ("search",)
    index = f"{at}indices.visibility"
    return (
        ImageSetting(f"{at}version", "{ES_VERSION|}", (1, 6, 3), when=when),
        ImageSetting(f"{at}url.scheme", "http", before=(1, 3, 0), when=when),
        ImageSetting(f"{at}url.scheme", "{ES_SCHEME|http}", (1, 3, 0), when=when),
        ImageSetting(f"{at}url.host", "{ES_SEEDS|}:9200", before=(1, 3, 0), when=when),
        ImageSetting(f"{at}url.host", "{ES_SEEDS|}:{ES_PORT|9200}", (1, 3, 0), when=when),
        ImageSetting(f"{at}username", "{ES_USER|}", (1, 3, 0), when=when),
        ImageSetting(f"{at}password", "{ES_PWD|}", (1, 3, 0), when=when),
        ImageSetting(index, "temporal-visibility-dev", before=(1, 3, 0), when=when),
        ImageSetting(index, "{ES_VIS_INDEX|temporal-visibility-dev}", (1, 3, 0), (1, 11, 0), when),
        ImageSetting(index, "{ES_VIS_INDEX|temporal_visibility_v1_dev}", (1, 11, 0), when=when),
        ImageSetting(
            f"{at}indices.secondary_visibility",
            "{ES_SEC_VIS_INDEX|}",
            (1, 21, 0),
            when=("search", "ES_SEC_VIS_INDEX"),
        ),
    )


def _tls() -> tuple[ImageSetting, ...]:
    """The TLS of the frontend, and of the workers that use it."""
    server, client = "global.tls.frontend.server.", "global.tls.frontend.client."
    settings = [
        ImageSetting(f"{server}requireClientAuth", "{TEMPORAL_TLS_REQUIRE_CLIENT_AUTH|false}", (1, 1, 0)),
        ImageSetting(f"{server}certFile", "{TEMPORAL_TLS_FRONTEND_CERT|}", (1, 1, 0)),
        ImageSetting(f"{server}keyFile", "{TEMPORAL_TLS_FRONTEND_KEY|}", (1, 1, 0)),
        ImageSetting(f"{server}certData", "{TEMPORAL_TLS_FRONTEND_CERT_DATA|}", (1, 2, 0)),
        ImageSetting(f"{server}keyData", "{TEMPORAL_TLS_FRONTEND_KEY_DATA|}", (1, 2, 0)),
        ImageSetting(f"{client}serverName", "{TEMPORAL_TLS_FRONTEND_SERVER_NAME|}", (1, 2, 0)),
        ImageSetting(
            f"{client}disableHostVerification",
            "{TEMPORAL_TLS_FRONTEND_DISABLE_HOST_VERIFICATION|false}",
            (1, 2, 0),
        ),
    ]
    lists = (
        (f"{server}clientCaFiles", "TEMPORAL_TLS_CLIENT1_CA_CERT", (1, 1, 0)),
        (f"{client}rootCaFiles", "TEMPORAL_TLS_SERVER_CA_CERT", (1, 1, 0)),
        (f"{client}rootCaData", "TEMPORAL_TLS_SERVER_CA_CERT_DATA", (1, 2, 0)),
    )
    return (
        *settings,
        *(ImageSetting(f"{key}.0", f"{{{name}|}}", since, when=(name,)) for key, name, since in lists),
    )


_PORTS = (("frontend", 7233, 6933), ("matching", 7235, 6935), ("history", 7234, 6934), ("worker", 7239, 6939))


def _services() -> tuple[ImageSetting, ...]:
    settings = []
    for name, grpc, membership in _PORTS:
        rpc, word = f"services.{name}.rpc.", name.upper()
        for key, kind, port in (("grpcPort", "GRPC", grpc), ("membershipPort", "MEMBERSHIP", membership)):
            settings.append(ImageSetting(rpc + key, str(port), before=(1, 3, 0)))
            settings.append(ImageSetting(rpc + key, f"{{{word}_{kind}_PORT|{port}}}", (1, 3, 0)))
        settings.append(ImageSetting(f"{rpc}bindOnIP", "{BIND_ON_IP|127.0.0.1}"))
        settings += _metrics(f"services.{name}.metrics.", (1, 0, 0), (1, 3, 0), name)
    settings.append(ImageSetting("services.frontend.rpc.httpPort", "{FRONTEND_HTTP_PORT|7243}", (1, 22, 0)))
    return (*settings, *_metrics("global.metrics.", (1, 3, 0), (99,), "temporal"))


def _metrics(at: str, since: Release, before: Release, prefix: str) -> list[ImageSetting]:
    statsd, prometheus = ("STATSD_ENDPOINT",), ("not STATSD_ENDPOINT", "PROMETHEUS_ENDPOINT")
    return [
        ImageSetting(f"{at}statsd.hostPort", "{STATSD_ENDPOINT|}", since, before, statsd),
        ImageSetting(f"{at}statsd.prefix", prefix, since, before, statsd),
        ImageSetting(
            f"{at}prometheus.timerType", "{PROMETHEUS_TIMER_TYPE|histogram}", since, before, prometheus
        ),
        ImageSetting(f"{at}prometheus.listenAddress", "{PROMETHEUS_ENDPOINT|}", since, before, prometheus),
    ]


def _public_client() -> tuple[ImageSetting, ...]:
    place, host = "publicClient.hostPort", "{PUBLIC_FRONTEND_ADDRESS|{BIND_ON_IP|127.0.0.1}:"
    text = host + "{FRONTEND_GRPC_PORT|7233}}"
    roles = ("TEMPORAL_AUTH_AUTHORIZER", "TEMPORAL_AUTH_CLAIM_MAPPER")
    return (
        ImageSetting(place, host + "7233}", before=(1, 3, 0)),
        ImageSetting(place, text, (1, 3, 0), (1, 20, 0)),
        *(
            ImageSetting(place, text, (1, 20, 0), when=("not USE_INTERNAL_FRONTEND", *when))
            for when in ((roles[0],), (f"not {roles[0]}", roles[1]))
        ),
    )


def _cluster_addresses() -> tuple[ImageSetting, ...]:
    at, host = (
        "clusterMetadata.clusterInformation.active.",
        "{TEMPORAL_BROADCAST_ADDRESS|{BIND_ON_IP|127.0.0.1}}",
    )
    grpc, http = "{FRONTEND_GRPC_PORT|7233}", "{FRONTEND_HTTP_PORT|7243}"
    return (
        ImageSetting(f"{at}rpcAddress", "127.0.0.1:7233", before=(1, 3, 0)),
        ImageSetting(f"{at}rpcAddress", f"127.0.0.1:{grpc}", (1, 3, 0), (1, 32, 0)),
        ImageSetting(f"{at}rpcAddress", f"{{CLUSTER_RPC_ADDRESS|{host}:{grpc}}}", (1, 32, 0)),
        ImageSetting(f"{at}httpAddress", f"127.0.0.1:{http}", (1, 25, 0), (1, 32, 0)),
        ImageSetting(f"{at}httpAddress", f"{{CLUSTER_HTTP_ADDRESS|{host}:{http}}}", (1, 32, 0)),
    )


def _constants() -> tuple[ImageSetting, ...]:
    metadata = "clusterMetadata."
    texts = {
        "persistence.defaultStore": "default",
        "global.membership.maxJoinDuration": "30s",
        f"{metadata}enableGlobalNamespace": "false",
        f"{metadata}failoverVersionIncrement": "10",
        f"{metadata}masterClusterName": "active",
        f"{metadata}currentClusterName": "active",
        f"{metadata}clusterInformation.active.enabled": "true",
        f"{metadata}clusterInformation.active.initialFailoverVersion": "1",
        f"{metadata}clusterInformation.active.rpcName": "frontend",
    }
    return tuple(ImageSetting(place, text) for place, text in texts.items())


SETTINGS: tuple[ImageSetting, ...] = (
    *_constants(),
    ImageSetting("persistence.numHistoryShards", "{NUM_HISTORY_SHARDS|4}"),
    ImageSetting("persistence.visibilityStore", "visibility", before=(1, 20, 0)),
    ImageSetting("persistence.visibilityStore", "visibility", (1, 20, 0), when=("not search",)),
    ImageSetting("persistence.advancedVisibilityStore", "es-visibility", before=(1, 21, 0), when=("search",)),
    ImageSetting("persistence.visibilityStore", "es-visibility", (1, 21, 0), when=("search",)),
    *_cassandra("default", "", "{KEYSPACE|temporal}"),
    *_cassandra("visibility", "VISIBILITY_", "{VISIBILITY_KEYSPACE|temporal_visibility}"),
    *_sql("mysql", "MYSQL", 3306, "default", "", "{DBNAME|temporal}"),
    *_sql("mysql", "MYSQL", 3306, "visibility", "VISIBILITY_", "{VISIBILITY_DBNAME|temporal_visibility}"),
    *_sql("postgresql", "POSTGRES", 5432, "default", "", "{DBNAME|temporal}"),
    *_sql(
        "postgresql", "POSTGRES", 5432, "visibility", "VISIBILITY_", "{VISIBILITY_DBNAME|temporal_visibility}"
    ),
    *_sqlite("default", "SQL_", "{DBNAME|temporal}"),
    *_sqlite("visibility", "SQL_VIS_", "{VISIBILITY_DBNAME|temporal_visibility}"),
    *_search(),
    ImageSetting("global.membership.broadcastAddress", "{TEMPORAL_BROADCAST_ADDRESS|}"),
    *_tls(),
    ImageSetting("global.authorization.authorizer", "{TEMPORAL_AUTH_AUTHORIZER|}", (1, 8, 0)),
    ImageSetting("global.authorization.claimMapper", "{TEMPORAL_AUTH_CLAIM_MAPPER|}", (1, 8, 0)),
    *_services(),
    *_public_client(),
    *_cluster_addresses(),
    ImageSetting("kafka.tls.enabled", "false", before=(1, 8, 0)),
    ImageSetting("kafka.clusters.test.brokers.0", "{KAFKA_SEEDS|}:9092", before=(1, 8, 0)),
    *(
        ImageSetting(f"kafka.topics.{topic}.cluster", "test", before=(1, 8, 0))
        for topic in ("temporal-visibility-dev", "temporal-visibility-dev-dlq")
    ),
    ImageSetting("kafka.applications.visibility.topic", "temporal-visibility-dev", before=(1, 8, 0)),
    ImageSetting("kafka.applications.visibility.dlq-topic", "temporal-visibility-dev-dlq", before=(1, 8, 0)),
    # Without this variable it is a file of the image, which is always there.
    *(
        ImageSetting(f"dynamicConfigClient.{key}", text, when=("DYNAMIC_CONFIG_FILE_PATH",))
        for key, text in (("filepath", "{DYNAMIC_CONFIG_FILE_PATH|}"), ("pollInterval", "60s"))
    ),
)
