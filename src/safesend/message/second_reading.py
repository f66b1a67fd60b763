"""A sample of messages is read once more, whole, by a parser that is not ours.

`seal` looks at every message with compiled expressions. Here the standard library's
`email` parser, which knows nothing of how the message was made, says what a reader
would see, and that is compared with what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from safesend.errors import Leak
from safesend.message.attachment import Attachment
from safesend.message.compile import CompiledMessage, header_name
from safesend.message.compose import own_fields
from safesend.message.envelope import Envelope
from safesend.message.part import Part
from safesend.message.recipient import Recipient
from safesend.message.verification import unverified

if TYPE_CHECKING:
    from email.message import EmailMessage

__all__ = ["reread"]

_LONGEST = 998  # RFC 5322 section 2.1.1
_NEWLINE = re.compile(r"\r\n?")
_OPAQUE = re.compile(r"[0-9a-f]{32}")
_BLANKS = re.compile(r"[ \r\n]+")
_TYPES = {"text": "text/plain", "html": "text/html"}

_Finding = tuple[str, str, str]
"""The rule, the place and the reason of a leak."""


def reread(
    envelope: Envelope, compiled: CompiledMessage, recipient: Recipient
) -> list[Leak]:
    """Where the finished message is not what was meant for this recipient; or nothing.

    Octets (I5), header names (I6) and the one To mailbox (I2), what every header,
    text and html part says (I6), every file (L22), and the signatures (I6). No reason
    holds anything of the message.
    """
    findings = [*_octets(envelope.content), *_names(envelope, compiled, recipient)]
    if not findings:
        findings = list(_parsed(envelope, compiled, recipient))
        findings += _signed(envelope, compiled)
    return [Leak(*finding, row=recipient.source) for finding in findings]


def _octets(content: bytes) -> Iterator[_Finding]:
    lines = content.split(b"\r\n")
    if any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines):
        yield "I5", "the message", "a line end that is not CRLF, or a NUL"
    if max(map(len, lines)) > _LONGEST:
        yield "I5", "the message", "a line of more than 998 octets"
    if lines[-1]:
        yield "I5", "the message", "does not end with a line end"


def _names(
    envelope: Envelope, compiled: CompiledMessage, recipient: Recipient
) -> Iterator[_Finding]:
    block = envelope.content.partition(b"\r\n\r\n")[0].decode(errors="replace")
    lines = [line for line in block.split("\r\n") if not line.startswith((" ", "\t"))]
    names = tuple(line.partition(":")[0] for line in lines)
    if names != _all_names(compiled, recipient):
        yield "I6", "the headers", "are not the intended ones in their order"


def _all_names(compiled: CompiledMessage, recipient: Recipient) -> tuple[str, ...]:
    signed = ("DKIM-Signature",) * len(compiled.dkim)
    return signed + compiled.layout(recipient).names


def _signed(envelope: Envelope, compiled: CompiledMessage) -> Iterator[_Finding]:
    if compiled.dkim:
        for name in unverified(envelope.content, compiled.dkim):
            yield "I6", "header DKIM-Signature", f"{name} does not verify it"


def _parsed(
    envelope: Envelope, compiled: CompiledMessage, recipient: Recipient
) -> Iterator[_Finding]:
    try:
        message = _read(envelope)
        yield from _defects(message, utf8=envelope.needs_smtputf8)
        yield from _headers(message, envelope, compiled, recipient)
        yield from _parts(message, compiled, recipient)
    except Exception as error:  # noqa: BLE001  the parser is not ours; nothing gets by
        kind = type(error).__name__
        yield "I6", "the message", f"a mail parser could not read it ({kind})"


def _read(envelope: Envelope) -> EmailMessage:
    from email import message_from_bytes, message_from_string, policy  # noqa: PLC0415

    parser = policy.default
    once = parser.clone(header_factory=_once(parser.header_factory))
    if envelope.needs_smtputf8:  # RFC 6532: headers are UTF-8, which it reads as text
        return message_from_string(envelope.content.decode(), policy=once)
    return message_from_bytes(envelope.content, policy=once)


def _once(parse: Callable[[str, str], Any]) -> Callable[[str, str], Any]:
    """The parser of headers, which otherwise reads one again whenever it is asked for.

    What it read is kept as long as the message.
    """
    read: dict[tuple[str, str], Any] = {}

    def header(name: str, value: str) -> Any:
        """The header as the parser read it when it was first asked for."""
        if (name, value) not in read:
            read[name, value] = parse(name, value)
        return read[name, value]

    return header


def _defects(message: EmailMessage, *, utf8: bool) -> Iterator[_Finding]:
    from email.errors import NonASCIILocalPartDefect  # noqa: PLC0415

    for part in message.walk():
        if part.defects:
            yield (
                "I6",
                "the message",
                f"is malformed ({type(part.defects[0]).__name__})",
            )
        for name, value in part.items():
            for defect in value.defects:
                if utf8 and isinstance(defect, NonASCIILocalPartDefect):
                    continue  # RFC 6532 allows what the parser knows from RFC 5322 only
                kind = type(defect).__name__
                yield "I6", f"header {name}", f"is malformed ({kind})"
        if part.is_multipart() and (part.preamble or part.epilogue):
            yield "I6", "the message", "has text outside of its parts"


def _headers(
    message: EmailMessage,
    envelope: Envelope,
    compiled: CompiledMessage,
    recipient: Recipient,
) -> Iterator[_Finding]:
    if tuple(message.keys()) != _all_names(compiled, recipient):
        yield "I6", "the headers", "are not the intended ones in their order"
    mailboxes = [mailbox.addr_spec for mailbox in message["To"].addresses]
    if mailboxes != [recipient.address.wire] or envelope.recipient != recipient.address:
        yield "I2", "header To", "is not the one mailbox of this recipient"
    if message["Message-ID"] != envelope.message_id:
        yield "I7", "header Message-ID", "is not the one of this row"
    again = compiled.idempotency
    if again is not None and not _OPAQUE.fullmatch(message[again]):
        yield "I7", f"header {again}", "is no opaque key"
    fields = _fields(message, compiled, recipient)
    for part in compiled.template.parts.values():
        if part.name not in _TYPES:
            name = header_name(part)
            if _folded(message[name]) != _folded(part.render(fields)):
                yield "I6", f"header {name}", "does not say what was meant"


def _folded(text: str) -> str:
    """Blanks as one: a reader may show several as they stand, or as a single one."""
    return _BLANKS.sub(" ", text).strip(" ")


def _fields(
    message: EmailMessage, compiled: CompiledMessage, recipient: Recipient
) -> Mapping[str, object]:
    url = compiled.letterhead.unsubscribe
    if url is None:
        return recipient.fields
    before, _, after = url.partition("{token}")
    written = str(message["List-Unsubscribe"]).strip("<>")
    token = written.removeprefix(before).removesuffix(after)
    return own_fields(compiled, recipient, token)


def _parts(
    message: EmailMessage, compiled: CompiledMessage, recipient: Recipient
) -> Iterator[_Finding]:
    leaves = [part for part in message.walk() if not part.is_multipart()]
    template = compiled.template
    texts = [template.parts[name] for name in _TYPES if name in template.parts]
    files = [*template.inline, *template.attachments, *recipient.attachments]
    if len(leaves) != len(texts) + len(files):
        yield "I6", "the parts", "are more or fewer than was meant"
        return
    fields = _fields(message, compiled, recipient)
    for leaf, part in zip(leaves, texts, strict=False):
        if not _says(leaf, part, fields):
            yield "I6", f"part {part.name}", "does not say what was meant"
    for leaf, file in zip(leaves[len(texts) :], files, strict=True):
        if not _holds(leaf, file):
            yield "L22", "a file", "is not the one that was meant"


def _says(leaf: EmailMessage, part: Part, fields: Mapping[str, object]) -> bool:
    meant = _NEWLINE.sub("\n", part.render(fields))
    octets = leaf.get_payload(decode=True)
    assert isinstance(octets, bytes)
    said = _NEWLINE.sub("\n", octets.decode())
    # A text that is a message of its own ends with a line end that nobody wrote.
    return leaf.get_content_type() == _TYPES[part.name] and said in (
        meant,
        meant + "\n",
    )


def _holds(leaf: EmailMessage, file: Attachment) -> bool:
    return (
        leaf.get_filename() == file.name
        and leaf.get_content_type() == file.content_type
        and leaf.get_payload(decode=True) == file.load()
    )
