"""Who and what may be named in every message, because everybody may know of it."""

from __future__ import annotations

from collections.abc import Iterable

from safesend.errors import ConfigurationError
from safesend.message.address import Address

__all__ = ["public", "split"]


def public(value: object) -> tuple[str | Address, ...]:
    """`public=` as it was given, addresses parsed. Raises `ConfigurationError`."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ConfigurationError('public is a list: ["office@example.org"]')
    return tuple(_one(one) for one in value)


def split(given: Iterable[str | Address]) -> tuple[list[Address], list[str]]:
    """The addresses among them, and the phrases."""
    addresses = list[Address]()
    phrases = list[str]()
    for one in given:
        if isinstance(one, Address):
            addresses.append(one)
        else:
            phrases.append(one)
    return addresses, phrases


def _one(value: object) -> str | Address:
    if isinstance(value, str):
        return Address.parse(value, name_allowed=True) if "@" in value else value
    if not isinstance(value, Address):
        kind = type(value).__name__
        raise ConfigurationError(f"public holds addresses and phrases, not a {kind}")
    return value
