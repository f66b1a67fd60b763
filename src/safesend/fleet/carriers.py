"""From the ways that a ledger names to the carrier that goes them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from safesend.engine.content import Way
from safesend.errors import ConfigurationError
from safesend.fleet.secrets import Secrets
from safesend.transports import failover, open_transport, weighted
from safesend.transports.base import Transport

__all__ = ["carrier_of"]


def carrier_of(
    ways: Sequence[Way], via: Transport | str | None, secrets: Secrets
) -> Transport:
    """The carrier: `via`, or the campaign's own. Raises `ConfigurationError`."""
    if via is not None and not isinstance(via, str):
        return via
    ways = ways if via is None else [Way(url=via)]
    if not ways:
        raise ConfigurationError(
            "the campaign names no carrier; name one: --via smtp://mail.example.org:587"
        )
    only = sum(urlsplit(way.url).username is not None for way in ways) == 1
    opened = [
        open_transport(way.url, password=secrets.password_of(way, only=only))
        for way in ways
    ]
    shares = [way.weight for way in ways if way.weight is not None]
    if len(opened) == 1:
        return opened[0]
    if not shares:
        return failover(*opened)
    return weighted(dict(zip(opened, shares, strict=True)))
