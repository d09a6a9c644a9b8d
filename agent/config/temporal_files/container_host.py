"""The addresses of a server in a container, as other machines of its network see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address

from agent.config.temporal_files.frontend import split
from agent.config.temporal_files.yaml_tree import YamlNode, with_children


def has_own_address(config: YamlNode) -> bool:
    """Whether the file has the address of its frontend, and not one that only its own machine reaches."""
    host, _ = split(config.at("publicClient", "hostPort").text)
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host not in ("", "localhost")
    return not (address.is_loopback or address.is_unspecified)


def at_host(config: YamlNode, host: str, *, has_address: bool) -> YamlNode:
    """The same configuration, with the name of the container instead of its own addresses.

    `has_address`: keep the address of the frontend.
    """
    name = replace(config, children={}, text=host)
    services: Mapping[str, YamlNode] = {
        service: with_children(
            node,
            {"rpc": with_children(node["rpc"], {"bindOnIP": replace(node.at("rpc", "bindOnIP"), text=host)})},
        )
        for service, node in config["services"].children.items()
    }
    membership = with_children(config.at("global", "membership"), {"broadcastAddress": name})
    whole = {
        **config.children,
        "services": with_children(config["services"], services),
        "global": with_children(config["global"], {"membership": membership}),
    }
    if not has_address:
        whole.pop("publicClient", None)
    return replace(config, children=whole)
