"""Whatever the rows hold: two verifiers that are not ours take what was signed."""

from __future__ import annotations

import datetime as dt
import re

import dkim
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from message.judges import dkimpy, ed25519, opendkim, rsa
from properties.test_messages import (
    FILES,
    KEY,
    LETTERHEAD,
    LINES,
    LOGIC,
    SLOTS,
    TEXT_ONLY,
    VALUES,
)
from safesend.errors import SafesendError
from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.compile import compile_message
from safesend.message.compose import compose, sign
from safesend.message.envelope import Envelope, seal
from safesend.message.letterhead import Letterhead
from safesend.message.recipient import Recipient
from safesend.message.second_reading import reread
from safesend.message.template import Template
from servers.fixtures import or_skip

BOTH = rsa(), ed25519()
PLAIN = Letterhead(Address.parse("jürgen@bücher.example"))
NAMED = Letterhead(
    Address.parse(f'"{"Größe, " * 12}" <news@example.org>', name_allowed=True)
)
LONG = "A word  and another,   and so on: " * 9
BLANKS = Template(
    LONG + "{{ a }}",
    text="  {{ a }}  \t \n\n\n .{{ b }} \n \n\n",
    html="<pre>\n\t  {{ b }}   {{ a }} </pre>\n\n\n",
    reply_to='"Doe,   Jane" <jane@example.org>',
    headers={"List-Id": "<n.example.org>", "Keywords": LONG, "X-Own": "{{ b }}"},
)
EMPTY = Template("{{ a }}", text="{{ b or '' }}\n\n\n")
SAME = Template("always", text="the same\n\n . \n\n\n")
LETTERS = [
    compile_message(template, head, dkim=BOTH)
    for head, templates in {
        LETTERHEAD: (SLOTS, LOGIC, FILES, BLANKS),
        PLAIN: (TEXT_ONLY, FILES, BLANKS, EMPTY, SAME),
        NAMED: (BLANKS, SAME),
    }.items()
    for template in templates
]
# A signature of the future is none (RFC 6376 section 3.5).
DATES = st.integers(1_000_000, 1_700_000_000).map(
    lambda n: dt.datetime.fromtimestamp(n, dt.UTC)
)
ADDRESSES = st.sampled_from(
    ["ada@example.net", '"a  b"@example.net', "jürgen@bücher.example"]
)
FIELD = re.compile(rb"([^\r\n:]+): [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")
QUICK = [Phase.explicit, Phase.reuse, Phase.generate]
"""Nothing is shrunk where a program is started for each example."""
EMPTIES = st.sampled_from(["", " ", "\n\n", "\t\n ", ".\n.", "..", "x \n\n"])


@st.composite
def signed(draw: st.DrawFn) -> tuple[Envelope, list[str]]:
    """A sealed message, and what a second reading of ours holds against it."""
    letter = draw(st.sampled_from(LETTERS))
    personal = draw(st.none() | st.binary(max_size=200))
    files = [] if personal is None else [Attachment.from_bytes(personal, name="x.bin")]
    a, b = draw(LINES), draw(LINES | VALUES | EMPTIES)
    recipient = Recipient(draw(ADDRESSES), attachments=files, a=a or "x", b=b)
    try:
        message = sign(compose(letter, recipient, KEY, draw(DATES)))
    except SafesendError:
        message = None
    if message is None:
        recipient = Recipient("ada@example.net", a="x", b="y")
        message = sign(compose(letter, recipient, KEY, draw(DATES)))
    envelope = seal(message, KEY)
    return envelope, [str(leak) for leak in reread(envelope, letter, recipient)]


@settings(max_examples=250, deadline=None)
@given(signed())
def test_dkimpy_takes_whatever_was_signed(made):
    """
    Both signatures; our own second reading agrees.
    """
    envelope, leaks = made
    assert dkimpy(envelope.content, *BOTH) == [True, True]
    assert leaks == []


@pytest.mark.server
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(signed(), min_size=4, max_size=12))
def test_opendkim_takes_whatever_was_signed(made):
    """
    Both signatures of every message.
    """
    with or_skip():
        told = opendkim([envelope.content for envelope, _ in made], *BOTH)
    assert told == [[True, True]] * len(made)


def changed(content: bytes, place: int) -> bytes:
    """One octet in the value of a header that is signed, or in the body, is another."""
    end = content.index(b"\r\n\r\n") + 4
    places = list(range(end, len(content)))
    for line in re.finditer(
        rb"([^\r\n:]+): [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*", content
    ):
        signed = not line[1].startswith((b"X-", b"Keywords", b"DKIM-"))
        if line.end() < end and signed:
            places += range(line.end(1) + 1, line.end())
    places = [n for n in places if content[n : n + 1] not in b" \t\r\n"]
    at = places[place % len(places)]
    other = b"Q" if content[at : at + 1] != b"Q" else b"R"
    return content[:at] + other + content[at + 1 :]


@settings(max_examples=100, deadline=None)
@given(signed(), st.integers(0, 1 << 20))
def test_a_message_with_one_other_octet_fails(made, place):
    """
    Says dkimpy, of both signatures, wherever it is.
    """
    try:
        told = dkimpy(changed(made[0].content, place), *BOTH)
    except dkim.MessageFormatError:  # not even a message any more
        return
    assert told == [False, False]


@pytest.mark.server
@settings(max_examples=15, deadline=None, phases=QUICK)
@given(st.lists(st.tuples(signed(), st.integers(0, 1 << 20)), min_size=8, max_size=8))
def test_opendkim_sees_the_other_octet(made):
    """
    And says so, of both signatures.
    """
    messages = [changed(envelope.content, place) for (envelope, _), place in made]
    with or_skip():
        told = opendkim(messages, *BOTH)
    assert not any(one for signatures in told for one in signatures)
