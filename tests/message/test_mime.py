"""Tests of the frame of multipart messages."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from safesend.errors import UnsafeMessage
from safesend.message import mime
from safesend.message.attachment import Attachment


@pytest.mark.parametrize(
    ("name", "likeness"),
    [
        ("map.pdf", "map.pdf"),
        ("Übersicht 2026.pdf", "_bersicht_2026.pdf"),
        ("n" * 100 + ".pdf", "n" * 56 + ".pdf"),
    ],
)
def test_a_file_segment_reads_back(name, likeness):
    """
    Name, type and content; for old readers a likeness of the name in Content-Type.
    """
    file = Attachment.from_bytes(b"data" * 40, name=name)
    segment = mime.file_segment(b"=_b", file)
    part = message_from_bytes(segment.partition(b"\r\n")[2], policy=policy.default)

    assert part.get_filename() == name
    assert part.get_content() == b"data" * 40
    assert part.get_param("name") == likeness
    assert part.get_content_disposition() == "attachment"
    assert not part["Content-Disposition"].defects
    mime.inspect(segment, "x")


def test_delimiters():
    """
    As RFC 2046 writes them.
    """
    assert mime.multipart("mixed", b"=_b") == b'multipart/mixed; boundary="=_b"'
    assert mime.delimiter(b"=_b") == b"--=_b\r\n"
    assert mime.closing(b"=_b") == b"--=_b--\r\n"


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"a\nb", "line end"),
        (b"a\rb", "line end"),
        (b"a\r\r\n", "line end"),
        (b"a\0", "NUL"),
        (b"x" * 1000, "998"),
        (b"a\r\n" + b"x" * 999 + b"\r\n", "998"),
        ("é".encode(), "ASCII"),
    ],
)
def test_octets_that_may_not_be_sent_are_refused(octets, reason):
    """
    Each by its reason, and with the place where they stand (I5).
    """
    with pytest.raises(UnsafeMessage, match=f"the file: .*{reason}.*I5"):
        mime.inspect(octets, "the file")


def test_octets_that_may_be_sent():
    """
    Lines up to 998 octets, and UTF-8 where it is allowed.
    """
    mime.inspect(b"a\r\n" + b"x" * 998 + b"\r\n", "x")
    mime.inspect("é\r\n".encode(), "x", utf8=True)
