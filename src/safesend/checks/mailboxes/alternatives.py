"""A picture says nothing to who does not see it (M06).

Why: many programs show no picture before their reader says so, and screen readers read
what stands in its place. Without an alternative text that is nothing, or a file's name.

Source: WCAG 2.2, success criterion 1.1.1; HTML, section 4.8.4.4.

What safesend does: it counts the pictures without the attribute, and names the line of
the first. It adds none: alt="" says that a picture is decoration, and only you know.

Way out: write what the picture says, alt="Map: ten minutes from the station"; for
decoration write alt="".
"""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.letter import Letter
from safesend.checks.mailboxes.page import CHOSEN, FILLED

__all__ = ["ADVICE"]


def look(letter: Letter) -> Iterator[tuple[str, str]]:
    """All pictures without one at once."""
    page = letter.page
    pictures = list(page.named("img")) if page else []
    bare = [one for one in pictures if "alt" not in one.said]
    # A placeholder in place of an attribute may be it.
    bare = [one for one in bare if not {FILLED, CHOSEN} & {*"".join(one.said)}]
    if bare:
        have = "has" if len(bare) == 1 else "have"
        number = f"{len(bare)} of {len(pictures)} pictures {have} no alternative text"
        yield bare[0].where, number + (" (the first)" if len(bare) > 1 else "")


ADVICE = Advice.of(__doc__, id="M06", look=look)
