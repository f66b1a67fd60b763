"""The key of a ledger that is being opened: made with it, or found and checked."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safesend.errors import LedgerKeyError
from safesend.ledger.database import SQL, Database
from safesend.ledger.keyfile import DESTROYED, KeyPlace
from safesend.ledger.vault import can_seal
from safesend.message.identity import CampaignKey

__all__ = ["unlock"]


def unlock(database: Database, key_home: Path) -> tuple[bytes, bool]:
    """The key, checked, and whether payloads are encrypted."""
    with database.reading() as connection:
        meta = dict(connection.execute(SQL["meta"]).fetchall())
    if not meta:
        return _introduce(database, key_home)
    return _known_key(database.path, key_home, meta), meta["payload"] == b"aes-256-gcm"


def _introduce(database: Database, key_home: Path) -> tuple[bytes, bool]:
    sealed = can_seal()
    with database.writing() as connection:
        meta: dict[str, Any] = dict(connection.execute(SQL["meta"]).fetchall())
        if meta:
            # Another process made the ledger at the same moment.
            sealed = meta["payload"] == b"aes-256-gcm"
            return _known_key(database.path, key_home, meta), sealed
        place = KeyPlace(database.path, key_home, secrets.token_hex(8))
        secret = place.find() or place.make()
        facts = [
            ("id", place.id.encode()),
            ("check", CampaignKey(secret, "").check_value()),
            ("payload", b"aes-256-gcm" if sealed else b"plain"),
            ("tidied", b"0"),
        ]
        connection.executemany(SQL["set_meta"], facts)
    return secret, sealed


def _known_key(path: Path, key_home: Path, meta: Mapping[str, bytes]) -> bytes:
    place = KeyPlace(path, key_home, meta["id"].decode())
    if (secret := place.find()) is None and DESTROYED in meta:
        raise LedgerKeyError(
            f"the key of the ledger {path} was destroyed when everything in it was"
            " purged: nothing can be read from it or sent with it. Take a new ledger"
        )
    if secret is None:
        raise LedgerKeyError(
            f"the key of the ledger {path} is missing; looked for {place.looked_for()}."
            " Without it nobody could be told from those who have the message already"
        )
    if not hmac.compare_digest(CampaignKey(secret, "").check_value(), meta["check"]):
        raise LedgerKeyError(
            f"this is not the key of the ledger {path}; found in {place.looked_for()}"
        )
    return secret
