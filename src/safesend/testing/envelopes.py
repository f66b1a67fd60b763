"""Envelopes for tests, made the one way in which envelopes are made."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.compile import compile_message
from safesend.message.compose import compose
from safesend.message.envelope import Envelope, seal
from safesend.message.identity import CampaignKey
from safesend.message.letterhead import Letterhead
from safesend.message.recipient import Recipient
from safesend.message.template import Template

__all__ = ["make_envelopes"]

_KEY = b"the key of tests, known to all.."
_DATE = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = itertools.count(1)


def make_envelopes(
    recipients: int | Iterable[str | Recipient],
    *,
    text: str = "Hello {{ email }},\nthis is for you only.\n",
    subject: str = "A letter",
    sender: str = "News <news@example.org>",
    attachments: Iterable[Attachment] = (),
    campaign: str | None = None,
) -> Iterator[Envelope]:
    """Sealed messages, one each; for a number, to that many fictitious people.

    Plain addresses fill the field `email`. Every call is a campaign of its own,
    with Message-IDs of its own, unless `campaign` names it.
    """
    name = campaign or f"test-{next(_numbers)}"
    key = CampaignKey(_KEY, name)
    template = Template(subject=subject, text=text, attachments=tuple(attachments))
    letterhead = Letterhead(Address.parse(sender, name_allowed=True))
    compiled = compile_message(template, letterhead)
    if isinstance(recipients, int):
        recipients = (f"person{n}@{name}.example" for n in range(recipients))
    for one in recipients:
        recipient = one if isinstance(one, Recipient) else Recipient(one, email=one)
        yield seal(compose(compiled, recipient, key, _DATE), key)
