"""Letters that the tests of this folder share."""

from __future__ import annotations

import copy
import datetime as dt

from safesend.message.address import Address
from safesend.message.compile import compile_message
from safesend.message.compose import compose, sign
from safesend.message.envelope import Envelope, seal
from safesend.message.identity import CampaignKey
from safesend.message.letterhead import Letterhead
from safesend.message.recipient import Recipient
from safesend.message.template import Template
from safesend.message.unsubscribe import UnsubscribeKey

KEY = CampaignKey(b"k" * 32, "spring")
DATE = dt.datetime(2026, 11, 24, 8, 5, 9, tzinfo=dt.UTC)
SENDER = Address.parse("News <news@example.org>", name_allowed=True)
URL = "https://example.org/u/{token}"
SEALING = UnsubscribeKey(b"l" * 32)
SEALED = Letterhead(SENDER, unsubscribe=URL, unsubscribe_key=SEALING)


def compiled(
    subject="Hello {{ name }}",
    *,
    letterhead=None,
    idempotency=None,
    dkim=(),
    **template,
):
    if not template.keys() & {"text", "html"}:
        template["text"] = "Dear {{ name }},\n.\nbye\n"
    return compile_message(
        Template(subject, **template),
        letterhead or Letterhead(SENDER),
        idempotency=idempotency,
        dkim=dkim,
    )


def row(address="ada@example.net", *, attachments=(), **fields):
    return Recipient.from_row(
        address,
        fields or {"name": "Ada"},
        attachments=attachments,
        source="members.csv:17",
    )


def composed(letter=None, recipient=None):
    return compose(letter or compiled(), recipient or row(), KEY, DATE)


def sealed(letter=None, recipient=None):
    return seal(sign(composed(letter, recipient)), KEY)


def forged(envelope: Envelope, **changed: object) -> Envelope:
    """A changed copy, by force: what no campaign and no `attrs.evolve` makes."""
    forgery = copy.copy(envelope)
    for name, value in changed.items():
        object.__setattr__(forgery, name, value)
    return forgery
