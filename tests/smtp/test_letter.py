"""A letter is prepared for the server at hand, or refused before a byte leaves."""

from __future__ import annotations

import pytest

from safesend.delivery import Refused, Stage
from safesend.smtp import Capabilities
from safesend.smtp.content import Stuffer
from safesend.smtp.letter import Prepared, prepare

from .post import BODY, letter

FULL = Capabilities(
    size=1000, takes_size=True, eightbitmime=True, smtputf8=True, dsn=True
)


def test_a_letter_becomes_bytes():
    """Sender, recipient and content, with the parameters that the server knows."""
    prepared = prepare(letter(), FULL, Stuffer())

    assert isinstance(prepared, Prepared)
    assert prepared.mail == (
        b"MAIL FROM:<news@example.org> SIZE=%d RET=HDRS\r\n" % len(BODY)
    )
    assert prepared.rcpt == b"RCPT TO:<ada@example.org>\r\n"
    assert b"".join(prepared.pieces) == BODY + b".\r\n"


def test_smtputf8_is_said_when_needed():
    """And then addresses may be in any script (RFC 6531)."""
    prepared = prepare(letter("añe@example.org", utf8=True), FULL, Stuffer())

    assert isinstance(prepared, Prepared)
    assert prepared.mail.endswith(b" SMTPUTF8\r\n")
    assert prepared.rcpt == "RCPT TO:<añe@example.org>\r\n".encode()


def test_eight_bits_are_announced():
    """BODY=8BITMIME stands where the content is not ASCII (RFC 6152)."""
    prepared = prepare(letter(segments=(b"caf\xc3\xa9",)), FULL, Stuffer())

    assert isinstance(prepared, Prepared)
    assert prepared.mail.endswith(b" BODY=8BITMIME\r\n")


def test_reports_are_asked_for_where_they_are_offered():
    """MAIL gets the letter's name, RCPT when to report and its mailbox (RFC 3461)."""
    one = letter("a+b@example.org", identity="0badcafe")
    prepared = prepare(one, FULL, Stuffer(), "failure,delay")

    assert isinstance(prepared, Prepared)
    assert prepared.mail.endswith(b" RET=HDRS ENVID=0badcafe\r\n")
    assert prepared.rcpt == (
        b"RCPT TO:<a+b@example.org> NOTIFY=FAILURE,DELAY"
        b" ORCPT=rfc822;a+2Bb@example.org\r\n"
    )


def test_no_reports_are_asked_for_elsewhere():
    """A server that does not offer DSN gets none of it."""
    one = letter(identity="0badcafe")
    prepared = prepare(one, Capabilities(), Stuffer(), "failure,delay")

    assert isinstance(prepared, Prepared)
    assert prepared.mail == b"MAIL FROM:<news@example.org>\r\n"
    assert prepared.rcpt == b"RCPT TO:<ada@example.org>\r\n"


def test_what_is_too_long_to_be_asked_for_is_left_out():
    """The letter goes all the same."""
    long = '"' + " " * 200 + '"@example.org'
    prepared = prepare(letter(long, identity="x" * 99), FULL, Stuffer(), "never")

    assert isinstance(prepared, Prepared)
    assert prepared.mail.endswith(b" RET=HDRS\r\n")
    assert prepared.rcpt.endswith(b"> NOTIFY=NEVER\r\n")


@pytest.mark.parametrize(
    ("changes", "capabilities", "enhanced", "words"),
    [
        ({"utf8": True}, Capabilities(), "5.6.7", "SMTPUTF8"),
        ({"size": 1001}, FULL, "5.3.4", "limit is 1000"),
        ({"segments": (b"\xe9",)}, Capabilities(), "5.6.3", "8BITMIME"),
    ],
)
def test_what_the_server_cannot_take_is_not_begun(
    changes, capabilities, enhanced, words
):
    """It is refused at MAIL, without a code, as no server said anything."""
    refusal = prepare(letter(**changes), capabilities, Stuffer())

    assert isinstance(refusal, Refused)
    assert (refusal.stage, refusal.code, refusal.enhanced) == (
        Stage.MAIL,
        None,
        enhanced,
    )
    assert words in refusal.text


@pytest.mark.parametrize(
    "changes",
    [
        {"segments": (b"a\nb",)},
        {"recipient": "a@example.org,b@example.org"},
        {"recipient": "añe@example.org"},
        {"sender": "a@example.org\r\nDATA"},
    ],
)
def test_what_may_not_be_written_is_not(changes):
    """A letter that breaks a rule is refused by us, and its address is not repeated."""
    refusal = prepare(letter(**changes), FULL, Stuffer())

    assert isinstance(refusal, Refused)
    assert refusal.stage is Stage.COMPOSE
    assert refusal.text.startswith("nothing was sent")
    assert "@" not in refusal.text


def test_a_letter_is_not_printed():
    """Neither its addresses nor its text, before and after it is prepared."""
    shown = repr(letter()) + str(letter()) + repr(prepare(letter(), FULL, Stuffer()))

    assert "ada" not in shown
    assert "news" not in shown
    assert "Dear" not in shown
