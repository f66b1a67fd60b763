"""Tables as text: cells between commas, semicolons, tabs or bars (RFC 4180)."""

from __future__ import annotations

import csv
import functools
import itertools
from collections.abc import Iterator

from safesend.checks.documents.charsets import decoded
from safesend.checks.documents.files import File
from safesend.checks.piece import Found, Kind, Piece
from safesend.checks.plain_text import read_text

__all__ = ["column_names", "one_row", "read"]

_DELIMITERS = ",;\t|"
_SAMPLE = 50
_WIDEST = 16_384
"""Columns of a sheet of Excel; names are not made for more."""
_INSIDE_A_CELL = str.maketrans("\t\n\r\v\f", "     ")


def read(file: File) -> Iterator[Found]:
    """A piece a row. What the parser cannot take is read as lines.

    A quote that nobody closes swallows rows into one cell: the parser gives up when
    it gets too long (csv.field_size_limit), and the lines are read instead.
    """
    text = decoded(file.data).replace("\0", "")
    sign = _delimiter(text)
    rows = csv.reader(text.splitlines(keepends=True), delimiter=sign)
    try:
        for number, cells in enumerate(rows, 1):
            if any(cells):
                yield one_row(cells, number)
            if sign == ";" and any("&" in cell for cell in cells):
                # A character reference ends in the sign that parts the cells here.
                yield Piece(text=";".join(cells), kind=Kind.MARKUP, line=number)
    except csv.Error:
        yield from read_text(text, unit="")


def one_row(cells: list[str], number: int, place: str = "") -> Piece:
    """The piece of one row, with a tab between its cells and none in them."""
    text = "\t".join(cell.translate(_INSIDE_A_CELL) for cell in cells)
    names = column_names(min(len(cells), _WIDEST))
    return Piece(place=place, text=text, line=number, columns=names)


@functools.lru_cache(maxsize=64)
def column_names(count: int) -> tuple[str, ...]:
    """The names of the first columns, as sheets show them: A, B, ... Z, AA, AB."""
    return tuple(map(_column_name, range(count)))


def _column_name(index: int) -> str:
    name = ""
    while index >= 0:
        index, letter = divmod(index, 26)
        name = chr(ord("A") + letter) + name
        index -= 1
    return name


def _delimiter(text: str) -> str:
    """The sign that stands equally often, and often, in the first lines.

    Excel writes "sep=;" into the first line where it does not go by the country.
    """
    if text[:4].lower() == "sep=" and text[4:5]:
        return text[4] if text[4] in _DELIMITERS else ","
    head = itertools.islice(text[: 1 << 16].splitlines(), _SAMPLE)
    counts = [[line.count(sign) for sign in _DELIMITERS] for line in head if line]
    columns = list(zip(*counts, strict=True)) or [(0,)] * len(_DELIMITERS)
    marks = [(min(column) > 0, sum(column)) for column in columns]
    return _DELIMITERS[marks.index(max(marks))]
