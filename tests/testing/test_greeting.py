from __future__ import annotations

import base64

import pytest

from safesend.testing.faults import Faults
from safesend.testing.greeting import Greeting
from safesend.testing.post import Post, Settings
from testing.wire import Talk

BEGIN = ("MAIL FROM:<a@x.example>", "RCPT TO:<b@x.example>", "DATA")


def _greeted(**settings: object) -> Talk:
    talk = Talk(**settings)
    talk.type("EHLO me.example")
    return talk


def test_what_it_offers_can_be_chosen() -> None:
    """Each extension is there or not."""
    full = Talk(
        starttls=True, users={"u": "p"}, auth_without_tls=True, extensions=("XYZ",)
    )
    assert full.type("EHLO me") == [
        "250-mail.example.test",
        "250-PIPELINING",
        "250-SIZE 52428800",
        "250-8BITMIME",
        "250-SMTPUTF8",
        "250-ENHANCEDSTATUSCODES",
        "250-STARTTLS",
        "250-AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER",
        "250 XYZ",
    ]
    bare = Talk(
        pipelining=False, size=None, eight_bit=False, smtputf8=False,
        enhanced_codes=False, users={"u": "p"},
    )  # fmt: skip
    assert bare.type("EHLO me") == ["250 mail.example.test"]
    assert bare.type("NOOP") == ["250 Ok"]
    assert Talk().type("HELO me") == ["250 mail.example.test"]


def test_chunking_is_offered_when_asked_for() -> None:
    """To those who say EHLO."""
    assert "250-CHUNKING" in Talk(chunking=True).type("EHLO me")
    assert Talk(chunking=True).type("HELO me") == ["250 mail.example.test"]


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_logging_in_is_needed_where_there_are_users() -> None:
    """And happens once, before a transaction."""
    talk = _greeted(tls=True, users={"u": "p"})

    assert talk.codes("MAIL FROM:<a@x.example>") == [530]
    assert talk.codes("AUTH PLAIN " + _b64("\0u\0p")) == [235]
    assert talk.codes("AUTH PLAIN " + _b64("\0u\0p")) == [503]
    assert talk.codes(*BEGIN, "x", ".") == [250, 250, 354, 250]
    assert talk.post.messages[0].user == "u"


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (["AUTH PLAIN", _b64("\0u\0p")], [334, 235]),
        (["AUTH PLAIN " + _b64("\0u\0wrong")], [535]),
        (["AUTH LOGIN", _b64("u"), _b64("p")], [334, 334, 235]),
        (["AUTH CRAM-MD5"], [504]),
        (["AUTH PLAIN", "*"], [334, 501]),
        (["AUTH PLAIN", "!!"], [334, 501]),
        (["AUTH PLAIN !!"], [501]),
        (["AUTH PLAIN " + _b64("no zeros")], [501]),
        (["AUTH PLAIN ="], [501]),
        (["AUTH LOGIN", _b64("u"), _b64("no"), "NOOP"], [334, 334, 535, 250]),
        (["AUTH OAUTHBEARER " + _b64("n,a=u,\x01nothing\x01\x01")], [501]),
    ],
)
def test_a_login_is_a_dialogue(lines: list[str], codes: list[int]) -> None:
    """RFC 4954: challenges, responses, cancelling, nonsense."""
    assert _greeted(tls=True, users={"u": "p"}).codes(*lines) == codes


def test_starttls_begins_after_its_reply() -> None:
    """What was known before is forgotten (RFC 3207 section 4.2)."""
    talk = _greeted(starttls=True)

    assert talk.codes("STARTTLS") == [220]
    assert talk.handshakes == 1
    talk.dialogue.secured()
    assert talk.codes("MAIL FROM:<a@x.example>", "STARTTLS") == [503, 503]
    assert "250-STARTTLS" not in talk.type("EHLO me")


def test_a_connection_too_many_is_counted() -> None:
    """It gets 421, and is closed."""
    talk = Talk()
    talk.said()

    talk.dialogue.turn_away()

    assert talk.said() == ["421 4.7.0 Too many connections"]
    assert talk.closed
    assert talk.faults.turned_away == {"limit_connections": 1}


def test_a_greeting_alone_has_no_transaction_to_forget() -> None:
    """That belongs to the dialogue."""
    greeting = Greeting(Post(Settings(), Faults()), Talk(), tls=False)
    greeting.reset()

    assert "MAIL" not in greeting.commands()


def test_the_whole_path_is_offered_over_tls_only() -> None:
    """REQUIRETLS is no offer, and no parameter, in clear (RFC 8689 section 2)."""
    mail = "MAIL FROM:<a@x.example> REQUIRETLS"

    assert _greeted(tls=True, requiretls=True).codes(mail) == [250]
    assert _greeted(requiretls=True).codes(mail) == [555]
    assert _greeted(tls=True).codes(mail) == [555]
    assert "250 REQUIRETLS" in Talk(tls=True, requiretls=True).type("EHLO me")
    assert "250 REQUIRETLS" not in Talk(requiretls=True).type("EHLO me")
