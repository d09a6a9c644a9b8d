"""What the server refuses of its services: addresses and ports.

Source: common/rpc.go and common/membership/ringpop/factory.go at v1.31.2, common/rpc/rpc.go at v1.0.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from agent.config.fields import MAX_PORT
from agent.config.temporal_files.validation.violation import Violation, absent, number
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.file_rules import FileRule

#: Every server file that was rendered for a whole server has these.
SERVICES = ("frontend", "history", "matching", "worker")
_PORTS = ("grpcPort", "membershipPort", "httpPort")
#: `cluster_membership.rpc_port` is a SMALLINT: schema/postgresql/v12/temporal/schema.sql at v1.31.2.
_LAST_SMALLINT = 32767


def service_violations(config: YamlNode) -> Iterator[Violation]:
    """Addresses and ports of each service, and ports that two services share."""
    broadcast = config.at("global", "membership", "broadcastAddress")
    if broadcast.text and not is_ip(broadcast.text):
        yield _not_ip(FileRule.BROADCAST_ADDRESS, broadcast)
    services = config["services"]
    for name in SERVICES:
        if not services[name].is_there:
            yield absent(FileRule.SERVICE_MISSING, services[name])
    is_sql = config.at("persistence", "datastores", config.at("persistence", "defaultStore").text)["sql"]
    small = is_sql.is_there and is_sql["pluginName"].text != "sqlite"
    for service in services.children.values():
        yield from _service(service["rpc"], small=small)
    yield from _shared(config)


def _service(rpc: YamlNode, *, small: bool) -> Iterator[Violation]:
    ip = rpc["bindOnIP"]
    if ip.text and not is_ip(ip.text):
        yield _not_ip(FileRule.BIND_ADDRESS, ip)
    elif ip.text and rpc["bindOnLocalHost"].flag:
        yield Violation(FileRule.BIND_ADDRESS, ip, "and bindOnLocalHost are both set")
    membership = rpc["membershipPort"]
    if small and not number(membership):
        yield absent(FileRule.MEMBERSHIP_PORT, membership)
    if small and _LAST_SMALLINT < (number(membership) or 0) <= MAX_PORT:
        what = f"is {membership.text[:20]}, above {_LAST_SMALLINT}, which the column rpc_port cannot hold"
        yield Violation(FileRule.MEMBERSHIP_PORT, membership, what)
    seen: dict[int, str] = {}
    for key in _PORTS:
        port = number(rpc[key])
        if port is None or port == 0:
            continue
        if not 0 < port <= MAX_PORT:
            yield Violation(FileRule.PORT_INVALID, rpc[key], f"is {port}, which is not a port")
        elif port in seen:
            rule = FileRule.PORT_TWICE if key != "httpPort" else FileRule.HTTP_PORT_TWICE
            yield Violation(rule, rpc[key], f"is {port}, as {seen[port]} of the same service")
        seen[port] = key


def _shared(config: YamlNode) -> Iterator[Violation]:
    """Ports of two services on one address: a conflict where both run in one process or on one machine."""
    seen: dict[tuple[str, int], str] = {}
    for name, service in config["services"].children.items():
        rpc = service["rpc"]
        host = "127.0.0.1" if rpc["bindOnLocalHost"].flag else rpc["bindOnIP"].text
        for key in ("grpcPort", "membershipPort"):
            port = number(rpc[key]) or 0
            if port and seen.get((host, port), name) != name:
                what = f"is {port}, as of the service {seen[host, port]}"
                yield Violation(FileRule.PORT_SHARED, rpc[key], what)
            seen.setdefault((host, port), name)
    listen = config.at("global", "metrics", "prometheus", "listenAddress")
    address, _, digits = listen.text.rpartition(":")
    if digits.isdecimal() and (address, int(digits)) in seen:
        what = f"has the port {digits}, as the service {seen[address, int(digits)]}"
        yield Violation(FileRule.PORT_SHARED, listen, what)
    pprof = config.at("global", "pprof", "port")
    if number(pprof) and number(pprof) in {used for _, used in seen}:
        yield Violation(FileRule.PPROF_PORT_SHARED, pprof, f"is {pprof.text[:20]}, as of a service")


def _not_ip(rule: FileRule, node: YamlNode) -> Violation:
    return Violation(rule, node, f"is '{node.text[:60]}', which is not an IP address")


def is_ip(text: str) -> bool:
    """Whether the text is one IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
