"""What is remembered of a mailing; see `safesend.ledger.base` for what it promises."""

from __future__ import annotations

import os
from pathlib import Path

from safesend.errors import ConfigurationError
from safesend.ledger.base import Ledger
from safesend.ledger.postgres.address import is_address, parse_address

__all__ = ["Ledger", "open_ledger"]


def open_ledger(
    location: str | os.PathLike[str], *, key_home: str | os.PathLike[str] | None = None
) -> Ledger:
    """The ledger at a path (made if it is not there), or ":memory:" for a fleeting one.

    Or the one of several machines: postgresql://user@host/database?schema=name. Needs
    `safesend[postgres]`.

    `key_home` is the folder of key files, by default `safesend/keys` in the user's data
    folder; a key in the variable SAFESEND_KEY goes before.

    Raises `ConfigurationError`, `LedgerError`, `LedgerKeyError`, `LedgerBusy`.
    """
    text = os.fspath(location)
    if text == ":memory:":
        from safesend.ledger.memory import MemoryLedger  # noqa: PLC0415

        return MemoryLedger()
    from safesend.ledger.keyfile import default_key_home  # noqa: PLC0415

    home = default_key_home() if key_home is None else Path(key_home).absolute()
    if is_address(text):
        address = parse_address(text)
        from safesend.ledger.postgres.ledger import PostgresLedger  # noqa: PLC0415

        return PostgresLedger(address, home)
    _refuse_what_is_no_path(text)
    from safesend.ledger.sqlite import SqliteLedger  # noqa: PLC0415

    return SqliteLedger(Path(text).absolute(), home)


def _refuse_what_is_no_path(text: str) -> None:
    if text.startswith(("postgresql:/", "postgres:/")):
        raise ConfigurationError(
            "a URL is given as a text, not as a Path, which takes a slash out of it"
        )
    if not text or "://" in text or "\0" in text:
        raise ConfigurationError(
            "the ledger is the path of a file, postgresql://user@host/database, or"
            " ':memory:' for one that is forgotten"
        )
