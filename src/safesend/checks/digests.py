"""Addresses as digests: how links and ids name somebody without an address.

An unsalted digest hides nobody: whoever has a list of addresses has their digests.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator

from safesend.message.address import Address

__all__ = ["digest_runs", "digests_of"]

_HEX = re.compile(
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{32}(?:[0-9A-Fa-f]{8}(?:[0-9A-Fa-f]{24})?)?"
    r"(?![0-9A-Fa-f])"
)
# 16, 20 and 32 octets are 22, 27 and 43 characters (RFC 4648). The alphabet for URLs
# is searched by itself: there a slash or a plus sign stands beside the run.
_BASE64 = (
    re.compile(r"(?<![A-Za-z0-9+/])(?>[A-Za-z0-9+/]{22,44})(?![A-Za-z0-9+/])"),
    re.compile(r"(?<![A-Za-z0-9_-])(?>[A-Za-z0-9_-]{22,44})(?![A-Za-z0-9_-])"),
)
_SIZES = {22: 16, 27: 20, 43: 32}


def digests_of(address: Address) -> tuple[str, ...]:
    """MD5, SHA-1 and SHA-256 of the address in hex, as written and in lower case."""
    found = []
    for text in dict.fromkeys((address.wire, address.wire.lower())):
        octets = text.encode("utf-8", "replace")
        found += [
            hashlib.md5(octets, usedforsecurity=False).hexdigest(),
            hashlib.sha1(octets, usedforsecurity=False).hexdigest(),
            hashlib.sha256(octets).hexdigest(),
        ]
    return tuple(found)


def digest_runs(text: str) -> Iterator[tuple[str, int]]:
    """Whatever may be such a digest, as lower-case hex, and where it stands.

    Takes hex, base64 and base64url, with padding or without. Most runs are something
    else: look them up.
    """
    for hit in _HEX.finditer(text):
        yield hit[0].lower(), hit.start()
    seen = set()
    for pattern in _BASE64:
        for hit in pattern.finditer(text):
            size = _SIZES.get(len(hit[0]))
            if size and hit.span() not in seen:
                seen.add(hit.span())
                yield _octets(hit[0])[:size].hex(), hit.start()


def _octets(run: str) -> bytes:
    return base64.urlsafe_b64decode(run.translate(_FOR_URLS) + "=" * (-len(run) % 4))


_FOR_URLS = {ord("+"): "-", ord("/"): "_"}
