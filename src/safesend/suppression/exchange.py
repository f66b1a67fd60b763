"""A list on its way to another machine: JSON Lines of digests, under one key.

The first line says what this is and has the check value of the key: digests that were
made under another key mean nobody.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, TextIO

from safesend.errors import LedgerKeyError
from safesend.intake.book import Book
from safesend.redaction import mask_text
from safesend.suppression.entry import Line, Reason

__all__ = ["MARK", "head", "line_of", "lines_in"]

MARK = "safesend-suppression-list"
"""The key of the first line that no list of people has."""

_VERSION = 1
_DIGEST = 16
_UNFIT = (ValueError, TypeError, KeyError, OverflowError, RecursionError)


def head(check: bytes) -> str:
    """The first line of an export."""
    return json.dumps({MARK: _VERSION, "key": check.hex()})


def line_of(line: Line) -> str:
    """Any other line."""
    return json.dumps({**line._asdict(), "digest": line.digest.hex()})


def lines_in(text: TextIO, book: Book, check: bytes) -> Iterator[Line]:
    """The entries of an export; what is wrong with a line goes into the book.

    Raises `AudienceError` where the file is no export, `LedgerKeyError` where it was
    made under another key.
    """
    _check_head(next(text, "").removeprefix("\ufeff"), book, check)
    for number, written in enumerate(text, 2):
        if not written.strip():
            continue
        try:
            line = _line(json.loads(written))
        except _UNFIT:
            book.reject(number, ("", "it is no line of an exported suppression list"))
        else:
            yield line


def _check_head(first: str, book: Book, check: bytes) -> None:
    try:
        found = json.loads(first)
        version, key = found[MARK], found["key"]
    except _UNFIT:
        reason = "it is no exported suppression list"
        raise book.fatal(1, "", reason) from None
    if version != _VERSION:
        reason = "it was exported by a newer safesend; update this one"
        raise book.fatal(1, "", reason)
    if key != check.hex():
        raise LedgerKeyError(
            f"{book.file}: it was exported under another key, so its digests mean"
            " nobody here; give both lists the same key, in SAFESEND_KEY, when they"
            " are made"
        )


def _line(found: dict[str, Any]) -> Line:
    digest, domain = bytes.fromhex(found["digest"]), found["domain"]
    if len(digest) != _DIGEST or not isinstance(domain, bool):
        raise ValueError
    source, expires = found["source"], found["expires"]
    if not isinstance(source, str):
        raise TypeError
    source = mask_text(source)
    source.encode()  # a text that is no Unicode is none
    return Line(
        digest,
        domain,
        Reason(found["reason"]).value,
        source,
        _date(found["since"]),
        None if expires is None else _date(expires),
    )


def _date(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    date = float(value)
    if not math.isfinite(date):
        raise ValueError
    return date
