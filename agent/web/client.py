"""Which addresses count as one client, where clients are limited."""

from __future__ import annotations

import ipaddress

#: A network of this size is one client: whoever has an IPv6 address has as many as that.
_IPV6_PREFIX = 64


def client_network(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 of an IPv6 address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _IPV6_PREFIX), strict=False))
