from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.testing.faults import Faults
from testing.wire import Talk

BEGIN = ("MAIL FROM:<a@x.example>", "RCPT TO:<b@x.example>", "DATA")


def _greeted(**settings: object) -> Talk:
    talk = Talk(**settings)
    talk.type("EHLO me.example")
    return talk


def test_a_message_is_taken_step_by_step() -> None:
    """Every command has its reply, and the message is kept as it was meant."""
    talk = _greeted()

    codes = talk.codes(*BEGIN, "Subject: x", "", "..dots", ".", "QUIT")

    assert codes == [250, 250, 354, 250, 221]
    [message] = talk.post.messages
    assert message.content == b"Subject: x\r\n\r\n.dots\r\n"
    assert (message.sender, message.recipients) == ("a@x.example", ("b@x.example",))
    assert (message.tls, message.user, message.connection) == (False, None, 1)
    assert talk.closed
    assert talk.post.violations == []


def test_a_group_is_answered_in_order() -> None:
    """The end of the data may begin a group (RFC 2920 section 3.1)."""
    talk = _greeted()
    talk.group(*BEGIN)

    answers = talk.group("Subject: x", "", "1", ".", "RSET", *BEGIN)

    assert [answer[:3] for answer in answers] == ["250", "250", "250", "250", "354"]
    assert talk.post.violations == []


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


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["MAIL FROM:<a@x.example>"], 503),
        (["EHLO"], 501),
        (["EHLO two words"], 501),
        (["HELP"], 500),
        ([b"NOOP \xff"], 500),
        ([b"N\xc3\xb6OP"], 500),
        (["NOOP \x07"], 500),
        (["NOOP " + "x" * 3000], 500),
        (["NOOP x\ny"], 500),
        (["EHLO me", "RCPT TO:<b@x.example>"], 503),
        (["EHLO me", "DATA"], 554),
        (["EHLO me", "DATA x"], 501),
        (["EHLO me", "RSET x"], 501),
        (["EHLO me", "STARTTLS"], 503),
        (["EHLO me", "AUTH PLAIN"], 538),
        (["EHLO me", "MAIL FROM: <a@x.example>"], 501),
        (["EHLO me", "MAIL TO:<a@x.example>"], 501),
        (["EHLO me", "MAIL FROM:<a@x.example> SIZE=99999999999"], 552),
        (["EHLO me", "MAIL FROM:<a@x.example> SIZE=x"], 501),
        (["EHLO me", "MAIL FROM:<a@x.example> FOO=1"], 555),
        (["HELO me", "MAIL FROM:<a@x.example> SIZE=1"], 555),
        (["EHLO me", "MAIL FROM:<ä@x.example>"], 553),
        (["EHLO me", "MAIL FROM:<>", "RCPT TO:<>"], 501),
        (["EHLO me", "MAIL FROM:<>", "RCPT TO:<ä@x.example>"], 553),
        (["EHLO me", "MAIL FROM:<>", "RCPT TO:<b@x.example> NOTIFY=NEVER"], 555),
        (["EHLO me", "MAIL FROM:<>", "RCPT TO:<a@x.example>,<b@x.example>"], 501),
        (["EHLO me", "MAIL FROM:<>", "MAIL FROM:<>"], 503),
    ],
)
def test_what_breaks_a_rule_is_refused(lines: list[str | bytes], code: int) -> None:
    """To the letter of the standard."""
    assert Talk().codes(*lines)[-1] == code


@pytest.mark.parametrize(
    "line",
    [
        'MAIL FROM:<"a b"@x.example>',
        "MAIL FROM:<a@x.example> SIZE=10 BODY=8BITMIME",
        "MAIL FROM:<ä@x.example> SMTPUTF8",
        "mail from:<>",
    ],
)
def test_what_is_allowed_is_taken(line: str) -> None:
    """Null senders, quoted local parts, parameters that were offered."""
    talk = _greeted()

    assert talk.codes(line) == [250]
    assert talk.post.violations == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"bare\nLF", 550),
        (b"bare\rCR", 550),
        (b"nul\0", 550),
        (b"x" * 999, 550),
        ("ä".encode(), 554),
        (b"x" * 998, 250),
        (b"y" * 60 + b"\r\n" + b"y" * 60, 250),
    ],
)
def test_content_is_looked_at(content: bytes, code: int) -> None:
    """Lone line ends, NUL, long lines and unannounced octets do not get in."""
    talk = _greeted()

    assert talk.codes(*BEGIN, content, ".") == [250, 250, 354, code]
    assert len(talk.post.messages) == (code == 250)
    assert len(talk.post.violations) == (code != 250)


