"""The settings of Temporal's images outside the stores: addresses, TLS, metrics, authorization, Kafka.

Source: as in image_settings.
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.config.temporal_files.image_settings import ImageSetting, Release


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
    return (*settings, *_internode(), *(ImageSetting(*each) for each in _authorities(server, client)))


def _authorities(server: str, client: str) -> Iterator[tuple[str, str, Release, Release, tuple[str, ...]]]:
    """Lists of one or two files or texts. Up to 1.12 the list was there without its variable, too."""
    for key, name, since in (
        (f"{server}clientCaFiles", "CLIENT{}_CA_CERT", (1, 1, 0)),
        (f"{server}clientCaData", "CLIENT{}_CA_CERT_DATA", (1, 2, 0)),
        (f"{client}rootCaFiles", "SERVER_CA_CERT", (1, 1, 0)),
        (f"{client}rootCaData", "SERVER_CA_CERT_DATA", (1, 2, 0)),
    ):
        first = f"TEMPORAL_TLS_{name.format(1)}"
        yield f"{key}.0", f"{{{first}|}}", since, (99,), (first,)
        if "{}" in name:
            second = f"TEMPORAL_TLS_{name.format(2)}"
            yield f"{key}.1", f"{{{second}|}}", since, (1, 13, 0), (second,)
            yield f"{key}.1", f"{{{second}|}}", (1, 13, 0), (99,), (first, second)


def _internode() -> tuple[ImageSetting, ...]:
    """The TLS between the services of the server."""
    server, client = "global.tls.internode.server.", "global.tls.internode.client."
    names = {
        f"{server}certFile": ("TEMPORAL_TLS_SERVER_CERT", (1, 1, 0)),
        f"{server}keyFile": ("TEMPORAL_TLS_SERVER_KEY", (1, 1, 0)),
        f"{server}certData": ("TEMPORAL_TLS_SERVER_CERT_DATA", (1, 2, 0)),
        f"{server}keyData": ("TEMPORAL_TLS_SERVER_KEY_DATA", (1, 2, 0)),
        f"{client}serverName": ("TEMPORAL_TLS_INTERNODE_SERVER_NAME", (1, 2, 0)),
    }
    lists = {
        "CaFiles.0": ("TEMPORAL_TLS_SERVER_CA_CERT", (1, 1, 0)),
        "CaData.0": ("TEMPORAL_TLS_SERVER_CA_CERT_DATA", (1, 2, 0)),
    }
    verification = "{TEMPORAL_TLS_INTERNODE_DISABLE_HOST_VERIFICATION|false}"
    return (
        ImageSetting(f"{server}requireClientAuth", "{TEMPORAL_TLS_REQUIRE_CLIENT_AUTH|false}", (1, 1, 0)),
        ImageSetting(f"{client}disableHostVerification", verification, (1, 2, 0)),
        *(ImageSetting(key, f"{{{name}|}}", since) for key, (name, since) in names.items()),
        *(
            ImageSetting(f"{at}{key}", f"{{{name}|}}", since, when=(name,))
            for key, (name, since) in lists.items()
            for at in (f"{server}client", f"{client}root")
        ),
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
    settings += _internal_frontend()
    return (*settings, *_metrics("global.metrics.", (1, 3, 0), (99,), "temporal"))


def _internal_frontend() -> list[ImageSetting]:
    at, when = "services.internal-frontend.rpc.", ("USE_INTERNAL_FRONTEND",)
    return [
        ImageSetting(f"{at}grpcPort", "{INTERNAL_FRONTEND_GRPC_PORT|7236}", (1, 20, 0), when=when),
        ImageSetting(
            f"{at}membershipPort", "{INTERNAL_FRONTEND_MEMBERSHIP_PORT|6936}", (1, 20, 0), when=when
        ),
        ImageSetting(f"{at}bindOnIP", "{BIND_ON_IP|127.0.0.1}", (1, 20, 0), when=when),
        ImageSetting(f"{at}httpPort", "{INTERNAL_FRONTEND_HTTP_PORT|7246}", (1, 29, 0), when=when),
    ]


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
    for kind, folder in (("history", "temporal_archival"), ("visibility", "temporal_vis_archival")):
        texts |= {f"archival.{kind}.state": "enabled", f"archival.{kind}.enableRead": "true"}
        texts[f"archival.{kind}.provider.filestore.fileMode"] = "0666"
        texts[f"namespaceDefaults.archival.{kind}.state"] = "disabled"
        texts[f"namespaceDefaults.archival.{kind}.URI"] = f"file:///tmp/{folder}/development"
    return tuple(ImageSetting(place, text) for place, text in texts.items())


SERVICE_SETTINGS: tuple[ImageSetting, ...] = (
    *_constants(),
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
