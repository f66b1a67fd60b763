from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.testing.faults import Faults
from safesend.testing.rules import Moment
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
        (["EHLO me", "MAIL FROM:<a@x.example> SIZE=1 SIZE=1"], 501),
        (["EHLO me", "MAIL FROM:<a@x.example> RET=HDRS"], 555),
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


def test_too_many_messages_on_a_connection() -> None:
    """The MAIL after the last one ends it."""
    talk = _greeted(faults=(faults := Faults()))
    faults.max_messages_per_connection(1)

    assert talk.codes(*BEGIN, "x", ".", "MAIL FROM:<a@x.example>")[-1] == 421
    assert talk.closed
    assert faults.turned_away == {"max_messages_per_connection": 1}


# CHUNKING (RFC 3030).

ENVELOPE = BEGIN[:2]


def _chunking(*lines: str, **settings: object) -> Talk:
    talk = _greeted(chunking=True, **settings)
    talk.type(*lines)
    return talk


def _chunk(octets: bytes, last: str = "") -> bytes:
    return b"BDAT %d%s\r\n%s" % (len(octets), last.encode(), octets)


def _bdat(talk: Talk, *chunks: bytes) -> list[str]:
    """The answers to chunks that come in one group."""
    talk.said()
    talk.dialogue.feed(b"".join(chunks))
    return talk.said()


def test_a_message_may_come_in_chunks() -> None:
    """Their octets are counted; no dot has a meaning."""
    talk = _chunking(*ENVELOPE)

    assert _bdat(talk, _chunk(b"Subject: x\r\n\r")) == ["250 2.0.0 13 octets taken"]
    assert _bdat(talk, _chunk(b"\n.\r\n..a")) == ["250 2.0.0 7 octets taken"]
    assert _bdat(talk, _chunk(b"\r\n", " LAST")) == ["250 2.0.0 Ok: queued as 1"]
    [message] = talk.post.messages
    assert message.content == b"Subject: x\r\n\r\n.\r\n..a\r\n"
    assert message.recipients == ("b@x.example",)
    assert talk.codes(*BEGIN, ".") == [250, 250, 354, 250]
    assert talk.post.violations == []


def test_chunks_may_come_in_one_group() -> None:
    """Each has its answer; the last may be empty (RFC 3030 section 4.2)."""
    talk = _chunking(*ENVELOPE)

    answers = _bdat(talk, _chunk(b"a"), _chunk(b"b\r\n"), _chunk(b"", " LAST"))

    assert [answer[:3] for answer in answers] == ["250", "250", "250"]
    assert talk.post.messages[0].content == b"ab\r\n"


@given(st.lists(st.integers(0, 60), max_size=6).map(sorted))
def test_where_chunks_are_split_does_not_matter(cuts: list[int]) -> None:
    """Any split of the same octets has the same answers."""
    octets = _chunk(b"Subject: x\r\n\r\nBDAT 9\r\n") + _chunk(b".\r\n", " LAST")
    talk = _chunking(*ENVELOPE)
    talk.said()
    for begin, end in zip([0, *cuts], [*cuts, len(octets)], strict=True):
        talk.dialogue.feed(octets[begin:end])

    assert [answer[:3] for answer in talk.said()] == ["250", "250"]
    assert talk.post.messages[0].content == b"Subject: x\r\n\r\nBDAT 9\r\n.\r\n"


@pytest.mark.parametrize(
    ("before", "settings", "sent", "reply"),
    [
        ((), {}, _chunk(b"x"), "503 5.5.1 MAIL first"),
        (ENVELOPE[:1], {}, _chunk(b"x"), "554 5.5.1 No valid recipients"),
        (ENVELOPE, {"size": 9}, _chunk(b"x" * 10), "552 5.3.4 Message too big"),
        (ENVELOPE, {}, _chunk(b"x\ny\r\n", " LAST"), "550 5.6.0 CR or LF stands alone"),
        (ENVELOPE, {}, _chunk(b"\xe4\r\n", " LAST"), "554 5.6.1 Eight-bit content"),
    ],
)
def test_after_a_refused_chunk_only_rset_helps(
    before: tuple[str, ...], settings: dict, sent: bytes, reply: str
) -> None:
    """Its octets are read, and are no commands (RFC 3030 section 2)."""
    talk = _chunking(*before, **settings)

    assert _bdat(talk, sent)[0].startswith(reply)
    assert _bdat(talk, _chunk(b"y", " LAST")) == [
        "503 5.5.1 RSET first: a chunk was refused"
    ]
    assert talk.codes(*BEGIN, "NOOP", "RSET") == [503, 503, 503, 250, 250]
    assert talk.codes(*ENVELOPE) == [250, 250]
    assert _bdat(talk, _chunk(b"z\r\n", " LAST"))[0].startswith("250")
    assert [message.content for message in talk.post.messages] == [b"z\r\n"]


