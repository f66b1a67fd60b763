"""The values of a database as text, the same from wherever they come.

Text stays as it is, and NULL is an empty text. A number has all its digits and no
exponent, a date is that of ISO 8601, true and false are these words. What has no text
of its own (octets, lists, spans of time) is refused: the query may make one of it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from safesend.intake.book import Book
from safesend.intake.layout import Choice, Layout, Row, layout_of
from safesend.intake.names import identifier
from safesend.message.values import UnfitValue, Value
from safesend.redaction import mask_text

__all__ = ["LARGEST", "cell_text", "is_clean", "layout_of_titles", "rows_of"]

LARGEST = 1 << 20
"""Characters of one cell. What is longer is no part of a letter."""
_DIGITS = 1_000
"""Zeros that a number is written with before it is taken for a mistake."""


def cell_text(value: object) -> str:
    """The text of a value. Raises `UnfitValue`, which never says what it was."""
    text = value if isinstance(value, str) else _text(value)
    if len(text) > LARGEST:
        raise UnfitValue(f"is longer than {LARGEST:,} characters")
    if "\0" in text:
        raise UnfitValue("holds a NUL")
    if not is_clean(text):
        raise UnfitValue("holds text that is no UTF-8")
    return text


def is_clean(text: str) -> bool:
    """Whether the text has no NUL, and no octets that the encoding does not have."""
    if text.isascii():
        return "\0" not in text
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def layout_of_titles(book: Book, choice: Choice, titles: list[str]) -> Layout:
    """The layout of what has no line of titles, but named columns.

    Raises `AudienceError`.
    """
    for place, title in enumerate(titles, 1):
        # A name that is somebody's data is not shown.
        if mask_text(title) != title or not is_clean(title):
            reason = f"the name of column {place} holds an address, or is no text"
            raise book.fatal(0, "", reason)
        if not identifier(title):
            reason = f"column {place} has no name; give it one, in SQL with AS"
            raise book.fatal(0, "", reason)
    return layout_of(book, choice, 0, titles)


def rows_of(
    book: Book, titles: Sequence[str], rows: Iterable[tuple[int, Sequence[object]]]
) -> Iterator[Row]:
    """Rows of values as rows of texts; those that cannot be are booked."""
    names = [identifier(title) for title in titles]
    for number, values in rows:
        fields: dict[str, Value] = {}
        findings: list[tuple[str, str]] = []
        for name, title, value in zip(names, titles, values, strict=True):
            try:
                fields[name] = cell_text(value)
            except UnfitValue as error:
                findings.append((title, f"it {error}"))
        if findings:
            book.reject(number, *findings)
        else:
            yield number, fields


def _text(value: object) -> str:
    for kinds, made in _MAKERS:
        if isinstance(value, kinds):
            return made(value)
    if isinstance(value, bytes | bytearray | memoryview):
        raise UnfitValue("holds octets, which are no text")
    kind = type(value).__name__
    raise UnfitValue(f"holds a {kind}; make text, a number or a date of it")


def _whole(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # longer than Python writes them
        raise UnfitValue("holds a number that is too long") from None


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise UnfitValue("holds no number (NaN, Infinity)")
    if abs(value.adjusted()) > _DIGITS:
        raise UnfitValue("holds a number that is too long")
    return format(value, "f")


_MAKERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (type(None), lambda _: ""),
    (bool, lambda value: "true" if value else "false"),
    (int, _whole),
    (float, lambda value: _decimal(Decimal(repr(value))).removesuffix(".0")),
    (Decimal, _decimal),
    (dt.datetime, lambda value: value.isoformat(" ")),
    ((dt.date, dt.time), lambda value: value.isoformat()),
    (uuid.UUID, str),
)
"""Whose text is made how; the first that fits, as true is an int to Python."""
