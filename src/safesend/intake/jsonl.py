"""JSON Lines: one object a line, which may hold numbers, lists and objects."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, TextIO

import attrs

from safesend.intake.book import Book
from safesend.intake.layout import Choice, Layout, Row
from safesend.intake.names import address_columns, identifier
from safesend.intake.table import Files, TableAudience, text_table
from safesend.message.values import UnfitValue, Value, frozen_value
from safesend.redaction import mask_text

__all__ = ["read_jsonl"]

_REMEMBERED = 10_000
"""Keys; a list in which none comes twice must not fill the memory."""


def read_jsonl(
    file: Files,
    *,
    address: str | None = None,
    key: str | None = None,
    skip_invalid: bool = False,
    columns: Iterable[str] | None = None,
    attachments: str | Iterable[str] | None = None,
    attachments_dir: str | os.PathLike[str] | None = None,
) -> TableAudience:
    """The recipients of a file with one JSON object a line, in UTF-8 (RFC 8259).

    The settings are those of `read_csv`. Objects need not have the same keys; the one
    of addresses is found in the first object, and every object must have it. Keys of
    the object become names of fields as titles do; keys further inside stay. Paths of
    files are a text with ";" between them, or a list.

    Raises as `read_csv` does.
    """
    return text_table(
        file,
        _read,
        address=address,
        key=key,
        skip_invalid=skip_invalid,
        encoding=None,
        columns=columns,
        attachments=attachments,
        attachments_dir=attachments_dir,
    )


def _read(
    text: TextIO, book: Book, choice: Choice, encoding: str
) -> tuple[Layout, Iterable[Row]]:
    titles: dict[str, str] = {}
    rows = _Reading(text, book, encoding, titles).rows()
    if choice.address is not None:
        return Layout(choice.address, titles), rows
    first = next(rows, None)
    if first is None:
        return Layout("", titles), ()
    line, fields = first
    found = address_columns(fields)
    if len(found) != 1:
        what = "several keys look" if found else "no key looks"
        names = ", ".join(repr(titles.get(name, name)) for name in fields)
        reason = f"{what} like the one of addresses; say address=...; there are {names}"
        raise book.fatal(line, "", reason)
    return Layout(found[0], titles), chain([first], rows)


class _TwiceError(ValueError):
    """An object has a key twice: which of them counts is anybody's guess."""


@attrs.define
class _Reading:
    """One pass over the lines."""

    text: TextIO
    book: Book
    encoding: str
    titles: dict[str, str]
    names: dict[str, str] = attrs.field(factory=dict)

    def rows(self) -> Iterator[Row]:
        """Every line that holds a good object."""
        for number, line in self._lines():
            if not line.strip():
                continue
            if not _is_unicode(line):
                reason = f"it is not {self.encoding}; save the file in UTF-8"
                self.book.reject(number, ("", reason))
                continue
            try:
                row = _decode(line)
            except (ValueError, RecursionError) as error:
                self.book.reject(number, ("", _explained(error)))
                continue
            fields = self._fields(number, row)
            if fields is not None:
                yield number, fields

    def _lines(self) -> Iterator[tuple[int, str]]:
        number = 0
        try:
            for line in self.text:
                number += 1
                yield number, line.removeprefix("\ufeff")
        except UnicodeError:
            reason = f"it is not {self.encoding}; save the file in UTF-8"
            raise self.book.fatal(number + 1, "", reason) from None

    def _fields(self, number: int, row: object) -> dict[str, Value] | None:
        if not isinstance(row, dict):
            kind = "a list" if isinstance(row, list) else "a single value"
            reason = f'it is {kind}; each line is one object: {{"email": ...}}'
            self.book.reject(number, ("", reason))
            return None
        fields: dict[str, Value] = {}
        findings: list[tuple[str, str]] = []
        for title, value in row.items():
            name = self._name(title)
            if not name or name in fields:
                findings.append(_unusable(title, name))
                continue
            try:
                fields[name] = frozen_value(value)
            except UnfitValue as error:
                findings.append((title, f"it {error}"))
        if findings:
            self.book.reject(number, *findings)
            return None
        return fields

    def _name(self, title: str) -> str:
        name = self.names.get(title)
        if name is None:
            # Keys that are addresses are data: they would be shown in errors.
            shown = _is_unicode(title) and mask_text(title) == title
            name = identifier(title) if shown else ""
            if len(self.names) < _REMEMBERED:
                self.names[title] = name
                self.titles.setdefault(name, title)
        return name


def _explained(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it is no JSON: {error.msg} (character {error.colno})"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, _TwiceError):
        return "an object has the same key twice"
    return "it holds a number that is too long, or none (NaN, Infinity)"


def _unusable(title: str, name: str) -> tuple[str, str]:
    if name:
        return title, f"another key becomes {name!r} as well; rename one of them"
    return "", "a key has no letter or digit, holds an address, or is no Unicode"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError
    return found


def _no_number(_: str) -> float:
    raise ValueError("RFC 8259 section 6 has no such number")


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number).decode
