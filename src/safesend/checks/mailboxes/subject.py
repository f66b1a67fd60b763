"""The subject is cut off, or shouts (M03).

Why: lists of messages show 40 to 70 characters of a subject. One in capitals looks like
spam to people and filters.

Source: SpamAssassin's rule SUBJ_ALL_CAPS; RFC 5322, section 2.1.1, for lines of 78
characters.

What safesend does: it reports subjects of more than 150 characters, with the values of
each row (of many rows the first), and those in capitals with more than one word. One
that is missing or empty is refused.

Way out: say in the first forty characters what it is about, and the rest in the letter.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from safesend.checks.mail_headers import decoded_field
from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.letter import Letter
from safesend.message.compose import Composed
from safesend.message.places import is_constant

__all__ = ["ADVICE", "RowSubject", "row_subject"]

_MOST = 150
_SHORT = 10
_PLACE = "header Subject"


def look(letter: Letter) -> Iterator[tuple[str, str]]:
    """What is wrong whatever a row fills in."""
    part = letter.compiled.template.parts["subject"]
    text = " ".join(piece for piece in part.pieces or () if isinstance(piece, str))
    if len(text) > _MOST:
        yield _PLACE, _too_long(text)
    # SpamAssassin passes over one word as well, and over what is short.
    if len(text) > _SHORT and len(text.split()) > 1 and text.isupper():
        yield _PLACE, "is written in capitals"


def _too_long(text: str) -> str:
    return f"has {len(text)} characters; programs show 70 at most"


@attrs.frozen
class RowSubject:
    """What the subject of one message is like."""

    place: int

    def look(self, composed: Composed) -> tuple[str, str] | None:
        """What is wrong with the values of this row."""
        octets = composed.values[self.place]
        if len(octets) <= _MOST:
            return None
        text = decoded_field(octets.decode().replace("\r\n", ""))
        return (
            (_PLACE, f"{_too_long(text)}, in this row") if len(text) > _MOST else None
        )


def row_subject(letter: Letter) -> RowSubject | None:
    """Who looks at rows; None where the subject is the same in all of them."""
    part = letter.compiled.template.parts["subject"]
    if is_constant(part):
        return None
    return RowSubject(int(letter.compiled.places.of_header(part)))


ADVICE = Advice.of(__doc__, id="M03", look=look)
