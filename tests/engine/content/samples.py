"""Campaigns, and ways of sending them, for the tests of what is kept of both."""

from __future__ import annotations

from hypothesis import strategies as st

from message.judges import ed25519, rsa
from safesend import Address, Attachment, Campaign, Recipient, Template
from safesend.checks.allowance import Allow
from safesend.message.unsubscribe import Unsubscribe, UnsubscribeKey

__all__ = ["KEY", "LINK", "campaign", "campaigns", "letters"]

KEY = UnsubscribeKey(b"s" * 32, origin="0123456789abcdef")
LINK = Unsubscribe("https://example.org/leave", KEY)
LOGO = Attachment.from_bytes(b"\x89PNG", name="logo.png")


def campaign(**more):
    """A campaign to one person."""
    given = {
        "name": "spring",
        "sender": "Office <office@example.org>",
        "template": Template(subject="Hello {{ name }}", text="Dear {{ name }},\n"),
        "audience": [Recipient("ada@example.com", name="Ada")],
        **more,
    }
    return Campaign(**given)


_WORDS = st.text(st.characters(categories=["L", "Zs"], max_codepoint=0x24F), max_size=9)
_NAMES = st.sampled_from(
    [
        "office@example.org",
        '"O, \\"B\\\\" <o@example.org>',
        "Zoë Ł <z@xn--mnchen-3ya.de>",
    ]
)
_FILES = st.builds(
    Attachment.from_bytes,
    st.binary(max_size=40),
    name=st.sampled_from(["map.pdf", "Straße ä.txt", "x"]),
)
_TEXTS = st.builds(
    "{}{}\n".format,
    _WORDS,
    st.sampled_from(
        ["{{ name }}", "{% if name %}{{ name|upper }}{% endif %}", "\r\n.\r\n"]
    ),
)


def letters():
    """Templates with everything that a template may have."""
    return st.builds(
        Template,
        subject=st.builds("Hello {}{{{{ name }}}}".format, _WORDS),
        text=_TEXTS,
        html=st.none() | st.just('<p>{{ name }}</p><img src="cid:logo.png">'),
        attachments=st.lists(_FILES, max_size=2),
        inline=st.just([LOGO]),
        headers=st.dictionaries(
            st.sampled_from(["X-One", "X-Two"]), st.builds("x{}".format, _WORDS)
        ),
        reply_to=st.none() | _NAMES,
        literal=st.booleans(),
    )


def campaigns():
    """Campaigns with everything that a campaign may have."""
    return st.builds(
        campaign,
        sender=_NAMES,
        template=letters(),
        message_id_domain=st.none() | st.just("mail.example.org"),
        unsubscribe=st.sampled_from([None, LINK, "https://example.org/?t={token}"]),
        envelope_sender=st.none() | st.just("bounces+{token}@example.org"),
        allowed_domains=st.none() | st.just(["example.org", "example.com"]),
        max_recipients=st.none() | st.integers(1, 2**70),
        allow=st.lists(st.just(Allow("L23", "formulas only", place="a.xlsx"))),
        verify=st.lists(st.just(("name", "first name")), max_size=2),
        public=st.lists(
            st.sampled_from(["a phrase", Address.parse("help@example.org")]), max_size=3
        ),
        private=st.lists(st.sampled_from(["account", "konto ä"]), max_size=2),
        seeds=st.sampled_from(
            [(), [Recipient("seed@example.org", [LOGO], name="Seed", number=4)]]
        ),
        seed_every=st.integers(1, 1000),
        redirect_all_to=st.none() | st.just("staging@example.org"),
        dkim=st.sampled_from([None, rsa(), [rsa(), ed25519()]]),
    )
