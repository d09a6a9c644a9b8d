"""The settings of Temporal's images for the stores.

Source: as in image_settings.
"""

from __future__ import annotations

import re

from agent.config.temporal_files.image_settings import EMBEDDED, ImageSetting, Release

_STORES = "persistence.datastores."
#: The databases of visibility have variables of their own from here on.
_OWN_VISIBILITY: Release = (1, 14, 3)
_OWN_VARIABLE = re.compile(r"\{OWN([A-Z_]+)\|([^}]*)\}")


def _cassandra(name: str, own: str, keyspace: str) -> tuple[ImageSetting, ...]:
    at, before = f"{_STORES}{name}.cassandra.", (1, 24, 0) if own else (99,)

    def of(key: str, text: str, since: Release = (1, 2, 0), more: tuple[str, ...] = ()) -> ImageSetting:
        return ImageSetting(at + key, text, since, before, ("cassandra", *more))

    translator, authenticators = "CASSANDRA_ADDRESS_TRANSLATOR", "CASSANDRA_ALLOWED_AUTHENTICATORS"
    return (
        *_chains(at + "hosts", "{OWNCASSANDRA_SEEDS|}", own, before, "cassandra"),
        of("keyspace", keyspace, (1, 0, 0)),
        *_chains(at + "user", "{OWNCASSANDRA_USER|}", own, before, "cassandra", (1, 2, 0)),
        *_chains(at + "password", "{OWNCASSANDRA_PASSWORD|}", own, before, "cassandra", (1, 2, 0)),
        *_chains(at + "port", "{OWNCASSANDRA_PORT|9042}", own, before, "cassandra", (1, 2, 0)),
        of("allowedAuthenticators", f"{{{authenticators}|}}", EMBEDDED, (authenticators,)),
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


STORE_SETTINGS: tuple[ImageSetting, ...] = (
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
)