def test_chunks_that_follow_a_refused_one_are_no_mistake() -> None:
    """They were on their way; none of the message is kept."""
    talk = _chunking(*ENVELOPE)
    talk.faults.reply("bdat", "451 4.3.0 Disk full", times=1)

    answers = _bdat(talk, _chunk(b"a"), _chunk(b"b"), _chunk(b"c", " LAST"))

    assert [answer[:3] for answer in answers] == ["451", "503", "503"]
    assert talk.post.violations == []
    assert talk.post.messages == []
    [attempt] = talk.post.attempts
    assert (attempt.so_far().stage, attempt.so_far().reply) == (
        "bdat",
        "451 4.3.0 Disk full",
    )


def _whole(mailbox: str, octets: bytes) -> bytes:
    """All of a transaction."""
    lines = ("RSET", "MAIL FROM:<a@x.example>", f"RCPT TO:<{mailbox}>")
    return "".join(line + "\r\n" for line in lines).encode() + _chunk(octets, " LAST")


def test_whole_transactions_may_come_in_one_group() -> None:
    """Where it is said so; each has its answers, and its own recipient only."""
    talk = _chunking(chunks_in_groups=True)
    talk.faults.reply("rcpt", "550 5.1.1 Who", to="b@x.example")
    talk.faults.reply("mail", "451 4.3.0 Later", message=3)

    answers = _bdat(
        talk,
        _whole("a@x.example", b"1\r\n"),
        _whole("b@x.example", b"2\r\n"),
        _whole("c@x.example", b"3\r\n"),
        _whole("d@x.example", b"4\r\n"),
        b"RSET\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<e@x.example>\r\nDATA\r\n",
    )

    assert [int(answer[:3]) for answer in answers] == [
        *(250, 250, 250, 250),
        *(250, 250, 550, 554),
        *(250, 451, 503, 503),
        *(250, 250, 250, 250),
        *(250, 250, 250, 354),
    ]
    kept = [(one.recipients, one.content) for one in talk.post.messages]
    assert kept == [(("a@x.example",), b"1\r\n"), (("d@x.example",), b"4\r\n")]
    assert talk.post.violations == []


def test_whole_transactions_wait_for_each_other_otherwise() -> None:
    """RFC 3030 section 2: BDAT comes after all replies to MAIL and RCPT."""
    talk = _chunking()

    answers = _bdat(talk, _whole("a@x.example", b"1\r\n"))

    assert answers[-1] == "503 5.5.0 BDAT is in a group with BDAT only"
    assert talk.closed


@pytest.mark.parametrize("stage", ["bdat", "dot"])
def test_the_last_chunk_is_a_chunk_and_the_end(stage: str) -> None:
    """The script finds it at both stages."""
    talk = _chunking(*ENVELOPE)
    talk.faults.reply(stage, "452 4.3.1 Full", when=lambda m: m.argument == "2 LAST")

    assert _bdat(
        talk,
        _chunk(b"", " LAST"),
    )[0].startswith("250")
    assert talk.codes(*ENVELOPE) == [250, 250]
    assert _bdat(talk, _chunk(b"\r\n", " LAST")) == ["452 4.3.1 Full"]
    assert talk.codes("MAIL FROM:<a@x.example>") == [503]
    assert len(talk.post.messages) == 1


def test_faults_at_both_stages_of_the_last_chunk_are_joined() -> None:
    """It comes late, and then not at all."""
    talk = _chunking(*ENVELOPE)
    talk.faults.stall("bdat", 30.0)
    talk.faults.drop_before_reply("dot")

    assert _bdat(talk, _chunk(b"\r\n", " LAST")) == []
    talk.waiting.pop()[1]()
    assert talk.dropped
    assert len(talk.post.messages) == 1


def test_data_and_chunks_do_not_mix() -> None:
    """In one transaction."""
    talk = _chunking(*ENVELOPE)
    assert _bdat(talk, _chunk(b"x"))[0].startswith("250")
    assert talk.type("DATA") == ["503 5.5.1 DATA and BDAT do not mix"]

    talk = _chunking(*ENVELOPE)
    talk.faults.reply("data", "451 4.3.0 Not now", times=1)
    assert talk.codes("DATA") == [451]
    assert _bdat(talk, _chunk(b"x")) == ["503 5.5.1 DATA and BDAT do not mix"]
    assert len(talk.post.violations) == 1


@pytest.mark.parametrize(
    ("settings", "group"),
    [
        ({"chunking": False}, (*ENVELOPE, "BDAT 0 LAST")),
        ({}, ("RCPT TO:<c@x.example>", "BDAT 0 LAST")),
        ({}, ("BDAT 0 LAST", "RSET")),
        ({}, ("BDAT 0", "RSET")),
        ({"pipelining": False}, ("BDAT 0", "BDAT 0 LAST")),
        ({}, ("BDAT x",)),
    ],
)
def test_chunks_stand_in_groups_of_their_own(settings: dict, group: list[str]) -> None:
    """After the answers to the envelope were read; then the line is cut."""
    talk = _greeted(**{"chunking": True, **settings})
    talk.type(*ENVELOPE)

    assert talk.group(*group)[-1][:3] in {"501", "503"}
    assert talk.closed
    assert talk.post.violations != []
    assert talk.post.messages == []


