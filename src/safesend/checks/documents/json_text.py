"""JSON, and what is like it: every key and value, found without a parser's limits.

The tokens are read one by one (RFC 8259), so that a key that stands twice, a file of
many values (JSON Lines), comments and broken ends are all read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from safesend.checks.documents.charsets import decoded
from safesend.checks.documents.files import File
from safesend.checks.piece import Found, Kind, Piece

__all__ = ["read"]

_TOKEN = re.compile(
    r"""
      "(?P<text>(?>[^"\\]+|\\.)*)(?:"|\Z)
    | (?P<open>[\[{]) | (?P<close>[\]}]) | (?P<comma>,) | (?P<colon>:)
    | (?P<word>[^\s"\[\]{},:]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_SIGNS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_SHOWN = 12
"""Levels of nesting that a place names."""
_KEYS = 10_000
"""Different keys that are given once each; after them every key is given."""


@attrs.define
class _Level:
    """One open array or object: where its next value stands."""

    place: str
    is_array: bool
    index: int = 0
    key: str = ""

    def inside(self) -> str:
        step = f"[{self.index}]" if self.is_array else f".{self.key}"
        return self.place + step


def read(file: File) -> Iterator[Found]:
    """A piece a value, its place the path to it: "$.people[3].mail"."""
    text = decoded(file.data)
    levels: list[_Level] = []
    keys: set[str] = set()
    for token in _TOKEN.finditer(text):
        if token["open"]:
            levels.append(_Level(_place(levels), token["open"] == "["))
        elif token["close"]:
            del levels[-1:]
        elif token["comma"]:
            _next(levels)
        elif not token["colon"]:
            yield from _value(token, text, levels, keys)


def _place(levels: list[_Level]) -> str:
    if not levels:
        return "$"
    return levels[-1].inside() if len(levels) <= _SHOWN else levels[-1].place


def _next(levels: list[_Level]) -> None:
    if levels:
        levels[-1].index += 1


def _value(
    token: re.Match[str], text: str, levels: list[_Level], keys: set[str]
) -> Iterator[Found]:
    said = token["word"] if token["text"] is None else _plain(token["text"])
    if levels and not levels[-1].is_array and _is_key(text, token.end()):
        levels[-1].key = said[:80]
        if said not in keys:
            yield Piece(place=levels[-1].place, text=said, kind=Kind.MARKUP)
        if len(keys) < _KEYS:
            keys.add(said)
    elif said:
        yield Piece(place=_place(levels), text=said)


def _is_key(text: str, end: int) -> bool:
    return text[end : end + 40].lstrip()[:1] == ":"


def _plain(text: str) -> str:
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_sign, text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _sign(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    return _SIGNS.get(escape[2], escape[2])
