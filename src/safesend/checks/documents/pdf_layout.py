"""Letters put together by where they stand on the page, not by the order of drawing.

A PDF may draw each letter of a word by itself, in any order. What stands on one base
line without gaps is a word, whoever drew it. Only words with "@" are looked for here:
the order of pypdf is right for everything else.
"""

from __future__ import annotations

import collections
import itertools
import math
from collections.abc import Iterable, Iterator

import attrs

__all__ = ["Chunk", "scattered"]

_FEW = 5
_LONGEST = 400
_ASIDE = 0.3
"""How far from the base line a letter may stand, in heights of it."""
_GAP = 0.2
"""From which distance on two letters belong to two words."""
_TWICE = 0.12
"""Equal letters so near to each other are one, drawn twice to be bold."""

_NARROW = frozenset("ijlI.,:;'|!()[]ftr -\"`/\\")
_WIDE = frozenset("mwMW@%—")


@attrs.frozen
class Chunk:
    """A text at a place: along its base line, across it, its height and direction.

    All in units of the page; the direction is in whole degrees.
    """

    text: str
    along: float
    across: float
    height: float
    direction: int

    @classmethod
    def of(
        cls, text: str, space: list[float], matrix: list[float], size: float
    ) -> Chunk:
        """From the two matrices in force (9.4.4) and the size of the font."""
        a, b, c, d, e, f = _product(matrix, space)
        turn = math.atan2(b, a)
        cos, sin = math.cos(turn), math.sin(turn)
        return cls(
            text,
            along=e * cos + f * sin,
            across=f * cos - e * sin,
            height=abs(size) * math.hypot(c, d) or 1.0,
            direction=round(math.degrees(turn)) % 360,
        )

    @property
    def width(self) -> float:
        """About how far it reaches: no font's own widths are known here."""
        return self.height * sum(map(_width, self.text))


def _product(m: list[float], n: list[float]) -> tuple[float, ...]:
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _width(letter: str) -> float:
    """In heights of a letter; about that of Helvetica."""
    if letter in _NARROW:
        return 0.3
    if letter in _WIDE:
        return 0.9
    return 0.68 if letter.isupper() else 0.55


def scattered(chunks: Iterable[Chunk]) -> Iterator[str]:
    """Words with "@", each once, as the places of the chunks make them."""
    found = dict.fromkeys(
        word for line in _base_lines(chunks) for word in _words(line) if "@" in word
    )
    yield from found


def _base_lines(chunks: Iterable[Chunk]) -> Iterator[list[Chunk]]:
    """Chunks of one direction and height above the edge, in the order of reading."""
    ordered = sorted(chunks, key=lambda one: (one.direction, -one.across))
    line: list[Chunk] = []
    for one in ordered:
        if line and not _beside(line[-1], one):
            yield sorted(line, key=_along)
            line = []
        line.append(one)
    if line:
        yield sorted(line, key=_along)


def _beside(one: Chunk, other: Chunk) -> bool:
    near = _ASIDE * min(one.height, other.height)
    return one.direction == other.direction and abs(one.across - other.across) < near


def _words(line: list[Chunk]) -> Iterator[str]:
    """The words of a base line that has an "@" somewhere."""
    if not any("@" in one.text for one in line):
        return
    once = [line[0], *(b for a, b in itertools.pairwise(line) if not _same(a, b))]
    groups = _groups(once)
    for number, group in enumerate(groups):
        around = (
            *groups[max(0, number - 1) : number],
            *groups[number + 1 : number + 2],
        )
        if len(group) > 1 or all(_far(group[0], other) for other in around):
            text = "".join(one.text for one in group)
            yield from (word for word in text.split() if len(word) <= _LONGEST)


def _groups(line: list[Chunk]) -> list[list[Chunk]]:
    """The chunks of a base line, those together that touch."""
    pitch = _pitch(line)
    groups = [[line[0]]]
    for before, one in itertools.pairwise(line):
        if _touch(before, one, pitch):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _far(one: Chunk, others: list[Chunk]) -> bool:
    """Whether a chunk is surely a word of its own, not one whose width is misjudged.

    It is when there is much room between them, and when one is drawn over the other.
    """
    other = others[-1 if others[0].along < one.along else 0]
    first, last = sorted((one, other), key=_along)
    gap = last.along - first.along - first.width
    return gap > max(one.height, first.width / 2) or gap < -first.width / 2


def _along(one: Chunk) -> float:
    return one.along


def _same(one: Chunk, other: Chunk) -> bool:
    near = other.along - one.along < _TWICE * one.height
    return one.text == other.text and near


def _pitch(line: list[Chunk]) -> float:
    """How far each letter is from the next in a font of one width; else 0."""
    steps = [
        round((one.along - before.along) / before.height, 2)
        for before, one in itertools.pairwise(line)
        if len(before.text) == 1
    ]
    if len(steps) < _FEW:
        return 0.0
    [(step, times)] = collections.Counter(steps).most_common(1)
    return step if times > len(steps) / 2 else 0.0


def _touch(before: Chunk, one: Chunk, pitch: float) -> bool:
    width = max(before.width, pitch * before.height)
    gap = one.along - before.along - width
    slack = _GAP + 0.02 * len(before.text)
    return -before.height * (1 + 0.3 * len(before.text)) < gap < slack * before.height