def test_eight_bit_content_may_be_announced() -> None:
    """With BODY=8BITMIME or SMTPUTF8."""
    talk = _greeted()

    for parameter in ("BODY=8BITMIME", "SMTPUTF8"):
        lines = (f"MAIL FROM:<a@x.example> {parameter}", *BEGIN[1:], "ä", ".")
        assert talk.codes(*lines)[-1] == 250


def test_too_large_a_content_is_refused() -> None:
    """Also when SIZE said nothing."""
    talk = _greeted(size=50)

    assert talk.codes(*BEGIN, "x" * 40, "x" * 40, ".") == [250, 250, 354, 552]


def test_an_empty_message_is_a_lone_dot() -> None:
    """The data may end at once."""
    talk = _greeted()

    assert talk.codes(*BEGIN, ".") == [250, 250, 354, 250]
    assert talk.post.messages[0].content == b""


def test_a_transaction_stays_until_it_is_ended() -> None:
    """What a client forgets to reset shows as a second recipient."""
    talk = _greeted()
    talk.faults.reply("data", "451 4.3.0 Not now", times=1)

    assert talk.codes(*BEGIN) == [250, 250, 451]
    assert talk.codes("RCPT TO:<c@x.example>", "DATA", ".") == [250, 354, 250]
    assert talk.post.messages[0].recipients == ("b@x.example", "c@x.example")


@pytest.mark.parametrize("end", ["RSET", "EHLO me"])
def test_a_transaction_is_ended_by_reset_or_greeting(end: str) -> None:
    """And nothing is left of it."""
    talk = _greeted()
    talk.type(*BEGIN[:2], end)

    assert talk.codes("RCPT TO:<c@x.example>", "DATA") == [503, 554]


@pytest.mark.parametrize(
    ("settings", "group"),
    [
        ({"pipelining": False}, ("RSET", "NOOP")),
        ({}, ("NOOP", "NOOP")),
        ({}, (*BEGIN, "Subject: too early")),
    ],
)
def test_a_group_must_be_a_proper_one(settings: dict, group: tuple[str, ...]) -> None:
    """Only after PIPELINING was offered, and some commands end it."""
    talk = _greeted(**settings)

    assert talk.group(*group)[-1].startswith("503 5.5.0 Nothing may follow")
    assert talk.closed
    assert talk.post.violations != []


def test_a_line_without_end_is_cut_short() -> None:
    """Nobody fills the memory of a test."""
    talk = _greeted()
    talk.dialogue.feed(b"x" * 20_000)

    assert talk.said() == ["500 5.5.2 Line too long"]
    assert talk.closed


@given(st.data())
def test_where_the_octets_are_split_does_not_matter(data: st.DataObject) -> None:
    """Any split of the same conversation has the same answers."""
    octets = (
        b"MAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n",
        b"a\r\n..\r\n.b\r\n.\r\nRSET\r\nMAIL FROM:<>\r\n",
    )
    talk = _greeted()
    talk.said()
    for group in octets:
        cuts = data.draw(st.lists(st.integers(0, len(group)), max_size=6).map(sorted))
        for begin, end in zip([0, *cuts], [*cuts, len(group)], strict=True):
            talk.dialogue.feed(group[begin:end])

    codes = [answer[:3] for answer in talk.said()]
    assert codes == ["250", "250", "354", "250", "250", "250"]
    assert talk.post.messages[0].content == b"a\r\n.\r\nb\r\n"


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


def test_too_many_messages_on_a_connection() -> None:
    """The MAIL after the last one ends it."""
    talk = _greeted(faults=(faults := Faults()))
    faults.max_messages_per_connection(1)

    assert talk.codes(*BEGIN, "x", ".", "MAIL FROM:<a@x.example>")[-1] == 421
    assert talk.closed
