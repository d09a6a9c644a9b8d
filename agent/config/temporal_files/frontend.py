"""How to ask a Temporal server: its frontend, and its metrics, as its own configuration names them.

Source: temporalio/temporal, common/config/config.go (`RPC`, `PublicClient`, `RootTLS`) and
common/metrics/config.go at v1.31.2; for metrics of each service, common/service/config at v1.0.0.
"""

from __future__ import annotations

from ipaddress import ip_address

from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.yaml_tree import YamlNode

_HERE = "127.0.0.1"
_AT = ("temporal", "tls")


def read_frontend(reading: ImportedSettings, config: YamlNode) -> None:
    """Address, HTTP address and TLS of the frontend."""
    rpc, public = config.at("services", "frontend", "rpc"), config.at("publicClient", "hostPort")
    bound = _bound(config, rpc)
    host, port = split(public.text.removeprefix("dns:///"))
    if host and port:
        host = _somewhere(host, config)
        reading.put(("temporal", "frontend"), f"{host}:{port}", public)
    elif rpc["grpcPort"].number:
        host = bound
        reading.put(("temporal", "frontend"), f"{bound}:{rpc['grpcPort'].number}", rpc["grpcPort"])
    else:
        reading.lack(rpc["grpcPort"], "is missing", ("temporal", "frontend"))
    read_frontend_tls(reading, config.at("global", "tls", "frontend"))
    http, public_http = rpc["httpPort"], config.at("publicClient", "httpHostPort")
    scheme = "https" if "tls" in reading.values.get("temporal", {}) else "http"
    if public_http.text:
        name, port = split(public_http.text)
        reading.put(("temporal", "http"), f"{scheme}://{_somewhere(name, config)}:{port}", public_http)
    elif http.number:
        # What listens on all addresses is behind the same name as the gRPC port.
        name = host if _is_everywhere(rpc["bindOnIP"].text) and host else bound
        reading.put(("temporal", "http"), f"{scheme}://{name}:{http.number}", http)


def read_frontend_tls(reading: ImportedSettings, frontend: YamlNode) -> None:
    """How a client of the frontend speaks TLS, by what the server's own workers are told."""
    server, client = frontend["server"], frontend["client"]
    if not (server["certFile"].text or server["certData"].text):
        return
    reading.put(_AT, {}, server)
    authorities = [item for item in client["rootCaFiles"].items if item.text]
    if len(authorities) == 1:
        reading.path((*_AT, "ca_file"), authorities[0])
    elif authorities:
        what = "names several files; the agent wants one that has all"
        reading.lack(client["rootCaFiles"], what, (*_AT, "ca_file"))
    if any(item.text for item in client["rootCaData"].items):
        what = "holds certificates; the agent wants a file"
        reading.lack(client["rootCaData"], what, (*_AT, "ca_file"))
    reading.text((*_AT, "server_name"), client["serverName"])
    if server["requireClientAuth"].flag:
        what = "wants a certificate of every client, so the agent needs one of its own"
        reading.lack(server["requireClientAuth"], what, (*_AT, "cert_file"))


def read_metrics(reading: ImportedSettings, config: YamlNode) -> None:
    """The metrics of the process, or of each service, where Prometheus can scrape them."""
    own = config.at("global", "metrics", "prometheus")
    if own["listenAddress"].text:
        address = _metrics(config, own)
        reading.put(("temporal", "metrics"), ({"url": address},), own["listenAddress"])
        return
    targets: dict[str, str] = {}
    for service, settings in config["services"].children.items():
        prometheus = settings.at("metrics", "prometheus")
        if prometheus["listenAddress"].text:
            targets.setdefault(_metrics(config, prometheus), service)
    if targets:
        found = tuple({"name": service, "url": url} for url, service in targets.items())
        reading.put(("temporal", "metrics"), found, config["services"])


def _metrics(config: YamlNode, prometheus: YamlNode) -> str:
    host, port = split(prometheus["listenAddress"].text)
    path = prometheus["handlerPath"].text or "/metrics"
    return f"http://{_somewhere(host, config)}:{port}{path}"


def _bound(config: YamlNode, rpc: YamlNode) -> str:
    if rpc["bindOnLocalHost"].flag:
        return _HERE
    return _somewhere(rpc["bindOnIP"].text, config)


def _somewhere(host: str, config: YamlNode) -> str:
    """Where to reach what listens on this: `all addresses` are the one told to others, or this machine's."""
    if _is_everywhere(host):
        host = config.at("global", "membership", "broadcastAddress").text
    if _is_everywhere(host):
        return _HERE
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _is_everywhere(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return not host


def split(address: str) -> tuple[str, str]:
    """Host and port of `host:port`; either may be empty."""
    host, _, port = address.rpartition(":")
    return host, port
