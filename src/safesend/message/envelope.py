"""Envelope, which holds one recipient, and seal(), the only way to make one."""

from __future__ import annotations

import binascii
import hashlib
import re
from typing import NoReturn

import attrs

from safesend.errors import Leak, UnsafeMessage
from safesend.message import mime
from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.compose import Composed
from safesend.message.headers import date_seconds
from safesend.message.identity import CampaignKey
from safesend.message.layout import DATE, Layout
from safesend.message.mailbox_list import mailboxes
from safesend.message.recipient_fields import Field, fields_of, names_people
from safesend.redaction import mask_text

__all__ = ["Envelope", "seal", "seal_ready"]

_MADE_BY_SEAL = object()
_set = object.__setattr__

# All that a line of quoted-printable may hold, and what stands between two values to be
# read.
_QUOTED = b"\t" + bytes(range(32, 127))
_JOINT = b" \r\n"
_ESCAPE = re.compile(rb"=(?![0-9A-F]{2}|\r\n)")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_LONGEST_LINE = 998  # RFC 5321 section 4.5.3.1.6, without the CRLF
_LINE = 76  # both encodings, RFC 2045 sections 6.7 and 6.8

# Fields with which a message names people, and that none of ours ever has (I2).
_PEOPLE = re.compile(
    rb"(?im)^(?:to|b?cc|resent-[^:\r\n]*|apparently-to|delivered-to)[ \t]*:"
)


@attrs.frozen(init=False)
class Envelope:
    """One message for one person, checked; nothing in it changes any more.

    `sender` is the envelope sender (MAIL FROM), `segments` are the octets of the
    message in order: CRLF line ends, not yet dot-stuffed; large constant ones are
    shared between envelopes.
    """

    sender: str = attrs.field(repr=lambda sender: repr(mask_text(sender)))
    recipient: Address
    segments: tuple[bytes, ...] = attrs.field(repr=False)
    message_id: str
    needs_smtputf8: bool
    size: int
    row: bytes

    def __init__(
        self,
        *,
        sender: str,
        recipient: Address,
        segments: tuple[bytes, ...],
        message_id: str,
        needs_smtputf8: bool,
        size: int,
        row: bytes,
        made_by: object = None,
    ) -> None:
        # It is not kept, so that a changed copy (`attrs.evolve`) has none to show.
        if made_by is not _MADE_BY_SEAL:
            reason = "is made by seal() only; attrs.evolve() cannot make another of it"
            raise UnsafeMessage([Leak("I4", "an envelope", reason)])
        _set(self, "sender", sender)
        _set(self, "recipient", recipient)
        _set(self, "segments", segments)
        _set(self, "message_id", message_id)
        _set(self, "needs_smtputf8", needs_smtputf8)
        _set(self, "size", size)
        _set(self, "row", row)

    @property
    def content(self) -> bytes:
        """The whole message, joined on demand."""
        return b"".join(self.segments)


def seal(composed: Composed, key: CampaignKey) -> Envelope:
    """Re-read the finished octets, and make the envelope if they hold every promise.

    The header block names exactly the intended fields, once and in order (I6), and one
    To mailbox, the recipient's own (I2); row and Message-ID are derived anew from
    the recipient under the key and compared (I4), so are the token and the key by which
    a relay knows the message again (I7); values,
    joints and files keep to CRLF, length and alphabet (I5). Signatures stand before
    the headers, are those of the campaign in the one shape that they can have (I6), and
    were made for these very octets (I4). Raises `UnsafeMessage`.
    """
    compiled, recipient = composed.compiled, composed.recipient
    letterhead, address = compiled.letterhead, recipient.address
    row = key.row(address, recipient.key)
    message_id = key.message_id(row, letterhead.message_id_domain)
    token = letterhead.token(key, row, address)
    bounce = key.bounce(row) if letterhead.uses_bounce_token else ""
    layout = compiled.layout(recipient)
    found = layout.block.match(composed.segments[0])
    if found is None:
        _refuse_block(composed)
    if found["to"] != f"{address.local}@{address.domain}".encode():
        _refuse(composed, "I2", "header To", "is not the recipient of the envelope")
    if found["message_id"] != message_id.encode():
        _refuse(composed, "I4", "header Message-ID", "belongs to another row or key")
    if letterhead.unsubscribe is not None and found["token"] != token.encode():
        _refuse(composed, "I7", "header List-Unsubscribe", "is of another row or key")
    if (
        compiled.idempotency is not None
        and found["idempotency"] != key.idempotency(row).encode()
    ):
        place = f"header {compiled.idempotency}"
        _refuse(composed, "I7", place, "is of another row or key")
    _check_texts(composed, layout)
    _check_files(composed, layout)
    _check_signature(composed)
    signature, segments = composed.signature, composed.segments
    if signature is not None:
        segments = (signature.fields, *segments)
    return Envelope(
        sender=letterhead.return_path(bounce),
        recipient=address,
        segments=segments,
        message_id=message_id,
        needs_smtputf8=compiled.needs_smtputf8 or address.needs_smtputf8,
        size=sum(map(len, segments)),
        row=row,
        made_by=_MADE_BY_SEAL,
    )


