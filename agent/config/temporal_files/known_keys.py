"""Keys in the server's own configuration that no release of Temporal has: most are misspelled.

Source: the Go structures of temporalio/temporal, common/config, common/auth/tls.go, common/metrics/config.go
and the Elasticsearch client's config.go, together at v1.0.0 to v1.31.2. Go ignores any other key.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from agent.config.temporal_files.yaml_tree import YamlNode

#: A key with any other name, below which every entry has the same keys.
_EACH = "*"
_CLOSE = 0.6
#: Letters of other alphabets that look like Latin ones.
_LOOKALIKES = str.maketrans("асеорхуіјѕԁкмнтвАСЕОРХУІЈЅКМНТВ", "aceopxyijsdkmhtbACEOPXYIJSKMHTB")


def unknown_keys(config: YamlNode) -> Iterator[tuple[YamlNode, str]]:
    """The value of each key that no release has, and what is wrong with the key."""
    yield from _unknown(config, _CONFIG)


def _unknown(node: YamlNode, known: Mapping[str, Any]) -> Iterator[tuple[YamlNode, str]]:
    for key, child in node.children.items():
        if key.startswith("x-") or not child.is_there:
            # A place for anchors, or a key of an image's template whose variable is not set.
            continue
        if key not in known and _EACH not in known:
            yield child, _sentence(key, known)
        elif below := known.get(key, known.get(_EACH)):
            yield from _unknown(child, below)


def _sentence(key: str, known: Mapping[str, Any]) -> str:
    latin = key.translate(_LOOKALIKES)
    names = {name.lower(): name for name in known}
    close = get_close_matches(latin.lower(), names, 1, _CLOSE)
    meant = f": did you mean `{names[close[0]]}`?" if close else ""
    foreign = sorted({_alphabet(letter) for letter in key if letter.isalpha() and not letter.isascii()})
    letters = f" (it has {' and '.join(foreign)} letters)" if foreign else ""
    return f"is not a key of Temporal{letters}{meant}"


def _alphabet(letter: str) -> str:
    return unicodedata.name(letter, "other").split()[0].capitalize()


def _keys(names: str, **sections: Any) -> dict[str, Any]:
    return dict.fromkeys(names.split()) | sections


_TLS = _keys("enabled caFile certFile keyFile caData certData keyData enableHostVerification serverName")
_SQL = _keys(
    "user password pluginName databaseName connectAddr connectProtocol connectAttributes maxConns"
    # Temporal's charts write `driverName`, which the server ignores.
    " maxIdleConns maxConnLifetime taskScanPartitions numShards driverName passwordCommand",
    tls=_TLS,
)
_CASSANDRA = _keys(
    "hosts port user password keyspace datacenter maxConns maxQPS connectTimeout timeout writeTimeout"
    " consistency disableInitialHostLookup addressTranslator allowedAuthenticators serialConsistency",
    tls=_TLS,
)
_ELASTICSEARCH = _keys(
    "url urls username password indices version logLevel aws-request-signing closeIdleConnectionsInterval"
    " enableSniff enableHealthcheck disableGzip",
    tls=_TLS,
)
_STORE = _keys("customDatastore faultInjection", sql=_SQL, cassandra=_CASSANDRA, elasticsearch=_ELASTICSEARCH)
_SERVER_TLS = _keys("certFile keyFile clientCaFiles requireClientAuth certData keyData clientCaData")
_CLIENT_TLS = _keys("serverName rootCaFiles disableHostVerification rootCaData forceTLS")
_GROUP_TLS = _keys("", client=_CLIENT_TLS, server=_SERVER_TLS, hostOverrides={_EACH: _SERVER_TLS})
_RPC = _keys(
    "grpcPort membershipPort bindOnLocalHost bindOnIP httpPort httpAdditionalForwardedHeaders"
    " keepAliveServerConfig clientConnectionConfig"
)
_CONFIG = _keys(
    "log dcRedirectionPolicy kafka archival namespaceDefaults otel visibility",
    persistence=_keys(
        "defaultStore visibilityStore secondaryVisibilityStore advancedVisibilityStore historyMaxConns"
        " numHistoryShards transactionSizeLimit",
        datastores={_EACH: _STORE},
    ),
    services={_EACH: _keys("metrics", rpc=_RPC)},
    clusterMetadata=_keys(
        "enableGlobalNamespace enableGlobalDomain replicationConsumer failoverVersionIncrement"
        " masterClusterName currentClusterName tags",
        clusterInformation={
            _EACH: _keys(
                "enabled initialFailoverVersion rpcName rpcAddress httpAddress clusterID tags"
                " replicationEnabled"
            )
        },
    ),
    publicClient=_keys("hostPort RefreshInterval refreshInterval forceTLSConfig httpHostPort"),
    dynamicConfigClient=_keys("filepath pollInterval"),
)
_CONFIG["global"] = _keys(
    "pprof metrics",
    membership=_keys("name maxJoinDuration broadcastAddress"),
    authorization=_keys(
        "jwtKeyProvider permissionsClaimName permissionsRegex authorizer claimMapper authHeaderName"
        " authExtraHeaderName audience"
    ),
    tls=_keys(
        "expirationChecks refreshInterval",
        internode=_GROUP_TLS,
        frontend=_GROUP_TLS,
        systemWorker=_keys("certFile keyFile certData keyData", client=_CLIENT_TLS),
        remoteClusters={_EACH: _GROUP_TLS},
    ),
)
