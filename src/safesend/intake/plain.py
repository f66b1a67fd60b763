"""A text with one address a line, and nothing else: what other programs export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from safesend.errors import AudienceError
from safesend.intake.book import Book
from safesend.intake.layout import Choice, Layout, Row
from safesend.intake.table import Files, TableAudience, text_table

__all__ = ["read_plain"]

_ONLY = "address"
"""The one column, which has no title that a person would know."""


def read_plain(
    file: Files, *, skip_invalid: bool = False, encoding: str | None = None
) -> TableAudience:
    """The recipients of a file with one address a line. Blank lines are skipped.

    The settings are those of `read_csv`, and so are the errors.
    """
    return text_table(
        file,
        _read,
        address=None,
        key=None,
        skip_invalid=skip_invalid,
        encoding=encoding,
        columns=None,
        attachments=None,
        attachments_dir=None,
    )


def _read(
    text: TextIO, book: Book, _: Choice, encoding: str
) -> tuple[Layout, Iterable[Row]]:
    return Layout(_ONLY, {_ONLY: ""}), _rows(text, book, encoding)


def _rows(text: TextIO, book: Book, encoding: str) -> Iterator[Row]:
    number = 0
    try:
        for number, line in enumerate(text, 1):
            if address := line.removeprefix("\ufeff").strip():
                yield number, {_ONLY: address}
    except UnicodeError:
        raise _undecodable(book, number + 1, encoding) from None


def _undecodable(book: Book, line: int, encoding: str) -> AudienceError:
    return book.fatal(line, "", f"it is not {encoding}; save the file in UTF-8")
