"""Who asks, as far as the network says, and whether they ask too often."""

from __future__ import annotations

import threading
from ipaddress import IPv4Address, ip_address

from safesend.policies.throttle import Pace, free_at, next_arrival

__all__ = ["Callers", "caller"]

_MOST = 10_000
"""Callers that are remembered, some 2 MB; who has not come for longest is forgotten."""

_TRANSLATED = bytes.fromhex("0064ff9b0000000000000000")
"""64:ff9b::/96, where a machine without IPv4 sees all of it (RFC 6052, section 2.1)."""


def caller(peer: str, forwarded: str, proxies: int) -> str:
    """Who asks: an IPv4 address or the /64 of an IPv6 address; "" where none is told.

    Each proxy adds to X-Forwarded-For whom it heard from: of what stands there, only as
    many from the end are believed as there are proxies.
    """
    chain = [*forwarded.split(","), peer] if proxies else [peer]
    return _network(chain[max(0, len(chain) - 1 - proxies)].strip())


def _network(text: str) -> str:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    if address.packed.startswith(_TRANSLATED):
        return str(IPv4Address(address.packed[12:]))
    # One subscriber has a whole /64 (RFC 6177), and an address for each request.
    return address.packed[:8].hex()


class Callers:
    """How often each of them came lately. For threads; the memory has a bound."""

    def __init__(self, pace: Pace | None) -> None:
        self._pace = pace
        self._arrivals: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, one: str, now: float) -> float:
        """Seconds until they may ask; 0.0: now, and that counts."""
        if self._pace is None:
            return 0.0
        with self._lock:
            before = self._arrivals.pop(one, 0.0)
            arrival = next_arrival(before, self._pace, now)
            self._arrivals[one] = before if arrival is None else arrival
            if len(self._arrivals) > _MOST:
                del self._arrivals[next(iter(self._arrivals))]
        if arrival is None:
            return max(0.001, free_at(before, self._pace, now) - now)
        return 0.0
