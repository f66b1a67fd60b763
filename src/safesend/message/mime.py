"""The frame of a multipart message: delimiters, and files as finished segments."""

from __future__ import annotations

import re

from safesend.errors import Leak, UnsafeMessage
from safesend.message.attachment import Attachment
from safesend.message.encoding import base64_lines
from safesend.message.headers import parameter

__all__ = ["closing", "delimiter", "file_head", "file_segment", "inspect", "multipart"]

_BREAKS = re.compile(rb"\0|\r(?!\n)|(?<!\r)\n")
_TOO_LONG = re.compile(rb"(?m)^[^\n]{1000}")  # 998 and the CR
_FALLBACK = re.compile(r"[^A-Za-z0-9._-]")


def multipart(kind: str, boundary: bytes) -> bytes:
    """The value of a multipart's Content-Type."""
    return b'multipart/%b; boundary="%b"' % (kind.encode(), boundary)


def delimiter(boundary: bytes) -> bytes:
    """The line before each part; what stands before it must end in CRLF."""
    return b"--%b\r\n" % boundary


def closing(boundary: bytes) -> bytes:
    """The line after the last part."""
    return b"--%b--\r\n" % boundary


def file_segment(boundary: bytes, attachment: Attachment) -> bytes:
    """A whole part: delimiter, headers and the file in base64."""
    data = base64_lines(attachment.load())
    return file_head(boundary, attachment) + data


def file_head(boundary: bytes, attachment: Attachment) -> bytes:
    """What stands before the file's data, the blank line included.

    A name outside of ASCII is given by RFC 2231 in Content-Disposition; for readers
    that know no RFC 2231 a plain likeness of it stands in Content-Type.
    """
    name, cid = attachment.name, attachment.cid
    likeness = _FALLBACK.sub("_", name)
    lines = [
        delimiter(boundary),
        f"Content-Type: {attachment.content_type}".encode(),
        parameter("name", likeness[-60:]),
        b"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: ",
        b"attachment" if cid is None else b"inline",
        parameter("filename", name),
        b"" if cid is None else f"\r\nContent-ID: <{cid}>".encode(),
        b"\r\n\r\n",
    ]
    return b"".join(lines)


def inspect(octets: bytes, place: str, *, utf8: bool = False) -> None:
    """Raise `UnsafeMessage` (I5) unless these octets may stand in a message.

    Lines end in CRLF and hold at most 998 octets (RFC 5322 section 2.1.1), there is
    no NUL, and all is ASCII unless `utf8`.
    """
    if _BREAKS.search(octets):
        reason = "a line end that is not CRLF, or a NUL"
    elif _TOO_LONG.search(octets):
        reason = "a line of more than 998 octets"
    elif not utf8 and not octets.isascii():
        reason = "octets outside of ASCII"
    else:
        return
    raise UnsafeMessage([Leak("I5", place, reason)])
