"""TLS of the frontend, from what the server's own workers use for it.

Source: temporalio/temporal@v1.31.2: common/config/config.go (`RootTLS`) and
common/rpc/encryption/local_store_tls_provider.go (`GetFrontendClientConfig`, `isSystemWorker`).
"""

from __future__ import annotations

from agent.config.temporal_files.import_result import MASK, ImportedSettings
from agent.config.temporal_files.yaml_tree import YamlNode

_AT = ("temporal", "tls")


def read_frontend_tls(imported: ImportedSettings, tls: YamlNode, forced: str = "") -> None:
    """The TLS settings for clients of the frontend. `forced`: `publicClient.forceTLSConfig`."""
    worker = tls["systemWorker"]
    group = tls["internode" if forced == "internode" else "frontend"]
    server = group["server"]
    is_worker = bool(worker["certFile"].text or worker["certData"].text or _uses_tls(worker["client"]))
    client = worker["client"] if is_worker else group["client"]
    if not (_has_certificate(server) or is_worker or _uses_tls(client)):
        return
    imported.put(_AT, {}, server if server.is_there else client)
    _authorities(imported, client)
    name = _server_name(imported, group, client)
    required = group.at("hostOverrides", name, "requireClientAuth")
    if not required.is_there:
        required = server["requireClientAuth"]
    if required.flag:
        what = "requires client certificates, so the agent needs its own"
        if worker["certFile"].text and worker["keyFile"].text:
            what += (
                f" (such as {worker['certFile'].text} and {worker['keyFile'].text} of the server's workers)"
            )
        imported.report_missing(required, what, (*_AT, "cert_file"))


def _has_certificate(server: YamlNode) -> bool:
    # `render-config` masks a key that is empty, too.
    return any(server[key].text not in ("", MASK) for key in ("certFile", "certData", "keyFile", "keyData"))


def _uses_tls(client: YamlNode) -> bool:
    roots = (*client["rootCaFiles"].items, *client["rootCaData"].items)
    return client["forceTLS"].flag or any(root.text for root in roots)


def _authorities(imported: ImportedSettings, client: YamlNode) -> None:
    authorities = [item for item in client["rootCaFiles"].items if item.text]
    if len({item.text for item in authorities}) == 1:
        imported.path((*_AT, "ca_file"), authorities[0])
    elif authorities:
        what = "lists several files; the agent needs one file with all certificates"
        imported.report_missing(client["rootCaFiles"], what, (*_AT, "ca_file"))
    if any(item.text for item in client["rootCaData"].items):
        what = "contains certificates; the agent needs a file"
        imported.report_missing(client["rootCaData"], what, (*_AT, "ca_file"))


def _server_name(imported: ImportedSettings, group: YamlNode, client: YamlNode) -> str:
    """The name for which the frontend presents its certificate; '' if it is that of the address."""
    overrides = group["hostOverrides"].children
    if client["serverName"].text:
        imported.text((*_AT, "server_name"), client["serverName"])
        return client["serverName"].text
    host = str(imported.values.get("temporal", {}).get("frontend", "")).rpartition(":")[0]
    if host in overrides or len(overrides) != 1 or _has_certificate(group["server"]):
        return host
    # The only certificate is that of this name.
    (name,) = overrides
    imported.put((*_AT, "server_name"), name, group["hostOverrides"])
    return name
