"""The whole letter is a picture (M09).

Why: who does not load pictures sees an empty letter, search finds nothing in it, and
filters know it as a form of spam.

Source: SpamAssassin's rules HTML_IMAGE_ONLY_04 to _32 and HTML_IMAGE_RATIO.

What safesend does: it counts the letters and digits in the html part that are no
picture's; a letter with pictures and less than twenty of them is reported.

Way out: write the text as text, beside the pictures or over them.
"""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.letter import Letter
from safesend.checks.mailboxes.page import CHOSEN, FILLED

__all__ = ["ADVICE"]

_FEW = 20


def look(letter: Letter) -> Iterator[tuple[str, str]]:
    """Whether there is more than pictures; nobody knows how long a value is."""
    page = letter.page
    if page is None or {FILLED, CHOSEN} & {*page.text}:
        return
    pictures = sum(1 for _ in page.named("img"))
    if pictures and sum(map(str.isalnum, page.text)) < _FEW:
        yield "html", "is a picture and hardly any text"


ADVICE = Advice.of(__doc__, id="M09", look=look)
