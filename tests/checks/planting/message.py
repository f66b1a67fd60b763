"""Mails as octets, put together by hand, as mailers of every age wrote them.

Nothing of `safesend` and no mail class of Python decides where something stands.
"""

from __future__ import annotations

import base64
import binascii
import uuid

__all__ = [
    "HEAD",
    "PLAIN",
    "READER",
    "TEXT",
    "TEXT_PART",
    "attached",
    "html_mail",
    "mail",
    "mixed",
    "multipart",
    "part",
    "uuencoded",
    "with_entity",
    "word_b",
]

READER = "reader@recipients.example"
"""Whom every mail is for."""

HEAD = (
    "From: The Club <news@sender.example>\r\n"
    f"To: {READER}\r\n"
    "Message-ID: <4f1c2a77@sender.example>\r\n"
    "Date: Tue, 24 Nov 2026 08:05:09 +0000\r\n"
    "MIME-Version: 1.0\r\n"
)
TEXT = "Dear member,\r\n\r\nthe hall is open again on Monday.\r\n\r\nThe Club\r\n"
PLAIN = "Content-Type: text/plain; charset=utf-8\r\n"


def mail(body: bytes | str, head: str = PLAIN, subject: str = "Open again") -> bytes:
    """A mail to the reader; `head` holds the lines of its content headers."""
    octets = body.encode() if isinstance(body, str) else body
    lines = f"{HEAD}Subject: {subject}\r\n{head}\r\n"
    return lines.encode("utf-8", "surrogateescape") + octets


def html_mail(inside: str) -> bytes:
    """A mail of one HTML part with this in its source."""
    return mail(inside, "Content-Type: text/html; charset=utf-8\r\n")


def multipart(kind: str, *parts: bytes, before: str = "", after: str = "") -> bytes:
    """The content headers and the body of a multipart."""
    edge = f"=_{uuid.uuid5(uuid.NAMESPACE_URL, kind + str(len(parts))).hex}"
    head = f'Content-Type: multipart/{kind}; boundary="{edge}"\r\n\r\n{before}'
    body = b"".join(b"\r\n--" + edge.encode() + b"\r\n" + part for part in parts)
    return head.encode() + body + f"\r\n--{edge}--\r\n{after}".encode()


def part(head: str, body: bytes | str) -> bytes:
    """One part: the lines of its head, its body."""
    octets = body.encode() if isinstance(body, str) else body
    return head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + octets


def with_entity(entity: bytes) -> bytes:
    """A mail to the reader with these content headers and this body."""
    return f"{HEAD}Subject: Open again\r\n".encode() + entity


TEXT_PART = part("Content-Type: text/plain", TEXT)


def mixed(part: bytes) -> bytes:
    """A mail of a text and this part."""
    return with_entity(multipart("mixed", TEXT_PART, part))


def attached(name: str, kind: str, content: bytes) -> bytes:
    """A mail with a file."""
    head = (
        f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n"
        f'Content-Disposition: attachment; filename="{name}"'
    )
    return mixed(part(head, base64.encodebytes(content)))


def uuencoded(content: bytes, name: str) -> bytes:
    """A file in a text, as Unix mailed it (POSIX uuencode)."""
    lines = [f"begin 644 {name}\n".encode()]
    lines += [binascii.b2a_uu(content[i : i + 45]) for i in range(0, len(content), 45)]
    return b"".join([*lines, b"`\nend\n"])


def word_b(text: str, charset: str = "utf-8") -> str:
    """An encoded word (RFC 2047 section 4.1)."""
    octets = base64.b64encode(text.encode(charset)).decode()
    return f"=?{charset}?B?{octets}?="
