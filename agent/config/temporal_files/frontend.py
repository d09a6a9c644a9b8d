"""The addresses of a Temporal server, from its own configuration: the frontend and the metrics.

Source: temporalio/temporal, common/config/config.go (`RPC`, `PublicClient`, `RootTLS`) and
common/metrics/config.go at v1.31.2; for metrics of each service, common/service/config at v1.0.0.
"""

from __future__ import annotations

from ipaddress import ip_address

from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.yaml_tree import YamlNode

_LOOPBACK = "127.0.0.1"
_AT = ("temporal", "tls")


def read_frontend(imported: ImportedSettings, config: YamlNode) -> None:
    """Address, HTTP address and TLS of the frontend."""
    rpc, public = config.at("services", "frontend", "rpc"), config.at("publicClient", "hostPort")
    bound = _bound(config, rpc)
    host, port = split(public.text.removeprefix("dns:///"))
    if host and port:
        host = _reachable(host, config)
        imported.put(("temporal", "frontend"), f"{host}:{port}", public)
    elif rpc["grpcPort"].number:
        host = bound
        imported.put(("temporal", "frontend"), f"{bound}:{rpc['grpcPort'].number}", rpc["grpcPort"])
    else:
        imported.report_missing(rpc["grpcPort"], "is missing", ("temporal", "frontend"))
    read_frontend_tls(imported, config.at("global", "tls", "frontend"))
    http, public_http = rpc["httpPort"], config.at("publicClient", "httpHostPort")
    scheme = "https" if "tls" in imported.values.get("temporal", {}) else "http"
    if public_http.text:
        name, port = split(public_http.text)
        imported.put(("temporal", "http"), f"{scheme}://{_reachable(name, config)}:{port}", public_http)
    elif http.number:
        # A port that listens on all addresses has the same host name as the gRPC port.
        name = host if _is_any_address(rpc["bindOnIP"].text) and host else bound
        imported.put(("temporal", "http"), f"{scheme}://{name}:{http.number}", http)


def read_frontend_tls(imported: ImportedSettings, frontend: YamlNode) -> None:
    """The TLS settings for clients of the frontend, from those of the server's own workers."""
    server, client = frontend["server"], frontend["client"]
    if not (server["certFile"].text or server["certData"].text):
        return
    imported.put(_AT, {}, server)
    authorities = [item for item in client["rootCaFiles"].items if item.text]
    if len(authorities) == 1:
        imported.path((*_AT, "ca_file"), authorities[0])
    elif authorities:
        what = "lists several files; the agent needs one file with all certificates"
        imported.report_missing(client["rootCaFiles"], what, (*_AT, "ca_file"))
    if any(item.text for item in client["rootCaData"].items):
        what = "contains certificates; the agent needs a file"
        imported.report_missing(client["rootCaData"], what, (*_AT, "ca_file"))
    imported.text((*_AT, "server_name"), client["serverName"])
    if server["requireClientAuth"].flag:
        what = "requires client certificates, so the agent needs its own"
        imported.report_missing(server["requireClientAuth"], what, (*_AT, "cert_file"))


def read_metrics(imported: ImportedSettings, config: YamlNode) -> None:
    """The metrics addresses of the process, or of each service, if Prometheus can scrape them."""
    own = config.at("global", "metrics", "prometheus")
    if own["listenAddress"].text:
        address = _metrics(config, own)
        imported.put(("temporal", "metrics"), ({"url": address},), own["listenAddress"])
        return
    targets: dict[str, str] = {}
    for service, settings in config["services"].children.items():
        prometheus = settings.at("metrics", "prometheus")
        if prometheus["listenAddress"].text:
            targets.setdefault(_metrics(config, prometheus), service)
    if targets:
        listed = tuple({"name": service, "url": url} for url, service in targets.items())
        imported.put(("temporal", "metrics"), listed, config["services"])


def _metrics(config: YamlNode, prometheus: YamlNode) -> str:
    host, port = split(prometheus["listenAddress"].text)
    path = prometheus["handlerPath"].text or "/metrics"
    return f"http://{_reachable(host, config)}:{port}{path}"


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
