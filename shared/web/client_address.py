"""Who is at the other end: the address that limits are counted by."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

__all__ = ["Network", "client_address"]

Network = IPv4Network | IPv6Network

_IPV6_SITE_BITS = 64
"""One household has a whole /64 (RFC 6177): counting single addresses would count nothing."""


def client_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """The client's network address: IPv4 whole, IPv6 by its /64.

    `forwarded_for` (X-Forwarded-For) is believed only as far as `trusted` proxies wrote it: read from the right, the first address
    that is no trusted proxy is the client, and what stands left of it may be anybody's invention.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    client = _address(peer)
    while client is not None and hops and _is_trusted(client, trusted):
        before = _address(hops.pop())
        if before is None:
            break
        client = before
    return _network(client) if client else peer


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: IPv4Address | IPv6Address, trusted: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in trusted)


def _network(address: IPv4Address | IPv6Address) -> str:
    if address.version == 4:  # noqa: PLR2004 — IP versions
        return str(address)
    return str(IPv6Network((address, _IPV6_SITE_BITS), strict=False))
