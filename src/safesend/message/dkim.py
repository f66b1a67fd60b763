"""Dkim: whose name a message is signed with, and the key (RFC 6376)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from safesend.errors import AddressError, ConfigurationError
from safesend.message.address import Address
from safesend.message.dkim_key import ADVISED_BITS, SigningKey, read_key
from safesend.redaction import Secret

__all__ = ["Dkim", "signatures"]

# RFC 6376 section 3.1: labels of a domain name, set apart by dots.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LONGEST_NAME = 253  # RFC 1035 section 2.3.4, without the root


@attrs.frozen(init=False, eq=False)
class Dkim:
    """One signature for every message: `Dkim("example.org", "s2026", "dkim.pem")`.

    `domain` answers for the mail (the tag d=) and should be that of the sender, or one
    above it, for DMARC to count it. `selector` is the name under which the public key
    is published. `key` is the path of a PEM file, or its octets, or a `Secret` that
    holds them: RSA from 1024 bits on (2048 are advised), or Ed25519. `password` opens
    a key that is locked.

    Raises `ConfigurationError` for what is no such name or key.
    """

    domain: str
    selector: str
    key: SigningKey = attrs.field(repr=False)

    def __init__(
        self,
        domain: str,
        selector: str,
        key: str | Path | bytes | Secret | SigningKey,
        *,
        password: str | bytes | Secret | None = None,
    ) -> None:
        found = _domain(domain)
        read = key if isinstance(key, SigningKey) else read_key(key, password)
        self.__attrs_init__(found, _selector(selector, found), read)

    @property
    def algorithm(self) -> str:
        """The tag a=: "rsa-sha256" or "ed25519-sha256"."""
        return self.key.algorithm

    @property
    def name(self) -> str:
        """Where DNS has the public key."""
        return _name(self.selector, self.domain)

    @property
    def record(self) -> str:
        """The TXT record to publish there (RFC 6376 section 3.6.1)."""
        public = binascii.b2a_base64(self.key.public, newline=False).decode()
        return f"v=DKIM1; k={self.key.kind}; p={public}"

    @property
    def advice(self) -> str:
        """What should be better about it; "" where nothing should."""
        if self.key.kind == "rsa" and self.key.bits < ADVISED_BITS:
            return (
                f"the DKIM key {self.selector} of {self.domain} has {self.key.bits}"
                f" bits; {ADVISED_BITS} are advised"
            )
        return ""

    def counts_for(self, sender: str) -> bool:
        """Whether its domain is that of a sender, or one above or below it.

        DMARC counts no other (RFC 9989); whether it counts all of these, the policy of
        the sender's domain says.
        """
        own = self.domain
        return own == sender or sender.endswith(f".{own}") or own.endswith(f".{sender}")


def _domain(text: str) -> str:
    try:
        found = Address.parse(f"x@{text}").domain
    except AddressError:
        found = ""
    if not found or found.startswith("["):
        raise ConfigurationError(
            f"Dkim: {text!r} is no domain name; give the one that signs, for example"
            " example.org"
        )
    return found


def _name(selector: str, domain: str) -> str:
    return f"{selector}._domainkey.{domain}"


def _selector(text: Any, domain: str) -> str:
    found = text.lower() if isinstance(text, str) else ""
    if not _SELECTOR.fullmatch(found):
        raise ConfigurationError(
            f"Dkim: {text!r} is no selector: letters, digits and hyphens, for example"
            " s2026"
        )
    if len(_name(found, domain)) > _LONGEST_NAME:
        raise ConfigurationError("Dkim: selector and domain are too long for DNS")
    return found


def signatures(given: Any) -> tuple[Dkim, ...]:
    """`dkim=` as it was given; each signature has a name of its own."""
    if given is None or isinstance(given, Dkim):
        return () if given is None else (given,)
    found = tuple(given) if isinstance(given, Iterable) else (given,)
    if not all(isinstance(one, Dkim) for one in found):
        raise ConfigurationError("dkim= is a Dkim(domain, selector, key), or a list")
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(
                f"two DKIM keys share the name {name}; give each a selector of its own"
            )
    return found
