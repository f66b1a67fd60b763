"""The key of a ledger that is being opened: made with it, or found and checked."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from safesend.errors import LedgerKeyError
from safesend.ledger.keyfile import DESTROYED, KeyPlace
from safesend.ledger.place import Kind
from safesend.ledger.vault import can_seal
from safesend.message.identity import CampaignKey

__all__ = ["Lockable", "unlock", "unlock_with"]


class Lockable(Protocol):
    """A database with the table `meta` of a ledger, and the statements for it."""

    @property
    def kind(self) -> Kind:
        """What it is."""

    @property
    def path(self) -> Path | str:
        """Where it lies."""

    @property
    def sql(self) -> Mapping[str, str]:
        """Its statements by name; `lock_meta` keeps others from writing into it."""

    def reading(self) -> AbstractContextManager[Any]:
        """The connection, to read."""

    def writing(self) -> AbstractContextManager[Any]:
        """The connection, in a transaction."""


def unlock(database: Lockable, key_home: Path) -> tuple[bytes, bool]:
    """The key, checked, and whether payloads are encrypted."""
    payload = b"aes-256-gcm" if can_seal() else b"plain"
    facts = {"payload": payload, "tidied": b"0"}
    secret, meta = unlock_with(database, key_home, facts)
    return secret, meta["payload"] == b"aes-256-gcm"


def unlock_with(
    database: Lockable, key_home: Path, facts: Mapping[str, bytes]
) -> tuple[bytes, Mapping[str, bytes]]:
    """The key, checked, and what it says of itself: if it is new, these `facts`."""
    with database.reading() as connection:
        meta = dict(connection.execute(database.sql["meta"]).fetchall())
    if not meta:
        return _introduce(database, key_home, facts)
    return _known_key(database, key_home, meta), meta


def _introduce(
    database: Lockable, key_home: Path, facts: Mapping[str, bytes]
) -> tuple[bytes, Mapping[str, bytes]]:
    with database.writing() as connection:
        connection.execute(database.sql["lock_meta"])
        meta: dict[str, bytes] = dict(
            connection.execute(database.sql["meta"]).fetchall()
        )
        if meta:
            # Another process made the ledger at the same moment.
            return _known_key(database, key_home, meta), meta
        id_ = secrets.token_hex(8)
        place = KeyPlace(database.path, key_home, id_, database.kind)
        secret = place.find() or place.make()
        check = CampaignKey(secret, "").check_value()
        meta = {"id": id_.encode(), "check": check, **facts}
        connection.executemany(database.sql["set_meta"], meta.items())
    return secret, meta


def _known_key(database: Lockable, key_home: Path, meta: Mapping[str, bytes]) -> bytes:
    kind, path = database.kind, database.path
    place = KeyPlace(path, key_home, meta["id"].decode(), kind)
    if (secret := place.find()) is None and DESTROYED in meta:
        raise LedgerKeyError(
            f"the key of the {kind.name} {path} was destroyed when everything in it was"
            f" purged: nothing can be read from it or sent with it. Take a new"
            f" {kind.name}"
        )
    if secret is None:
        raise LedgerKeyError(
            f"the key of the {kind.name} {path} is missing; looked for"
            f" {place.looked_for()}. {place.elsewhere()}Without it nobody could be told"
            f" from {kind.others}"
        )
    if not hmac.compare_digest(CampaignKey(secret, "").check_value(), meta["check"]):
        raise LedgerKeyError(
            f"this is not the key of the {kind.name} {path}; found in"
            f" {place.looked_for()}. {place.elsewhere()}".rstrip()
        )
    return secret
