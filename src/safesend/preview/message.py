"""A finished message as a person sees it: headers in plain words, texts, files.

The octets are read by the standard library's parser, which shares no code with what
composed them.
"""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage, MIMEPart

import attrs

from safesend.message.envelope import Envelope
from safesend.message.recipient import Recipient
from safesend.preview.inert import Inert, inert

__all__ = ["MOST_PICTURES", "File", "Header", "Message", "read_message"]

MOST_PICTURES = 4 << 20
"""Octets of pictures that are shown in one letter."""

_IN_WORDS = frozenset(
    {
        *("from", "to", "cc", "bcc", "subject", "reply-to", "date", "message-id"),
        *("list-unsubscribe", "list-unsubscribe-post"),
        *("mime-version", "content-type", "content-transfer-encoding"),
    }
)


@attrs.frozen
class Header:
    """A header in plain words: "Answers go to", whom, and what that means."""

    name: str
    value: str
    note: str = ""


@attrs.frozen
class File:
    """A file of the message. `personal`: nobody else gets it."""

    name: str
    type: str
    size: int
    personal: bool
    inline: bool
    """It is a picture that the letter shows."""


@attrs.frozen
class Message:
    """One message, read. `text` and `html` are None where there is none of them."""

    sender: str
    subject: str
    headers: tuple[Header, ...]
    raw_headers: str
    text: str | None
    html: Inert | None
    files: tuple[File, ...]
    size: int


def read_message(envelope: Envelope, recipient: Recipient) -> Message:
    """Read the octets of an envelope."""
    content = envelope.content
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    others = [
        part
        for part in parsed.walk()
        if not part.is_multipart() and part is not text and part is not html
    ]
    own = {(file.name, file.sha256) for file in recipient.attachments}
    return Message(
        sender=str(parsed["From"]),
        subject=str(parsed["Subject"]),
        headers=tuple(_headers(parsed, envelope)),
        raw_headers=content.partition(b"\r\n\r\n")[0].decode("utf-8", "replace"),
        text=None if text is None else _text(text),
        html=None if html is None else inert(_text(html), _pictures(others)),
        files=tuple(_file(part, own) for part in others),
        size=envelope.size,
    )


def _text(part: MIMEPart) -> str:
    return str(part.get_content()).replace("\r\n", "\n").rstrip()


def _headers(message: EmailMessage, envelope: Envelope) -> Iterator[Header]:
    yield Header("From", str(message["From"]))
    copies = [name for name in ("Cc", "Bcc") if name in message]
    alone = "" if copies else "nobody else: there is no Cc and no Bcc"
    yield Header("To", str(message["To"]), alone)
    yield Header("Subject", str(message["Subject"]))
    if "Reply-To" in message:
        yield Header("Answers go to", str(message["Reply-To"]))
    else:
        yield Header("Answers go to", str(message["From"]), "there is no Reply-To")
    date = _moment(message["Date"].datetime)
    yield Header("Date", date, "of this preview; the real one is when it is sent")
    if "List-Unsubscribe" in message:
        yield _unsubscribe(message)
    yield Header("What cannot be delivered comes back to", envelope.sender)
    yield Header(
        "Message-ID", envelope.message_id, "made up for this preview; it names nobody"
    )
    for name, value in message.items():
        if name.lower() not in _IN_WORDS:
            yield Header(name, str(value))


def _moment(date: datetime) -> str:
    return f"{date:%A, %d %B %Y, %H:%M} {date.tzname()}"


def _unsubscribe(message: EmailMessage) -> Header:
    link = str(message["List-Unsubscribe"]).strip("<>")
    how = "with one click" if "List-Unsubscribe-Post" in message else "on a page"
    note = f"{how}; its token is made up for this preview"
    return Header("Gets off the list", link, note)


def _pictures(parts: Sequence[MIMEPart]) -> Mapping[str, str]:
    """The pictures that a letter may show, as data: URLs by their content id."""
    found: dict[str, str] = {}
    room = MOST_PICTURES
    for part in parts:
        cid, kind = str(part.get("Content-ID", "")), part.get_content_type()
        octets = _octets(part)
        if cid and kind.startswith("image/") and len(octets) <= room:
            room -= len(octets)
            data = base64.b64encode(octets).decode("ascii")
            found[cid.strip("<> ")] = f"data:{kind};base64,{data}"
    return found


def _octets(part: MIMEPart) -> bytes:
    octets = part.get_payload(decode=True)
    return octets if isinstance(octets, bytes) else b""


def _file(part: MIMEPart, own: set[tuple[str, str]]) -> File:
    octets, name = _octets(part), part.get_filename() or "without a name"
    return File(
        name=name,
        type=part.get_content_type(),
        size=len(octets),
        personal=(name, hashlib.sha256(octets).hexdigest()) in own,
        inline="Content-ID" in part,
    )
