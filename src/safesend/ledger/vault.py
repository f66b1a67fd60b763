"""What waits to be sent, locked: a stolen ledger names nobody."""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
from typing import Protocol

from safesend.errors import LedgerError

__all__ = ["PlainVault", "SealedVault", "Vault", "can_seal", "open_vault"]

_NONCE = 12


class Vault(Protocol):
    """How payloads are kept."""

    def seal(self, rows: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """What to store for each (digest, payload)."""

    def unseal(self, digest: bytes, stored: bytes) -> bytes:
        """The payload of a row."""


class PlainVault:
    """As they are: for want of `cryptography` only the file's permissions help."""

    def seal(self, rows: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """The payloads."""
        return [payload for _, payload in rows]

    def unseal(self, digest: bytes, stored: bytes) -> bytes:  # noqa: ARG002
        """What was stored."""
        return stored


class SealedVault:
    """AES-256-GCM (NIST SP 800-38D) under a key derived from the ledger's.

    The digest is bound in, so that a payload cannot be moved to another row. Nonces
    are random: one key is good for 2^32 rows (section 8.3).
    """

    def __init__(self, secret: bytes) -> None:
        """Raises ImportError without `cryptography`."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.aead import (  # noqa: PLC0415
            AESGCM,
        )

        # One block of HKDF-Expand (RFC 5869 section 2.3): the secret is random already.
        self._cipher = AESGCM(hmac.digest(secret, b"safesend payload\0\x01", "sha256"))
        self._changed = (InvalidTag, ValueError)

    def seal(self, rows: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Nonce, ciphertext and tag of each."""
        encrypt = self._cipher.encrypt
        random = os.urandom(_NONCE * len(rows))
        nonces = (
            random[at : at + _NONCE] for at in range(0, _NONCE * len(rows), _NONCE)
        )
        return [
            nonce + encrypt(nonce, payload, digest)
            for nonce, (digest, payload) in zip(nonces, rows, strict=True)
        ]

    def unseal(self, digest: bytes, stored: bytes) -> bytes:
        """The payload. Raises `LedgerError` when it was tampered with."""
        try:
            return self._cipher.decrypt(stored[:_NONCE], stored[_NONCE:], digest)
        except self._changed as error:
            raise LedgerError(
                "a row of the ledger was changed by another program or is damaged;"
                " nothing of it is sent. Restore the ledger from a copy"
            ) from error


def can_seal() -> bool:
    """Whether `cryptography` is there."""
    try:
        import cryptography.hazmat.primitives.ciphers.aead  # noqa: F401, PLC0415
    except ImportError:
        return False
    return True


def open_vault(secret: bytes, *, sealed: bool) -> Vault:
    """The vault of a ledger. Raises `LedgerError` when what it needs is missing."""
    if not sealed:
        return PlainVault()
    try:
        return SealedVault(secret)
    except ImportError as error:
        raise LedgerError(
            "the rows of this ledger are encrypted, and the package that reads them is"
            " missing: pip install safesend[crypto]"
        ) from error
