"""Letters for the tests of what suits mailboxes."""

from __future__ import annotations

from safesend import Recipient, Template
from safesend.checks.mailboxes.letter import Letter
from safesend.message.address import Address
from safesend.message.compile import compile_message
from safesend.message.compose import compose
from safesend.message.identity import CampaignKey
from safesend.message.letterhead import Letterhead

__all__ = ["KEY", "composed", "letter", "said"]

KEY = CampaignKey(b"k" * 32, "spring")


def letter(html=None, *, subject="News", unsubscribe=None, **parts):
    """A letter, compiled; with a text of its own unless it has html."""
    if html is None:
        parts.setdefault("text", "Hello")
    head = Letterhead(Address.parse("news@example.org"), unsubscribe=unsubscribe)
    return Letter.of(compile_message(Template(subject, html=html, **parts), head))


def said(advice, html=None, **parts):
    """What an advice has to say of it: places and reasons."""
    return list(advice.look(letter(html, **parts)))


def composed(found, **fields):
    """The message of one row."""
    ada = Recipient("ada@example.net", **fields)
    return compose(found.compiled, ada, KEY, b"Mon, 01 Jun 2026 10:00:00 +0000")
