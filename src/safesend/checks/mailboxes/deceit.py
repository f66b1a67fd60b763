"""A link shows one address and leads to another (M05).

Why: that is what phishing looks like. Programs warn the reader, filters count it, and
careful readers do not click.

Source: Thunderbird's scam detection compares the host in a link's text with that of its
target, and warns above the letter.

What safesend does: where a link's text is itself an address of the web or a mailbox, it
compares the domains, or the mailboxes, and reports where they differ. Subdomains of one
domain are the same.

Way out: let the text be words ("The programme"), or the address to which it leads.
Links that count clicks under another domain do the same harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.letter import Letter
from safesend.checks.mailboxes.page import CHOSEN, FILLED
from safesend.checks.spot import shown

__all__ = ["ADVICE"]

# "Node.js" and "ASP.NET" are names: without http or www it is an address in small
# letters under one of the large domains, or with a path.
_ADDRESS = re.compile(
    r"(?:(?:https?://|(?=www\.))(?P<host>[\w.-]+\.[^\W\d_]{2,24})"
    r"|(?P<bare>[a-z0-9-]+(?:\.[a-z0-9-]+)*\."
    r"(?:com|org|net|edu|gov|info|eu|de|at|ch|fr|es|it|nl|be|pl|se|uk|ca|au|us)))"
    r"(?::\d{1,5})?(?:[/?#]\S*)?"
)
_TARGET = re.compile(r"https?://(?:[^/?#\s@]*@)?([^/?#\s:]+)", re.IGNORECASE)
_MAILBOX = re.compile(r"[^\s@<>,;:()]+@[\w.-]+\.[a-z]{2,24}", re.IGNORECASE)
_MAILTO = re.compile(r"mailto:([^?,]+)", re.IGNORECASE)
_LABELS = 2


def look(letter: Letter) -> Iterator[tuple[str, str]]:
    """Every link whose text is another address than its target."""
    for one in letter.page.named("a") if letter.page else ():
        href, text = one.said.get("href", "").strip(), one.text.strip(" .…<>[]()")
        if found := _differ(href, text):
            yield (
                one.where,
                "a link shows {} and leads to {}".format(*map(shown, found)),
            )


def _differ(href: str, text: str) -> tuple[str, str] | None:
    written, target = _ADDRESS.fullmatch(text), _TARGET.match(href)
    if written and target:
        host, leads = (written["host"] or written["bare"]).lower(), target[1].lower()
        known = not {FILLED, CHOSEN} & {*host, *leads}
        return (host, leads) if known and not _akin(host, leads) else None
    mailto = _MAILTO.match(href)
    if mailto and _MAILBOX.fullmatch(text) and not {FILLED, CHOSEN} & {*href, *text}:
        leads = unquote(mailto[1]).strip()
        return ("one mailbox", "another") if leads.lower() != text.lower() else None
    return None


def _akin(one: str, other: str) -> bool:
    """Whether two names are of one house, as far as their last two labels tell."""
    return one.split(".")[-_LABELS:] == other.split(".")[-_LABELS:]


ADVICE = Advice.of(__doc__, id="M05", look=look)
