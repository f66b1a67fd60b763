"""Bytes become replies, or nothing is believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import RemoteProtocolError
from safesend.smtp.reply import MAX_LINE, MAX_LINES, Reply, ReplyParser

CODES = st.integers(200, 559).map(str)
TEXTS = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=30)
LINES = st.builds(
    "{}{}{}\r\n".format, CODES, st.sampled_from([" ", "-", ""]), TEXTS
).map(str.encode)
STREAMS = st.lists(LINES | st.binary(max_size=12), max_size=12).map(b"".join)


def read(*chunks: bytes) -> tuple[list[Reply], bool]:
    """The replies, and whether the stream was refused."""
    parser, replies = ReplyParser(), []
    for chunk in chunks:
        try:
            parser.feed(chunk, replies)
        except RemoteProtocolError:
            return replies, True
    return replies, False


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(stream) + 1) for cut in cuts})
    return [
        stream[start:end]
        for start, end in zip([0, *places], [*places, len(stream)], strict=True)
    ]


def test_a_line_is_a_reply():
    """Code, enhanced code and text are told apart."""
    [reply], refused = read(b"550 5.1.1 no such user\r\n")

    assert not refused
    assert (reply.code, reply.enhanced, reply.text) == (550, "5.1.1", "no such user")
    assert reply.permanent
    assert reply.negative
    assert not reply.positive


def test_several_lines_are_one_reply():
    """A hyphen after the code says that there is more."""
    [reply], _ = read(b"250-one\r\n250-two\r\n250 three\r\n")

    assert reply == Reply(250, None, ("one", "two", "three"))
    assert reply.text == "one two three"


def test_the_enhanced_code_is_taken_out_of_every_line():
    """Servers repeat it in each line of a reply (RFC 2034 section 4)."""
    [reply], _ = read(b"550-5.7.1 blocked\r\n550-5.7.1\r\n550 see the page\r\n")

    assert (reply.enhanced, reply.lines) == ("5.7.1", ("blocked", "", "see the page"))


@pytest.mark.parametrize("line", [b"250", b"250 ", b"250 2.0.0"])
def test_a_reply_may_be_without_text(line):
    """A bare code is a whole reply."""
    [reply], _ = read(line + b"\r\n")

    assert (reply.code, reply.text) == (250, "")


@pytest.mark.parametrize(
    "text", [b"2.0.0x ok", b"5.1.1 class of another code", b"2.0.1000 ok", b"2.0 ok"]
)
def test_what_only_resembles_an_enhanced_code_is_text(text):
    """An enhanced code has three numbers and the class of its reply."""
    [reply], _ = read(b"250 " + text + b"\r\n")

    assert (reply.enhanced, reply.text) == (None, text.decode())


@pytest.mark.parametrize(
    "stream",
    [
        b"hello\r\n",
        b"150 early\r\n",
        b"600 late\r\n",
        b"2500 long\r\n",
        b"25 short\r\n",
        b"250_ok\r\n",
        b" 250 ok\r\n",
        b"250 ok\n",
        b"\r\n",
        b"250-one\r\n251 two\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\xb2\xb3\xb4 digits\r\n",
    ],
)
def test_what_is_no_reply_is_refused(stream):
    """Nothing is guessed from a line that breaks the grammar."""
    assert read(stream) == ([], True)


def test_nothing_is_read_after_a_fault():
    """What follows a line that cannot be read cannot be paired with a command."""
    parser, replies = ReplyParser(), []
    with pytest.raises(RemoteProtocolError):
        parser.feed(b"250 ok\r\nwhat?\r\n250 ok\r\n", replies)
    with pytest.raises(RemoteProtocolError, match="what"):
        parser.feed(b"250 ok\r\n", replies)

    assert [reply.code for reply in replies] == [250]


def test_a_line_has_a_limit():
    """A server cannot fill the memory with a line, ended or not."""
    assert read(b"250 " + b"x" * MAX_LINE) == ([], True)
    assert read(b"250 " + b"x" * MAX_LINE + b"\r\n") == ([], True)
    assert read(b"250 " + b"x" * 4000 + b"\r\n")[1] is False


def test_a_reply_has_a_limit():
    """A server cannot go on for ever, neither in lines nor in octets."""
    assert read(b"250-x\r\n" * (MAX_LINES + 1)) == ([], True)
    assert read((b"250-" + b"x" * 4000 + b"\r\n") * 17) == ([], True)
    [reply], refused = read(b"250-x\r\n" * (MAX_LINES - 1) + b"250 x\r\n")
    assert len(reply.lines) == MAX_LINES
    assert not refused


def test_a_reply_is_printed_without_addresses():
    """Servers repeat addresses; nobody sees them in a log."""
    [reply], _ = read(b"550 <ada@example.org> is unknown\r\n")

    assert "ada@" not in repr(reply)
    assert "ada@" not in reply.text
    assert "example.org" in reply.text


def test_the_fault_is_shown_without_addresses():
    """The line that could not be read is quoted, masked."""
    with pytest.raises(RemoteProtocolError) as caught:
        ReplyParser().feed(b"user ada@example.org unknown\r\n", [])

    assert "ada@" not in str(caught.value)
    assert "unknown" in str(caught.value)


@pytest.mark.parametrize(
    "raw", [b"a\x1b[31mb", b"a\x00b", b"a\tb", "a\u202eb".encode()]
)
def test_control_characters_are_not_text(raw):
    """No reply can paint on a terminal or turn its text round."""
    [reply], _ = read(b"250 " + raw + b"\r\n")

    assert reply.text.isprintable()


def test_a_long_text_is_cut_between_words():
    """So that no half of an address is left unmasked."""
    line = (
        b"550 " + b"word " * 119 + b"ada.lovelace.of.ockham@example.org and so on\r\n"
    )
    [reply], _ = read(line)

    assert len(line) > 600
    assert reply.text == "word " * 118 + "word …"
    [endless], _ = read(b"550 " + b"x" * 4000 + b"@example.org\r\n")
    assert endless.text == " …"


def test_octets_that_are_no_utf8_are_replaced():
    """A reply in another encoding is still a reply."""
    [reply], _ = read(b"250 caf\xe9\r\n")

    assert reply.text == "caf\ufffd"


def test_only_short_single_lines_are_remembered():
    """What is kept for speed is bounded."""
    parser, replies = ReplyParser(), []
    for at in range(200):
        parser.feed(b"250 queued as %d\r\n" % at, replies)

    assert len(parser._known) == 64
    parser.feed(b"250 queued as 1\r\n", replies)
    assert replies[-1] is replies[1]


def test_a_remembered_line_can_end_a_longer_reply():
    """The same octets mean something else after a hyphen."""
    replies, _ = read(b"250 ok\r\n", b"250-first\r\n250 ok\r\n")

    assert [reply.lines for reply in replies] == [("ok",), ("first", "ok")]


def test_it_is_known_whether_a_reply_has_begun():
    """Half a reply is pending, and so is a reply that wants more lines."""
    parser = ReplyParser()
    for chunk, pending in [
        (b"25", True),
        (b"0 ok\r\n", False),
        (b"250-ok\r\n", True),
        (b"250 ok\r\n", False),
    ]:
        parser.feed(chunk, [])
        assert parser.pending is pending


@given(STREAMS, st.lists(st.integers(0, 500), max_size=8))
def test_the_pieces_do_not_matter(stream, cuts):
    """However a stream is cut up, the replies are the same, and so is the refusal."""
    assert read(stream) == read(*pieces(stream, cuts))


@given(STREAMS)
def test_octet_by_octet_is_the_same(stream):
    """The finest cut of all changes nothing."""
    assert read(stream) == read(*(stream[at : at + 1] for at in range(len(stream))))


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_reply_or_a_fault(stream):
    """No octets make the parser fail in another way, or give a code that is none."""
    replies, _ = read(stream)

    assert all(200 <= reply.code < 600 for reply in replies)
