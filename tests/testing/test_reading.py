from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safesend.testing.reading import Reader


def _reader(octets: bytes) -> Reader:
    reader = Reader()
    reader.feed(octets)
    return reader


def test_a_line_is_given_out_without_its_end() -> None:
    """And not before it has one; a lone CR or LF is none."""
    reader = _reader(b"NOOP\r\nRS\nET")

    assert reader.line() == b"NOOP"
    assert reader.line() is None
    assert reader.pending == 5
    reader.feed(memoryview(b"\r\n"))
    assert reader.line() == b"RS\nET"


def test_a_content_ends_with_its_dot() -> None:
    """What was stuffed is as it was before (RFC 5321 section 4.5.2)."""
    reader = _reader(b"..a\r\nb.\r\n..\r\n.\r\nRSET\r\n")

    assert reader.content() == b".a\r\nb.\r\n.\r\n"
    assert reader.line() == b"RSET"


def test_an_empty_content_is_a_dot() -> None:
    """Nothing stands before it."""
    reader = _reader(b".\r\n.\r\n")

    assert (reader.content(), reader.content(), reader.content()) == (b"", b"", None)


def test_octets_are_taken_as_they_are() -> None:
    """As many as there are, up to so many."""
    reader = _reader(b"\r\n.\r\nxyz")

    assert reader.octets(5) == b"\r\n.\r\n"
    assert reader.octets(5) == b"xyz"
    assert reader.octets(5) == b""
    assert reader.octets(0) == b""


@given(st.data())
def test_where_the_octets_were_split_does_not_matter(data: st.DataObject) -> None:
    """Lines, contents and chunks come out whole, and what was taken is let go."""
    octets = b"MAIL\r\na\r\n..\r\n.\r\nBDAT\r\n\r\n.\r\n"
    cuts = data.draw(st.lists(st.integers(0, len(octets)), max_size=8).map(sorted))
    reader, got, chunk = Reader(), [], b""
    for begin, end in zip([0, *cuts], [*cuts, len(octets)], strict=True):
        reader.feed(octets[begin:end])
        for take in (reader.line, reader.content, reader.line)[len(got) :]:
            piece = take()
            if piece is None:
                break
            got.append(piece)
        if len(got) == 3:
            chunk += reader.octets(5 - len(chunk))
        reader.tidy()

    assert got == [b"MAIL", b"a\r\n.\r\n", b"BDAT"]
    assert chunk == b"\r\n.\r\n"
    assert reader.pending == 0
