"""Which addresses count as one client for the limits."""

from __future__ import annotations

import ipaddress

#: A network of this size is one client: every IPv6 host can use all addresses of such a network.
_IPV6_PREFIX = 64


def client_network(address: str) -> str:
    """The client of an address: an IPv4 address, or the /64 network of an IPv6 address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _IPV6_PREFIX), strict=False))
