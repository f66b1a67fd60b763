"""Cells of a workbook: what a value says as its format shows it."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from safesend.checks.documents.package import Part
from safesend.checks.documents.passages import spoken
from safesend.checks.documents.xml import local

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "Formats",
    "column_name",
    "column_number",
    "one_line",
    "read_formats",
    "shared_strings",
    "whole",
]

_BUILT_IN_DATES = frozenset({*range(14, 18), 22, *range(27, 37), *range(50, 59)})
"""Number formats that show a date (ECMA-376 part 1, section 18.8.30)."""
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DAYS = frozenset("dy")
_LONGEST_CODE = 255
_ZEROS = re.compile(r"0{2,64}")
# Day 60 is 29 February 1900, which never was: from day 61 on days count from here.
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a date of a calendar
_EPOCH_1904 = dt.datetime(1904, 1, 1)  # noqa: DTZ001
_LAST_DAY = 2_958_465
_MINUTE = dt.timedelta(minutes=1)
_LONGEST_NUMBER = 40
_DIGITS = 15
"""What a program shows of a number (and what a double holds for certain)."""
_WHITE = frozenset({"FFFFFF", "FFFFFFFF", "00FFFFFF"})


@attrs.frozen
class Formats:
    """Which cell styles (the numbers in attribute s) show their cells differently."""

    dates: frozenset[int] = frozenset()
    padded: dict[int, int] = attrs.Factory(dict)
    """Digits to which a number is filled up: 5 for the format 00000."""
    unseen: frozenset[int] = frozenset()
    """Nothing is shown: format ;;;, or white on white."""
    epoch: dt.datetime = _EPOCH

    def shown(self, value: str, style: int) -> str:
        """A number as its style shows it: dates in the form 2024-12-31."""
        if style in self.dates:
            return self._date(value)
        plain = _plain(value)
        return plain.zfill(self.padded[style]) if style in self.padded else plain

    def _date(self, value: str) -> str:
        try:
            days = float(value)
        except ValueError:
            return value
        if not 0 <= days <= _LAST_DAY:
            return value
        moment = self.epoch + dt.timedelta(days=days) + _MINUTE / 120
        if days == int(days):
            return moment.date().isoformat()
        return moment.isoformat(" ", "minutes")


def _plain(value: str) -> str:
    """1.2345678901E10 as 12345678901, 4.0999999999999996 as 4.1."""
    as_shown = len(value) <= _DIGITS and "E" not in value and "e" not in value
    if as_shown or len(value) > _LONGEST_NUMBER:
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    if number.is_integer() and abs(number) < 1e21:  # noqa: PLR2004 - 1E+21 is shown so
        return str(int(number))
    return f"{number:.15g}"


def _shows_date(code: str) -> bool:
    if len(code) > _LONGEST_CODE:
        return False
    return not _DAYS.isdisjoint(_QUOTED.sub("", code).lower())


def read_formats(part: Part, *, since_1904: bool = False) -> Formats:
    """What the part "styles.xml" says of the styles of cells; raises Unreadable."""
    names = ("numFmts", "fonts", "fills", "cellXfs")
    tables: dict[str, list[Element]] = {}
    for block in part.blocks(names):
        tables.setdefault(block.name, []).extend(list(block.element))
    codes = {
        one.get("numFmtId", ""): one.get("formatCode", "")
        for one in tables.get("numFmts", ())
    }
    white = {n for n, font in enumerate(tables.get("fonts", ())) if _is_white(font)}
    bare = {n for n, fill in enumerate(tables.get("fills", ())) if _is_bare(fill)}
    dates: set[int] = set()
    padded: dict[int, int] = {}
    unseen: set[int] = set()
    for number, style in enumerate(tables.get("cellXfs", ())):
        id_ = style.get("numFmtId", "0")
        code = codes.get(id_, "")
        if _ZEROS.fullmatch(code):
            padded[number] = len(code)
        elif whole(id_) in _BUILT_IN_DATES or _shows_date(code):
            dates.add(number)
        on_white = whole(style.get("fontId", "0")) in white
        on_white = on_white and whole(style.get("fillId", "0")) in bare
        if on_white or code.replace(" ", "") == ";;;":
            unseen.add(number)
    epoch = _EPOCH_1904 if since_1904 else _EPOCH
    return Formats(frozenset(dates), padded, frozenset(unseen), epoch)


def whole(text: str | None) -> int:
    """The number that an attribute holds; -1 for none, and for any out of reach."""
    return int(text) if text and len(text) < 9 and text.isdecimal() else -1  # noqa: PLR2004


def _is_white(font: Element) -> bool:
    return any(
        local(one.tag) == "color" and one.get("rgb", "").upper() in _WHITE
        for one in font
    )


def _is_bare(fill: Element) -> bool:
    """No colour behind the text."""
    return not any(
        local(one.tag) == "gradientFill" or one.get("patternType", "none") != "none"
        for one in fill
    )


def one_line(text: str) -> str:
    """A cell's text as it stands in a row: no tabs, no line ends."""
    if text.isprintable():
        return text
    return text.replace("\n", " ").replace("\t", " ").replace("\r", " ")


@functools.lru_cache(maxsize=1 << 15)
def column_name(number: int) -> str:
    """The letters of a column, counted from 1: 28 is AB."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@functools.lru_cache(maxsize=1 << 15)
def column_number(letters: str) -> int:
    """The number of a column, counted from 1: AB is 28; 0 for what is no column."""
    number = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            return 0
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def shared_strings(part: Part) -> Iterator[str]:
    """The strings of a workbook, in the order in which cells count them."""
    for block in part.blocks(("si",)):
        if block.name == "si":
            yield spoken(block.element)
