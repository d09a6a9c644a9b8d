"""The addresses of a Temporal server, from its own configuration: the frontend and the metrics.

Source: temporalio/temporal, common/config/config.go (`RPC`, `PublicClient`) and
common/metrics/config.go at v1.31.2; for metrics of each service, common/service/config at v1.0.0.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from agent.config.fields import MAX_PORT
from agent.config.temporal_files.frontend_tls import read_frontend_tls
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.yaml_tree import YamlNode

_LOOPBACK = "127.0.0.1"
#: gRPC's names of resolvers before an address (grpc/grpc, doc/naming.md).
_RESOLVER = re.compile(r"(?:dns|passthrough):(?://[^/]*/)?")


def read_frontend(imported: ImportedSettings, config: YamlNode) -> None:
    """Address, HTTP address and TLS of the frontend."""
    rpc, public = config.at("services", "frontend", "rpc"), config.at("publicClient", "hostPort")
    bound = _bound(config, rpc)
    host, port = split(_RESOLVER.sub("", public.text, count=1))
    if host and "/" not in host and port:
        host = _reachable(host, config)
        imported.put(("temporal", "frontend"), f"{host}:{port}", public)
    elif rpc["grpcPort"].number:
        host = bound
        imported.put(("temporal", "frontend"), f"{bound}:{rpc['grpcPort'].number}", rpc["grpcPort"])
    else:
        imported.report_missing(rpc["grpcPort"], "is missing", ("temporal", "frontend"))
    read_frontend_tls(imported, config.at("global", "tls"), config.at("publicClient", "forceTLSConfig").text)
    http, public_http = rpc["httpPort"], config.at("publicClient", "httpHostPort")
    scheme = "https" if "tls" in imported.values.get("temporal", {}) else "http"
    if public_http.text:
        name, port = split(public_http.text)
        imported.put(("temporal", "http"), f"{scheme}://{_reachable(name, config)}:{port}", public_http)
    elif http.number:
        # A port that listens on all addresses has the same host name as the gRPC port.
        name = host if _is_any_address(rpc["bindOnIP"].text) and host else bound
        imported.put(("temporal", "http"), f"{scheme}://{name}:{http.number}", http)


def read_authorization(imported: ImportedSettings, authorization: YamlNode) -> None:
    """Say that the agent needs a token, if the server has an authorizer."""
    node = authorization["authorizer"]
    if node.text:
        what = (
            "checks permissions, and the agent has no token: set `temporal.token_file` to the file of a token"
            " with the permission `temporal-system:read`"
        )
        imported.note(node, what, ("temporal", "token_file"), ("temporal", "token"))


def read_metrics(imported: ImportedSettings, config: YamlNode) -> None:
    """The metrics addresses of the process, or of each service, if Prometheus can scrape them."""
    own = config.at("global", "metrics", "prometheus")
    host, _ = split(imported.values.get("temporal", {}).get("frontend", ""))
    if own["listenAddress"].text:
        if address := _metrics(config, own, host):
            imported.put(("temporal", "metrics"), ({"url": address},), own["listenAddress"])
        return
    targets: dict[str, str] = {}
    for service, settings in config["services"].children.items():
        prometheus = settings.at("metrics", "prometheus")
        if address := _metrics(config, prometheus, host):
            targets.setdefault(address, service)
    if targets:
        listed = tuple({"name": service, "url": url} for url, service in targets.items())
        imported.put(("temporal", "metrics"), listed, config["services"])


def _metrics(config: YamlNode, prometheus: YamlNode, frontend: str) -> str:
    """The address, or '' if there is none. A port on all addresses has the host name of the frontend."""
    host, port = split(prometheus["listenAddress"].text)
    if not port.isdecimal() or not 0 < int(port) <= MAX_PORT:
        return ""
    path = prometheus["handlerPath"].text or "/metrics"
    name = frontend if _is_any_address(host) and frontend else _reachable(host, config)
    return f"http://{name}:{port}{path}"


def _bound(config: YamlNode, rpc: YamlNode) -> str:
    if rpc["bindOnLocalHost"].flag:
        return _LOOPBACK
    return _reachable(rpc["bindOnIP"].text, config)


def _reachable(host: str, config: YamlNode) -> str:
    """The host to connect to for a listen address. For all addresses: the broadcast address, or loopback."""
    if _is_any_address(host):
        host = config.at("global", "membership", "broadcastAddress").text
    if _is_any_address(host):
        return _LOOPBACK
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _is_any_address(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return not host


def split(address: str) -> tuple[str, str]:
    """Host and port of `host:port`; either may be empty."""
    host, _, port = address.rpartition(":")
    return host, port
