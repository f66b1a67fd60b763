"""A composed message, taken apart again so that a person can read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from safesend.cli import show
from safesend.cli.show import Masker, console, printable
from safesend.message.envelope import Envelope

if TYPE_CHECKING:
    from email.message import Message, MIMEPart

__all__ = ["Letter", "read_letter", "show_letter"]

_SHOWN_HEADERS = (
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "List-Unsubscribe",
)
_MECHANICAL = frozenset(
    {"message-id", "mime-version", "content-type", "content-transfer-encoding"}
)


@attrs.frozen
class Letter:
    """What its recipient will see: decoded, and masked as it was asked for."""

    recipient: str
    headers: tuple[tuple[str, str], ...]
    text: str
    files: tuple[str, ...]
    """Other parts: "programme.txt (text/plain, 128 bytes)"."""
    size: int

    def to_json(self) -> dict[str, Any]:
        """The letter as plain values."""
        return attrs.asdict(self) | {"headers": [list(pair) for pair in self.headers]}


def read_letter(envelope: Envelope, mask: Masker) -> Letter:
    """Decode the bytes of an envelope with the standard library's parser."""
    import email
    import email.policy

    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    return Letter(
        recipient=mask(envelope.recipient.wire),
        headers=tuple((name, mask(str(value))) for name, value in _headers(message)),
        text=mask(_text(body)) if body is not None else "",
        files=tuple(mask(line) for line in _files(message, body)),
        size=envelope.size,
    )


def _headers(message: MIMEPart) -> list[tuple[str, Any]]:
    """First those that everybody knows, then whatever the campaign added."""
    order = {name.lower(): place for place, name in enumerate(_SHOWN_HEADERS)}
    shown = [pair for pair in message.items() if pair[0].lower() not in _MECHANICAL]
    return sorted(shown, key=lambda pair: order.get(pair[0].lower(), len(order)))


def _text(part: MIMEPart) -> str:
    return str(part.get_content()).replace("\r\n", "\n").rstrip()


def _files(message: MIMEPart, body: MIMEPart | None) -> list[str]:
    return [
        _described(part)
        for part in message.walk()
        if part is not body and not part.is_multipart()
    ]


def _described(part: Message) -> str:
    payload = part.get_payload(decode=True)
    size = len(payload) if isinstance(payload, bytes) else 0
    name = part.get_filename() or "the same as HTML"
    return f"{name} ({part.get_content_type()}, {show.count(size)} bytes)"


def show_letter(letter: Letter, place: str) -> None:
    """Print a letter in a frame that names its recipient and its place in the list."""
    from rich.panel import Panel
    from rich.text import Text

    lines = [f"{name}: {value}" for name, value in letter.headers]
    lines += ["", letter.text, ""] + [f"[+ {line}]" for line in letter.files]
    console().print(
        Panel(
            Text(printable("\n".join(lines).rstrip())),
            title=Text(printable(f"{place}: only for {letter.recipient}")),
            title_align="left",
        )
    )
