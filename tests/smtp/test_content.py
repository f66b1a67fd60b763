"""The end of a letter is where we put it and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import LocalProtocolError
from safesend.smtp.content import LARGE, NOTHING, Stuffer, unstuffed

LINES = st.lists(
    st.sampled_from([b"", b".", b"..", b".x", b"text", b"x.", b"caf\xc3\xa9"]),
    max_size=12,
)
BIG = b"x" * (LARGE - 2) + b"\r\n"


def wire(*segments: bytes) -> bytes:
    return b"".join(Stuffer().content(segments).pieces)


def read_back(written: bytes) -> bytes:
    """What a server makes of it (RFC 5321 section 4.5.2), in its own words."""
    lines = written.split(b"\r\n")
    end = lines.index(b".")
    assert lines[end:] == [b".", b""]
    return b"".join(line.removeprefix(b".") + b"\r\n" for line in lines[:end])


@pytest.mark.parametrize(
    ("content", "written"),
    [
        (b"", b".\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b"a\r\n", b"a\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\r\n..b", b"a\r\n...b\r\n.\r\n"),
        (b"a.b.\r\n", b"a.b.\r\n.\r\n"),
    ],
)
def test_dots_are_doubled_at_the_start_of_lines(content, written):
    """And the end is a lone dot after a line end."""
    assert wire(content) == written


@pytest.mark.parametrize(
    "content",
    [
        b"a\nb",
        b"a\rb",
        b"a\r\n\n.\r\n",
        b"a\n.\n",
        b"a\r.\r",
        b"a\n.\r\n",
        b"a\r\n.\r",
        b"a\r\n.\n",
        b"a\r\r\n.\r\n",
        b"a\r\0\n.\r\n",
        b"\n",
        b"\r",
        b"a\0b",
    ],
)
@pytest.mark.parametrize("size", [0, LARGE])
def test_what_servers_read_differently_is_refused(content, size):
    """Lone CR, lone LF and NUL smuggle letters (VU#302671): they are never written."""
    with pytest.raises(LocalProtocolError):
        wire(b"x" * size + content)
    with pytest.raises(LocalProtocolError):
        wire(content + b"x" * size)


def test_large_segments_are_not_copied():
    """What is written of them is the very object that was given."""
    pieces = Stuffer().content((b"head\r\n\r\n", BIG, BIG, b"tail\r\n")).pieces

    assert pieces[0] == b"head\r\n\r\n"
    assert pieces[1] is BIG
    assert pieces[2] is BIG
    assert pieces[3:] == (b"tail\r\n", b".\r\n")


def test_the_end_of_a_long_letter_is_its_last_piece():
    """So the piece with the end can be held back."""
    assert Stuffer().content((BIG,)).pieces[-1] == b".\r\n"
    assert Stuffer().content((BIG + b"x",)).pieces[-1] == b"\r\n.\r\n"


def test_a_large_segment_is_looked_at_once():
    """The same object in the next letter is known; others are forgotten."""
    stuffer = Stuffer()
    personal = b"." + BIG
    stuffer.content((b"a\r\n", BIG, personal))
    assert len(stuffer._checked) == 2
    first = stuffer.content((b"b\r\n", BIG)).pieces

    assert first[1] is BIG
    assert [kept for kept, _ in stuffer._checked.values()] == [BIG]


@pytest.mark.parametrize(
    ("segments", "written"),
    [
        ((b"a\r\n", b"." + BIG), b"a\r\n.." + BIG + b".\r\n"),
        ((BIG, b".\r\n"), BIG + b"..\r\n.\r\n"),
        ((b"." + BIG,), b".." + BIG + b".\r\n"),
        ((BIG[:-2] + b"x", b"."), BIG[:-2] + b"x.\r\n.\r\n"),
        ((b"x" + BIG[:-1], b"\n.\r\n"), b"x" + BIG + b"..\r\n.\r\n"),
        ((b"", BIG, b""), BIG + b".\r\n"),
    ],
)
def test_joints_are_looked_at(segments, written):
    """A dot or a line end that falls on a joint is treated as anywhere else."""
    assert wire(*segments) == written


def test_eight_bits_are_noticed():
    """The server must be told (RFC 6152)."""
    assert Stuffer().content((b"caf\xc3\xa9",)).eightbit
    assert Stuffer().content((BIG, b"caf\xc3\xa9")).eightbit
    assert not Stuffer().content((BIG, b"coffee")).eightbit


def test_content_is_not_printed():
    """A letter does not get into a log."""
    assert "Dear" not in repr(Stuffer().content((b"Dear Ada\r\n",)))


@given(LINES, st.booleans(), st.booleans())
def test_what_a_chunk_holds_is_what_it_was(lines, ended, large):
    """No dot is doubled and none ends it; a last line without an end gets one."""
    content = b"\r\n".join(lines) + b"\r\n" * (ended and bool(lines))
    segments = (BIG, content) if large else (content,)
    whole = b"".join(segments)
    end = b"" if not whole or whole.endswith(b"\r\n") else b"\r\n"

    assert unstuffed(Stuffer().content(segments).pieces) == whole + end


def test_nothing_is_a_lone_dot():
    """What ends a transaction without a recipient."""
    assert Stuffer().content(()).pieces == NOTHING


@given(LINES, st.booleans())
def test_a_letter_ends_once_and_is_what_it_was(lines, ended):
    """Stuffing never ends a letter early, and a server reads back what was given."""
    content = b"\r\n".join(lines) + (b"\r\n" if ended else b"")
    given_lines = content if not content or content.endswith(b"\r\n") else None

    assert read_back(wire(content)) == (given_lines or (content and content + b"\r\n"))


@given(LINES, st.lists(st.integers(0, 100), max_size=5), st.integers(0, 3))
def test_segments_do_not_matter(lines, cuts, large):
    """However a letter is cut up, long or short, the same octets are written."""
    content = b"\r\n".join([*lines, b""]) if lines else b""
    places = sorted({cut % (len(content) + 1) for cut in cuts})
    segments = [
        content[start:end]
        for start, end in zip([0, *places], [*places, len(content)], strict=True)
    ]
    if large < len(segments):
        segments.insert(large, BIG)
    whole = b"".join(segments)
    if whole.count(b"\r\n") != whole.count(b"\n") or whole.count(b"\r") != whole.count(
        b"\n"
    ):
        with pytest.raises(LocalProtocolError):
            wire(*segments)
        return

    assert wire(*segments) == wire(whole)
    assert wire(*segments).index(b"\r\n.\r\n" if whole else b".\r\n") >= len(whole) - 2


@given(st.binary(max_size=60))
def test_any_octets_end_once_or_are_refused(content):
    """No content can end the letter early or leave it open."""
    try:
        written = wire(content)
    except LocalProtocolError:
        return

    assert (b"\r\n" + written).endswith(b"\r\n.\r\n")
    assert b"\r\n.\r\n" not in (b"\r\n" + written)[:-1]
