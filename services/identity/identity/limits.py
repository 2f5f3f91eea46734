"""Whom an address on the network stands for."""

import ipaddress


def network(address: str | None) -> str:
    """Itself, or for IPv6 the /64 that one connection is given."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