def seal_ready(
    segments: tuple[bytes, ...], sender: str, recipient: Address
) -> Envelope:
    """The envelope of a message that another program made, for one person.

    `segments` are the header block and what follows it, as `ReadyMessage.addressed`
    gives them. Read again: at most one field names people, and that is a To with the
    recipient's mailbox (I2); CRLF line ends only, no NUL, no line of more than 998
    octets (I5). A block that is not ASCII needs SMTPUTF8. Raises `UnsafeMessage`.
    """
    block = segments[0]
    people = [field for field in fields_of(block) if names_people(field.name)]
    if len(people) > 1 or not all(_is_to(field, recipient) for field in people):
        _refuse_ready("I2", "the headers", "name other people than one To mailbox")
    content = b"".join(segments)
    lines = content.split(b"\r\n")
    if b"\0" in content or any(b"\r" in line or b"\n" in line for line in lines):
        _refuse_ready("I5", "the message", "a line end that is not CRLF, or a NUL")
    if max(map(len, lines)) > _LONGEST_LINE:
        reason = f"has a line of more than {_LONGEST_LINE} octets"
        _refuse_ready("I5", "the message", reason)
    ids = [field.value for field in fields_of(block) if field.name == b"message-id"]
    return Envelope(
        sender=sender,
        recipient=recipient,
        segments=segments,
        message_id=ids[0].decode("ascii", "replace") if ids else "",
        needs_smtputf8=not block.isascii() or recipient.needs_smtputf8,
        size=len(content),
        row=hashlib.sha256(content).digest()[:16],
        made_by=_MADE_BY_SEAL,
    )


def _is_to(field: Field, recipient: Address) -> bool:
    text = field.value.decode("utf-8", "replace")
    addresses = [one.address.casefold() for one in mailboxes(text)]
    return field.name == b"to" and addresses == [recipient.wire.casefold()]


def _refuse_ready(check: str, place: str, reason: str) -> NoReturn:
    raise UnsafeMessage([Leak(check, place, reason)])


def _check_texts(composed: Composed, layout: Layout) -> None:
    """The first segment is what the template and checked values make, octet for octet.

    The constants were inspected when they were compiled, so that only the values have
    to be read: their alphabet cannot write a delimiter, nor end a line otherwise.
    """
    values = composed.values
    _check_quoted(composed, values[composed.compiled.places.first_body :])
    if len(values) != composed.compiled.places.count:
        _refuse(composed, "I6", "the values", "are more or fewer than the template's")
    if layout.fill(values) != composed.segments[0]:
        _refuse(composed, "I6", "the first segment", "is not what the template makes")


def _check_quoted(composed: Composed, values: tuple[bytes, ...]) -> None:
    # Read as one text. The blank keeps an "=" at the end of a value from passing for
    # the soft break that it would become before the constant that follows.
    text = _JOINT.join((*values, b""))
    lines = text.split(b"\r\n")
    if (
        b"".join(lines).translate(None, _QUOTED)
        or max(map(len, lines)) > _LINE
        or _ESCAPE.search(text)
    ):
        reason = "is not quoted-printable in short lines"
        _refuse(composed, "I5", "a value", reason)


def _check_files(composed: Composed, layout: Layout) -> None:
    files = composed.recipient.attachments
    if not files and composed.segments[1:] == layout.rest:
        return
    shared = 1 + len(layout.constants)
    personal = composed.segments[shared : shared + len(files)]
    expected = (*layout.constants, *personal, *layout.ending)
    if composed.segments[1:] != expected or len(personal) < len(files):
        _refuse(composed, "I6", "the files", "are not those of the template and row")
    for file, segment in zip(files, personal, strict=True):
        _check_personal(composed, layout, file, segment)


def _check_personal(
    composed: Composed, layout: Layout, file: Attachment, segment: bytes
) -> None:
    """This recipient's file, whole (L22), in clean base64 (I5)."""
    assert layout.boundary is not None
    head = mime.file_head(layout.boundary, file)
    data = segment[len(head) :]
    full, rest = divmod((file.size + 2) // 3 * 4, _LINE)
    lines = full + (rest > 0)
    if (
        not segment.startswith(head)
        or data.translate(None, _BASE64) != b"\r\n" * lines  # nothing else, no more
        or data[_LINE :: _LINE + 2] != b"\r" * full
        or data[_LINE + 1 :: _LINE + 2] != b"\n" * full
        or data[-2:] != b"\r\n" * (lines > 0)
    ):
        _refuse(composed, "I5", "a personal file", "is not base64 as it was made")
    if hashlib.sha256(binascii.a2b_base64(data)).hexdigest() != file.sha256:
        _refuse(composed, "L22", "a personal file", "is not the one of this row")


def _check_signature(composed: Composed) -> None:
    """Whoever the campaign has sign did, this message, and wrote nothing else.

    Values and segments cannot change: a signature that was made for the very same ones
    is of this message, and its body hash of this body, without hashing it again.
    """
    signing, signature = (
        composed.compiled.signing(composed.recipient),
        composed.signature,
    )
    if signing is None and signature is None:
        return
    if signing is None or signature is None:
        reason = "is there and should not be" if signing is None else "is missing"
        _refuse(composed, "I6", "header DKIM-Signature", reason)
    found = signing.shape.fullmatch(signature.fields)
    if found is None:
        reason = "is not as the keys of the campaign write it"
        _refuse(composed, "I6", "header DKIM-Signature", reason)
    if (
        signature.values is not composed.values
        or signature.segments is not composed.segments
        or int(found["date"]) != date_seconds(composed.values[DATE])
    ):
        _refuse(composed, "I4", "header DKIM-Signature", "was made for another message")


def _refuse_block(composed: Composed) -> NoReturn:
    block = composed.segments[0].partition(b"\r\n\r\n")[0]
    people = _PEOPLE.findall(block)
    if [name.lower() for name in people] != [b"to:"]:
        reason = "name other people than one To mailbox"
        _refuse(composed, "I2", "the headers", reason)
    reason = "are not the intended ones, once each and in their order"
    _refuse(composed, "I6", "the headers", reason)


def _refuse(composed: Composed, check: str, place: str, reason: str) -> NoReturn:
    raise UnsafeMessage([Leak(check, place, reason, composed.recipient.source)])
