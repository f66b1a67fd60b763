"""No link in the letter leads off the list (M11).

Why: Gmail wants marketing mail in bulk to have both, the header for one click and a
link that is seen; Yahoo advises both. Whoever finds no link presses "spam".

Source: Google's guidelines for senders (support.google.com/mail/answer/81126), Yahoo's
(senders.yahooinc.com/best-practices).

What safesend does: where the messages have a List-Unsubscribe header, it looks for
{{ unsubscribe_url }} or a link with a word for it, in a score of languages, in the part
that most people see.

Way out: write a link to {{ unsubscribe_url }} at the end of the letter, in the html
<a href="{{ unsubscribe_url }}"> and in the text as it is; it is the link of the header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.letter import Letter
from safesend.message.compile import CompiledMessage, header_name
from safesend.message.custom_headers import says_how_to_leave

__all__ = ["ADVICE"]

_FIELD = "unsubscribe_url"
_WORDS = re.compile(
    r"unsub|opt[ -]?out|stop|remove|leave|preferences|abmeld|abbestell|austrag"
    r"|d[ée]sabonn|d[ée]sinscri|baja|cancel|disiscri|annulla|afmeld|uitschrij|avregistr"
    r"|avprenumer|avmeld|frameld|wypisa|wypisz|rezygn|odhl[aá]si|leiratkoz|dezabon"
    r"|отпис|відпис|\u9000\u8ba2|\u914d\u4fe1",
    re.IGNORECASE,
)


def look(letter: Letter) -> Iterator[tuple[str, str]]:
    """Whether there is one, where there is a header."""
    if _has_header(letter.compiled) and not _has_link(letter):
        unit = "text" if letter.page is None else "html"
        yield unit, "no link to unsubscribe is seen; only the header has one"


def _has_header(compiled: CompiledMessage) -> bool:
    parts = compiled.template.parts.values()
    own = (header_name(part) for part in parts if part.name.startswith("header "))
    return compiled.letterhead.unsubscribe is not None or any(
        map(says_how_to_leave, own)
    )


def _has_link(letter: Letter) -> bool:
    parts = letter.compiled.template.parts
    part = parts.get("html") or parts["text"]
    if _FIELD in part.fields:
        return True
    if letter.page is None:
        return _WORDS.search(part.source) is not None
    return any(
        _WORDS.search(one.text) or _WORDS.search(one.written.get("href", ""))
        for one in letter.page.named("a", "area")
    )


ADVICE = Advice.of(__doc__, id="M11", look=look)
