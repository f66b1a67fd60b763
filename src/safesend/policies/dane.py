"""DANE for SMTP (RFC 7672): which TLSA records count, and whether a certificate fits.

End-entity records only (usage 3). Such a record names the server's own key: no
authority, no name and no date of the certificate is looked at (section 3.1.1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import attrs

__all__ = ["Tlsa", "fits", "public_key", "usable"]

_END_ENTITY = 3
_CERTIFICATE, _KEY = 0, 1
_WHOLE, _SHA256, _SHA512 = 0, 1, 2
_OCTETS = {_SHA256: 32, _SHA512: 64}

_LONG, _SEQUENCE, _VERSION = 0x80, 0x30, 0xA0
_SUBJECT_PUBLIC_KEY = 5  # after serial number, signature, issuer, validity, subject


@attrs.frozen
class Tlsa:
    """One record (RFC 6698 section 2.1): what a certificate has to be like."""

    usage: int
    selector: int
    matching: int
    data: bytes

    @property
    def usable(self) -> bool:
        """Whether it says something that is understood here.

        Usages 0 and 1 are for nobody who sends mail (RFC 7672 section 3.1.3); 2, an
        authority of the domain's own, is not supported.
        """
        if self.usage != _END_ENTITY or self.selector not in (_CERTIFICATE, _KEY):
            return False
        if self.matching == _WHOLE:
            return bool(self.data)
        return len(self.data) == _OCTETS.get(self.matching, -1)

    def fits(self, certificate: bytes) -> bool:
        """Whether this is the certificate (DER), or the key in it, that is meant."""
        chosen = public_key(certificate) if self.selector == _KEY else certificate
        if self.matching == _SHA256:
            chosen = hashlib.sha256(chosen).digest()
        elif self.matching == _SHA512:
            chosen = hashlib.sha512(chosen).digest()
        return chosen == self.data


def usable(records: Iterable[Tlsa]) -> tuple[Tlsa, ...]:
    """Those that count; none means that nobody can be recognised by them.

    Of digests of the same thing only the strongest counts (RFC 7671 section 9): a
    weaker one stands there for those who know no better.
    """
    known = [record for record in records if record.usable]
    strongest: dict[int, int] = {}
    for record in known:
        before = strongest.get(record.selector, _WHOLE)
        strongest[record.selector] = max(before, record.matching)
    return tuple(
        record
        for record in known
        if record.matching in (_WHOLE, strongest[record.selector])
    )


def fits(records: Iterable[Tlsa], certificate: bytes | None) -> bool:
    """Whether a server that showed this certificate (DER) is the one that is meant."""
    if certificate is None:
        return False
    try:
        return any(record.fits(certificate) for record in records)
    except ValueError:
        return False


def public_key(certificate: bytes) -> bytes:
    """The SubjectPublicKeyInfo of a certificate (RFC 5280 section 4.1), as it stands.

    Raises ValueError for what is not DER of that shape.
    """
    whole, _ = _sequence(certificate, 0, len(certificate))
    body, end = _sequence(certificate, whole, len(certificate))
    fields = list(_elements(certificate, body, end))
    if fields and certificate[fields[0][0]] == _VERSION:
        del fields[0]
    if len(fields) <= _SUBJECT_PUBLIC_KEY:
        raise ValueError("a certificate without a key")
    start, stop = fields[_SUBJECT_PUBLIC_KEY]
    return certificate[start:stop]


def _elements(der: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Where each element between two places begins and ends."""
    while at < end:
        _, stop = _content(der, at, end)
        yield at, stop
        at = stop


def _sequence(der: bytes, at: int, end: int) -> tuple[int, int]:
    place = _content(der, at, end)
    if der[at] != _SEQUENCE:
        raise ValueError("not a certificate")
    return place


def _content(der: bytes, at: int, end: int) -> tuple[int, int]:
    """Where the content of the element at a place begins and ends (X.690, 8.1.3)."""
    if end - at < 2:  # noqa: PLR2004 - tag and length
        raise ValueError("DER that ends too early")
    length, start = der[at + 1], at + 2
    if length >= _LONG:
        octets = length - _LONG
        length = int.from_bytes(der[start : start + octets], "big")
        start += octets
    if start + length > end:
        raise ValueError("DER that ends too early")
    return start, start + length
