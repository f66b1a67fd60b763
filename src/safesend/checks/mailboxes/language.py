"""Nobody knows in which language the letter is (M10).

Why: screen readers choose their voice by it, programs offer to translate what is in the
reader's own language, and words are hyphenated wrongly.

Source: WCAG 2.2, success criterion 3.1.1; HTML, section 3.2.6.2.

What safesend does: it reports an <html> tag without the attribute lang. A piece of html
without such a tag passes.

Way out: write <html lang="en">, with the language of the letter.
"""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.letter import Letter

__all__ = ["ADVICE"]


def look(letter: Letter) -> Iterator[tuple[str, str]]:
    """The first tag html, if it says nothing."""
    page = letter.page
    first = next(page.named("html"), None) if page else None
    if first and not (first.said.get("lang") or first.said.get("xml:lang")):
        yield first.where, "<html> does not say in which language the letter is (lang)"


ADVICE = Advice.of(__doc__, id="M10", look=look)
