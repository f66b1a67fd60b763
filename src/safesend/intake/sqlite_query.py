"""A query to a SQLite file, which is opened to be read only."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safesend.intake.answers import Answer, QueryFailed, titles_of
from safesend.intake.cells import LARGEST
from safesend.redaction import mask_text

__all__ = ["asked"]

_ALLOWED = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }
)
_STEPS = 100_000
"""Of SQLite's machine, from one look for Ctrl-C to the next: some milliseconds."""
_OCTETS = 4
"""At most, of one character in UTF-8 (RFC 3629)."""


@contextmanager
def asked(path: Path, sql: str, parameters: Any) -> Iterator[Answer]:
    """The answer. Raises `QueryFailed`."""
    if not path.is_file():
        raise QueryFailed(f"there is no file {path}")
    try:
        with contextlib.closing(_opened(path)) as line:
            cursor = line.execute(sql, () if parameters is None else parameters)
            yield titles_of(cursor), cursor
    except (sqlite3.Error, sqlite3.Warning) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from None  # nothing else interrupts it
        raise QueryFailed(f"SQLite says: {mask_text(str(error))}") from None


def _opened(path: Path) -> sqlite3.Connection:
    line = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
    line.text_factory = _text
    # A value of a gigabyte is refused by SQLite, before it is here.
    line.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _OCTETS * LARGEST)
    line.set_authorizer(_may)
    line.set_progress_handler(_heard, _STEPS)
    return line


def _text(octets: bytes) -> str:
    """Octets that are no UTF-8 come as lone surrogates (PEP 383)."""
    return octets.decode(errors="surrogateescape")


def _heard() -> int:
    """Python hears Ctrl-C before it calls this, and not within SQLite."""
    return 0


def _may(action: int, *_: object) -> int:
    """No statement but one that reads, of this very file."""
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
