"""Whatever the rows hold: each message names its own recipient, or none is made."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from email import message_from_bytes, policy

from hypothesis import example, given, settings
from hypothesis import strategies as st

from safesend.errors import SafesendError
from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.compile import compile_message
from safesend.message.compose import compose
from safesend.message.envelope import seal
from safesend.message.identity import CampaignKey
from safesend.message.letterhead import Letterhead
from safesend.message.recipient import Recipient
from safesend.message.second_reading import reread
from safesend.message.template import Template

KEY = CampaignKey(b"k" * 32, "spring")
DATE = dt.datetime(2026, 11, 24, 8, 5, 9, tzinfo=dt.UTC)
LETTERHEAD = Letterhead(
    Address.parse("News <news@example.org>", name_allowed=True),
    unsubscribe="https://example.org/u?t={token}",
)
BODY = ".\n{{ a }}{{ b }}. {{ a }}\n{{ b }}\n\nFrom {{ a }} -- {{ unsubscribe_url }}"
SLOTS = Template(
    "Hi {{ a }}: {{ b }}", text=BODY, html=f"<p>{BODY}", headers={"X-Tag": "{{ b }}"}
)
LOGIC = Template(
    "{% if a %}{{ a }}{% endif %}!",
    text="{% if a %}{{ a }}{% endif %}" + BODY,
    html="{% if b %}<i>{{ b }}</i>{% endif %}" + BODY,
)
TEXT_ONLY = Template("{{ a }}", text="{{ a }}\n{{ b }}")
PICTURE = Attachment.from_bytes(b"\x89PNG", name="logo.png")
FILES = Template(
    "{{ a }}.",
    html='<img src="cid:logo.png">{{ b }}',
    inline=[PICTURE],
    attachments=[Attachment.from_bytes(b"shared" * 40, name="Übersicht.pdf")],
)
COMPILED = [compile_message(t, LETTERHEAD) for t in (SLOTS, LOGIC, TEXT_ONLY, FILES)]

BREAKING = st.sampled_from(
    [
        "\r\nBcc: eve@example.com",
        "\n.\nMAIL FROM:<x@example.com>",
        "\nBcc: eve@example.com\n\n",
        "\r",
        "\0",
        "\t",
        "\x0b",
        "\x7f",
        "\x85",
        "\u2028",
        "\u2029",
        "=?utf-8?Q?=0A?=Bcc: eve@example.com",
        "=?utf-8?B?DQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=",
        "=?utf-7?Q?+AAo-?=",
        "=\n",
        "\n--",
        "\nFrom me",
    ]
)
ODD = st.sampled_from(
    [
        "=?x?q?hello?=",
        "=?",
        "?=",
        "=2E",
        "--=_",
        "....",
        " ",
        "   ",
        "From me",
        "𝔸🎉",
        "\u202eabc",
        "שלום",
        'Zoë <b>&amp;</b> "O\'Neil"',
        "%s %(a)s %b",
        "x" * 80,
        "x" * 1200,
        "é" * 300,
        "word " * 60,
        ";,:<>()[]@",
    ]
)
PRINTABLE = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
LINES = st.lists(ODD | st.text(PRINTABLE, max_size=12), max_size=5).map("".join)
VALUES = st.lists(BREAKING | ODD | st.text(max_size=12), max_size=5).map("".join)


def read(content):
    return message_from_bytes(content, policy=policy.default)


@settings(max_examples=300, deadline=None)
@given(
    a=st.one_of(LINES, LINES, LINES, VALUES),
    b=VALUES | LINES,
    compiled=st.sampled_from(COMPILED),
    personal=st.none() | st.binary(max_size=200),
)
@example("\nBcc: eve@example.com", "b", COMPILED[0], None)
@example("=?utf-8?Q?=0A?=Bcc: eve@example.com", "b", COMPILED[0], None)
def test_a_message_names_its_own_recipient_and_says_what_was_meant(
    a, b, compiled, personal
):
    """
    For any values a message is refused, or a strange parser reads back what was
    meant: one recipient, the intended headers, texts and files, CRLF and nothing else.
    """
    files = [] if personal is None else [Attachment.from_bytes(personal, name="x.bin")]
    recipient = Recipient("ada@example.net", attachments=files, a=a, b=b)
    try:
        envelope = seal(compose(compiled, recipient, KEY, DATE), KEY)
    except SafesendError:
        return
    content = envelope.content

    assert reread(envelope, compiled, recipient) == []
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", content)
    assert read(content)["To"] == "ada@example.net" == envelope.recipient.wire
    assert read(content)["Bcc"] is None
    assert len(content) == envelope.size


@settings(max_examples=100, deadline=None)
@given(a=VALUES, b=VALUES)
def test_no_message_depends_on_another_row(a, b):
    """
    A message is the same whether another row was composed before it or not.
    """
    compiled = COMPILED[0]
    first = Recipient("ada@example.net", a="Ada", b="x")
    alone = seal(compose(compiled, first, KEY, DATE), KEY).content
    with contextlib.suppress(SafesendError):
        compose(compiled, Recipient("bob@example.com", a=a, b=b), KEY, DATE)

    again = seal(compose(compiled, first, KEY, DATE), KEY).content

    assert alone == again
    assert b"bob" not in again


@settings(max_examples=150, deadline=None)
@given(
    value=st.text(
        st.characters(
            exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="{%$*"
        ),
        min_size=1,
        max_size=200,
    ).filter(lambda value: value.strip())
)
def test_any_text_without_controls_can_be_a_subject(value):
    """
    A subject of printable characters is never refused, and reads back.
    """
    recipient = Recipient("ada@example.net", a=value, b="b")

    envelope = seal(compose(COMPILED[2], recipient, KEY, DATE), KEY)

    assert reread(envelope, COMPILED[2], recipient) == []
