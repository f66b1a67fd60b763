"""Values that belong to one row only, and the texts in which they turn up.

An account number, a token, a full name that no other row has: where it stands in
somebody else's message, the merge is off by a row, a file went to the wrong person, or
a draft for one person became the letter for all (L17, L18).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping

import attrs

from safesend.checks.folding import fold
from safesend.checks.ordinary import is_ordinary, names_person
from safesend.message.number_table import NumberTable

__all__ = ["Canaries", "Catch", "compact"]

_NUMBER = (1 << 64) - 1
_SHORTEST, _LONGEST = 8, 80
"""Letters and digits of a value that is looked for."""
_DECLARED_SHORTEST = 3
_MOST_WORDS = 10
_PAIR = 2
_BEGINNING = 4

# A value in the table: the column in the upper six bits, the row in the lower 26.
_ROW_BITS = 26
_ROWS = (1 << _ROW_BITS) - 1
_LAST_COLUMN = 62
_SHARED = (1 << 32) - 1
"""What stands for a value of more than one row."""

_words = re.compile(r"[^\W_]+").findall
_spans = re.compile(r"[^\W_]+").finditer
_digit = re.compile(r"\d").search


@attrs.frozen
class Catch:
    """A value of one row, found in a text: where, whose (ordinal), of which column.

    `value` is how it is compared (`compact`).
    """

    offset: int
    owner: int
    column: str
    value: str = attrs.field(default="", repr=False)


@attrs.frozen
class _Column:
    number: int
    shortest: int
    needs_digit: bool
    declared: bool


def compact(text: str) -> str:
    """Letters and digits only, folded: how a value is compared."""
    return "".join(_words(text.lower() if text.isascii() else fold(text)))


class Canaries:
    """The values of all rows that only one row has, as 64-bit digests.

    A value counts when its column is `declared`, or when it has at least eight letters
    and digits and is an identifier (has a digit, at most two words of letters, and is
    no date and no sum), an address or the full name of a person. `public` phrases never
    count.
    """

    __slots__ = (
        "_beginning",
        "_columns",
        "_declared",
        "_heads",
        "_names",
        "_public",
        "_shortest",
        "_table",
    )

    def __init__(
        self, declared: Iterable[str] = (), public: Iterable[str] = ()
    ) -> None:
        self._declared = frozenset(declared)
        self._public = frozenset(compact(phrase) for phrase in public)
        self._table = NumberTable()
        self._columns: dict[str, _Column] = {}
        self._names: list[str] = []
        self._shortest = _DECLARED_SHORTEST if self._declared else _SHORTEST
        # How values begin: most words of a text begin otherwise, and are passed by.
        self._beginning = min(_BEGINNING, self._shortest)
        self._heads = set[str]()

    def add(
        self, fields: Mapping[str, object], ordinal: int, address: str = ""
    ) -> None:
        """Take the values of a row in; `ordinal` is below 2**26.

        The row's own address (normalised) is looked for as an address, not as a value.
        """
        for name, value in fields.items():
            kind = type(value)
            if kind is int:
                value = str(value)  # noqa: PLW2901
            elif kind is not str:
                continue
            column = self._columns.get(name) or self._column(name)
            if len(value) >= column.shortest and value.lower() != address:  # type: ignore[arg-type,attr-defined]
                self._take(column, value, ordinal)  # type: ignore[arg-type]

    def holds(self, text: str, ordinal: int) -> bool:
        """Whether `find` finds anything; most values are too short for that."""
        return len(text) >= self._shortest and any(self.find(text, ordinal))

    def find(self, text: str, ordinal: int) -> Iterator[Catch]:
        """The values in a text that belong to another row than this one (-1: to any).

        Of several that begin at one word the longest counts, and what it covers is not
        looked at again: "Ada King" is nobody in a text that says "Ada King Noel", when
        that is the reader's own name.
        """
        if len(text) < self._shortest or not self._heads:
            return
        folded = text.lower() if text.isascii() else fold(text)
        words = _words(folded)
        joined = "".join(words)
        # Where each word begins in what they are joined to, and where the last ends.
        places = [0, *itertools.accumulate(map(len, words))]
        heads, beginning = self._heads, self._beginning
        begun = [
            number
            for number, place in enumerate(places[:-1])
            if joined[place : place + beginning] in heads
        ]
        covered = 0
        for number in begun:
            if number < covered:
                continue
            held, covered = self._longest(joined, places, number)
            if covered and held != _SHARED and held & _ROWS != ordinal:
                column = self._names[min(held >> _ROW_BITS, len(self._names) - 1)]
                value = joined[places[number] : places[covered]]
                offset = next(itertools.islice(_spans(folded), number, None)).start()
                yield Catch(offset, held & _ROWS, column, value)

    def _longest(self, joined: str, places: list[int], first: int) -> tuple[int, int]:
        """What is kept under the longest run of words from one on, and its end."""
        get, start = self._table.get, places[first]
        found = (0, 0)
        for end in range(first + 1, min(first + _MOST_WORDS, len(places) - 1) + 1):
            length = places[end] - start
            if length > _LONGEST:
                break
            if length >= self._shortest:
                held = get(hash(joined[start : places[end]]) & _NUMBER)
                if held is not None:
                    found = held, end
        return found

    def _take(self, column: _Column, value: str, ordinal: int) -> None:
        address = "@" in value
        if column.needs_digit and not address and not _digit(value):
            return
        folded = value.lower() if value.isascii() else fold(value)
        words = _words(folded)
        run = "".join(words)
        if not column.shortest <= len(run) <= _LONGEST or run in self._public:
            return
        if not column.declared and not address:
            if not column.needs_digit and len(words) < _PAIR and not _digit(run):
                return
            if column.needs_digit and sum(map(str.isalpha, words)) > _PAIR:
                return  # A text with a number in it is no identifier.
            if is_ordinary(folded):
                return
        held = min(column.number, _LAST_COLUMN) << _ROW_BITS | ordinal
        self._keep(run, held)
        if len(words) == _PAIR and not column.needs_digit:
            self._keep(words[1] + words[0], held)  # "Lovelace, Ada"

    def _keep(self, run: str, held: int) -> None:
        self._heads.add(run[: self._beginning])
        number = hash(run) & _NUMBER
        before = self._table.setdefault(number, held)
        if before is not None and (before ^ held) & _ROWS:
            self._table.replace(number, _SHARED)

    def _column(self, name: str) -> _Column:
        declared = name in self._declared
        column = _Column(
            number=len(self._names),
            shortest=_DECLARED_SHORTEST if declared else _SHORTEST,
            needs_digit=not declared and not names_person(name),
            declared=declared,
        )
        self._columns[name] = column
        self._names.append(name)
        return column
