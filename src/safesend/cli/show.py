"""How things are shown on a terminal: counts, dates and foreign text made harmless."""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
import sys
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from safesend.redaction import mask_text

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "Masker",
    "console",
    "count",
    "duration",
    "emit",
    "moment",
    "people",
    "printable",
    "say",
    "when",
]

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def say(text: str = "", *, err: bool = False) -> None:
    """Print a line, control characters made visible."""
    click.echo(printable(text), err=err)


def emit(value: Mapping[str, Any]) -> None:
    """Print one JSON object: JSON's own escapes for what could steer a terminal.

    Also for every letter that the output has no place for.
    """
    unicode = "utf" in (getattr(sys.stdout, "encoding", None) or "utf").lower()
    text = json.dumps(value, ensure_ascii=not unicode, indent=2, default=str)
    plain = text.isascii() and "\x7f" not in text  # the rest of C0 is escaped already
    click.echo(text if plain else "".join(map(_quoted, text)))


def console(*, err: bool = False) -> Console:
    """A rich console that reads no markup, emoji codes or numbers into plain text."""
    from rich.console import Console

    return Console(stderr=err, markup=False, emoji=False, highlight=False)


def count(number: int) -> str:
    """Give a number with its thousands apart: "2,417"."""
    return f"{number:,}"


def people(number: int) -> str:
    """Give "1 person", "2,417 people"."""
    return "1 person" if number == 1 else f"{number:,} people"


def duration(seconds: float) -> str:
    """Give "0.4 s", "2 min 5 s", "3 h 10 min", "2 d 4 h"."""
    if seconds < 10:  # noqa: PLR2004 - below ten seconds the tenth matters
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, name, below, small in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // below
            return f"{whole // unit} {name}" + (f" {rest} {small}" if rest else "")
    return f"{whole} s"


def moment(date: float, now: float) -> str:
    """A date (seconds since 1970) in local time: "21:40", with the day if not today."""
    at = dt.datetime.fromtimestamp(date, dt.UTC).astimezone()
    today = dt.datetime.fromtimestamp(now, dt.UTC).astimezone().date()
    return f"{at:%H:%M}" if at.date() == today else f"{at:%Y-%m-%d %H:%M}"


def when(date: float, now: float) -> str:
    """A date as `moment` shows it, and how far away it is."""
    away = f"in {duration(date - now)}" if date > now else "now"
    return f"{moment(date, now)} ({away})"


def day(date: float) -> str:
    """A day (seconds since 1970) in local time: "2027-01-15"."""
    return f"{dt.datetime.fromtimestamp(date, dt.UTC).astimezone():%Y-%m-%d}"


def printable(text: str) -> str:
    r"""The text with what could steer a terminal or hide shown as an escape.

    Line feeds and tabs stay. Categories Cc (C0, DEL, C1), Cf (bidi, zero width), Zl,
    Zp, Cs and Co become `\x1b`, `\u202e` and the like.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


@functools.cache
def _visible(char: str) -> str:
    if char in "\n\t" or unicodedata.category(char) not in _UNSEEN:
        return char
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


@functools.cache
def _quoted(char: str) -> str:
    """It, as it stands in a text of JSON."""
    return char if _visible(char) == char else json.dumps(char)[1:-1]


_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})


class Masker:
    """Masks every address in a text but those of the sender, which are no secret."""

    def __init__(self, known: frozenset[str], *, show_all: bool = False) -> None:
        self._show_all = show_all
        ours = "|".join(sorted(map(re.escape, known))) or r"(?!)"
        # Only where it stands alone: "xnews@example.org" is not "news@example.org".
        self._known = re.compile(rf"((?<![^\s<>\"()\[\],;:])(?:{ours})(?![\w.@-]))")

    def __call__(self, text: str) -> str:
        """The text as it may be shown."""
        if self._show_all:
            return text
        pieces = self._known.split(text)
        pieces[::2] = map(mask_text, pieces[::2])
        return "".join(pieces)
