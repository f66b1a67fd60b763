"""Whoever reads text only finds nothing (M02).

Why: watches, screen readers, text programs and previews show the text part. Filters
compare the two parts, and an empty text beside html is a mark of spam.

Source: SpamAssassin's rules MIME_HTML_ONLY and MPART_ALT_DIFF; RFC 2046, section 5.1.4,
for what a text part is for.

What safesend does: it makes the text part from the html where you write none, so it is
never missing. It reports one that says nothing.

Way out: leave `text` (or body.txt) away altogether, and it is made from the html; give
the pictures an alternative text, which stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.letter import Letter
from safesend.message.places import is_constant

__all__ = ["ADVICE"]


def look(letter: Letter) -> Iterator[tuple[str, str]]:
    """A text part that is blank in every message."""
    part = letter.compiled.template.parts["text"]
    if is_constant(part) and not "".join(map(str, part.pieces or ())).strip():
        yield "text", "says nothing"


ADVICE = Advice.of(__doc__, id="M02", look=look)