def test_a_held_answer_is_not_read_yet() -> None:
    """A chunk that came together with the recipient is found, however late."""
    talk = _chunking(ENVELOPE[0])
    talk.faults.stall("rcpt", 1.0)
    assert talk.group(ENVELOPE[1], "BDAT 0 LAST") == []

    talk.waiting.pop()[1]()

    assert talk.said()[-1] == "503 5.5.0 BDAT is in a group with BDAT only"


def test_chunks_need_an_ehlo() -> None:
    """HELO offers nothing."""
    talk = Talk(chunking=True)

    assert talk.codes("HELO me", *ENVELOPE, "BDAT 0 LAST")[-1] == 503


# What became of each message.


def test_transactions_are_told_apart() -> None:
    """Each with its number, also that whose sender was turned away in a group."""
    talk = _greeted()
    talk.faults.reply("mail", "451 4.3.0 Not now", message=2)
    talk.faults.reply("rcpt", "550 5.1.1 No", to="b@x.example", message=3)
    for _ in range(3):
        talk.group(*BEGIN)
        talk.type(".", "RSET")
    talk.type(*ENVELOPE, "RSET", *ENVELOPE)

    told = [attempt.so_far() for attempt in talk.post.attempts]
    assert [(one.number, one.stage, one.reply[:3]) for one in told] == [
        (1, "content", "250"),
        (2, "mail", "451"),
        (3, "rcpt", "550"),
        (4, "rset", "250"),
        (5, "rcpt", "250"),
    ]
    assert {one.recipients for one in told} == {("b@x.example",)}
    assert [one.accepted for one in told] == [True, False, False, False, False]


def test_what_is_asked_of_dsn_is_kept() -> None:
    """RFC 3461: once it was offered; it is told with the transaction."""
    talk = _greeted(dsn=True)
    talk.type(
        "MAIL FROM:<a@x.example> RET=HDRS ENVID=1",
        "RCPT TO:<b@x.example> NOTIFY=NEVER ORCPT=rfc822;b@x.example",
    )

    [attempt] = talk.post.attempts
    assert attempt.so_far().wishes == {
        "RET": "HDRS",
        "ENVID": "1",
        "NOTIFY": "NEVER",
        "ORCPT": "rfc822;b@x.example",
    }
    assert talk.post.violations == []
    assert talk.codes("RCPT TO:<b@x.example> ORCPT=rfc822;c@x.example") == [501]
    assert talk.codes("HELO me", "MAIL FROM:<> RET=HDRS") == [250, 555]


def test_a_refused_command_decides_as_well() -> None:
    """A mistake of the client is the end of its message."""
    talk = _greeted()
    talk.type("MAIL FROM:<a@x.example>", "RCPT TO:<b@x.example> NOTIFY=NEVER", "RSET")

    [attempt] = talk.post.attempts
    assert attempt.so_far().stage == "rcpt"
    assert attempt.so_far().reply.startswith("555")


def test_the_script_knows_the_number_of_a_message() -> None:
    """Within its transaction; it is 0 outside."""
    talk = _greeted()
    seen: list[tuple[str, int]] = []

    def note(moment: Moment) -> bool:
        seen.append((moment.stage, moment.message))
        return False

    for stage in ("mail", "rcpt", "data", "content", "noop"):
        talk.faults.reply(stage, "451 No", when=note)
    talk.type(*BEGIN, ".", "NOOP", *BEGIN)

    assert seen == [
        ("mail", 1), ("rcpt", 1), ("data", 1), ("content", 1), ("noop", 0),
        ("mail", 2), ("rcpt", 2), ("data", 2),
    ]  # fmt: skip


def test_lmtp_answers_for_each_recipient() -> None:
    """LHLO and no EHLO; a reply for each who was taken, in order (RFC 2033)."""
    talk = Talk(lmtp=True)
    talk.faults.reply("rcpt", "550 5.1.1 who", to="b@example.org")
    talk.faults.reply("content", "552 5.2.2 full", to="c@example.org")
    people = [f"RCPT TO:<{name}@example.org>" for name in "abc"]
    begin = ["LHLO me", "MAIL FROM:<n@example.org>", *people, "DATA"]

    assert talk.codes("EHLO me", "HELO me") == [500, 500]
    assert talk.codes(*begin) == [250, 250, 250, 550, 250, 354]
    assert talk.codes("Subject: x", "", "text", ".") == [250, 552]
    assert [one.recipients for one in talk.post.messages] == [("a@example.org",)]


def test_lmtp_takes_nothing_for_nobody() -> None:
    """DATA is refused with the code of RFC 2033; granted, its dot has no answer."""
    talk = Talk(lmtp=True)

    assert talk.codes("LHLO me", "MAIL FROM:<n@example.org>", "DATA") == [250, 250, 503]
    talk.faults.reply("data", "354 go")
    assert talk.codes("DATA", ".", "NOOP") == [354, 250]
