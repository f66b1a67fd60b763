"""Gmail shows a part of the letter only (M01).

Why: Gmail cuts off what is longer and shows "[Message clipped]" in its place. What
stands at the end is not seen: most often the link with which one leaves the list.

Source: Google publishes no number. Senders measured about 102 kB of html, as it is
after decoding: github.com/hteumeuleu/email-bugs/issues/41.

What safesend does: it counts the octets of the html part, with the values of each row,
as UTF-8 and not as they are encoded on the wire, and reports what is above 102,000; of
many rows the first.

Way out: shorten the letter, or put its end on a page that it links to. Styles that
repeat in every tag, comments and the blanks of deep indentation count as well.
"""

from __future__ import annotations

import binascii
from collections import Counter
from collections.abc import Iterator

import attrs

from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.letter import Letter
from safesend.message.compose import Composed
from safesend.message.slot import Slot

__all__ = ["ADVICE", "MOST", "RowSize", "row_size"]

MOST = 102_000
"""Octets of html."""
_PLACE = "html"


def look(letter: Letter) -> Iterator[tuple[str, str]]:
    """What is too long whatever a row adds."""
    size = _constant_size(letter)
    if size > MOST:
        yield _PLACE, _too_long(size)


def _constant_size(letter: Letter) -> int:
    """The octets of the html that are the same in every message, line ends as sent."""
    part = letter.compiled.template.parts.get("html")
    pieces = part.pieces if part is not None else None
    texts = [piece for piece in pieces or () if isinstance(piece, str)]
    return sum(len(text.encode()) + text.count("\n") for text in texts)


def _too_long(size: int) -> str:
    over = max(0.1, (size - MOST) / 1000)
    return f"has {size / 1000:,.1f} kB, {over:,.1f} kB more than Gmail shows"


@attrs.frozen
class RowSize:
    """How long the html of one message is."""

    constant: int
    times: tuple[tuple[int, int], ...]
    """Which values stand in it, and how often."""

    def look(self, composed: Composed) -> tuple[str, str] | None:
        """What is too long with the values of this row."""
        # No text is longer than it is encoded: in most rows nothing is to be counted.
        if len(composed.segments[0]) <= MOST:
            return None
        size = self.constant
        for place, times in self.times:
            size += times * len(binascii.a2b_qp(composed.values[place]))
        if size <= MOST:
            return None
        return _PLACE, f"{_too_long(size)}, with the values of this row"


def row_size(letter: Letter) -> RowSize | None:
    """Who looks at rows; None where the letter has no html, or is too long already."""
    compiled = letter.compiled
    part = compiled.template.parts.get("html")
    constant = _constant_size(letter)
    if part is None or constant > MOST:
        return None
    places = compiled.places
    if part.pieces is None:
        return RowSize(0, ((int(places.of_whole(part)), 1),))
    slots = [one for one in part.pieces if isinstance(one, Slot)]
    times = Counter(int(places.of_slot(part, one)) for one in slots)
    return RowSize(constant, tuple(times.items()))


ADVICE = Advice.of(__doc__, id="M01", look=look)
