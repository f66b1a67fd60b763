"""What the end-to-end tests send: a list, a two-part letter, and its reading."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

from safesend import Attachment, Campaign, Template, read_csv

__all__ = ["audience", "campaign", "parsed"]

_TEXT = """\
Dear {{ name }},

your number is {{ number }}. Grüße aus {{ town }}.
.
{{ note }}
"""
_HTML = """\
<p>Dear <b>{{ name }}</b>,</p>
<p>your number is {{ number }}. Grüße aus {{ town }}.</p><p>{{ note }}</p>
"""
_NAMES = ("Ada", "Björn", "Chloë", "Đorđe", "Elżbieta", "O'Brien", "李雷", "Zoë & Max")
_NOTES = (
    "none",
    ".leading dot",
    "100 % = all",
    "two\nlines",
    "Søren <b>bold</b>",
    "a" * 200,
)


def audience(folder: Path, count: int, domain: str) -> Path:
    """A CSV of so many people at a domain; every value names its row."""
    path = folder / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write("email,name,number,town,note\n")
        for i in range(count):
            note = _NOTES[i % len(_NOTES)]
            name = f"{_NAMES[i % len(_NAMES)]} {i}"
            out.write(f'person{i}@{domain},"{name}",N{i:06d}x,Köln,"{note}"\n')
    return path


def campaign(people: Path, name: str = "end-to-end") -> Campaign:
    """A two-part letter with a small attachment for everybody in the list."""
    return Campaign(
        name=name,
        sender="Example News <news@example.org>",
        template=Template(
            subject="Hello {{ name }}, your number is {{ number }}",
            text=_TEXT,
            html=_HTML,
            attachments=[Attachment.from_bytes(b"map\n" * 50, name="map.txt")],
        ),
        audience=read_csv(people),
        unsubscribe="https://example.org/u/{token}",
    )


def parsed(content: bytes) -> EmailMessage:
    """The message as the standard library reads it."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message
