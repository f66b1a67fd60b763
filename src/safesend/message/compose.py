"""(CompiledMessage, Recipient, date) -> the octets of one message, not yet sealed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import NoReturn

import attrs

from safesend.errors import Leak, TemplateError, UnsafeMessage
from safesend.message import mime
from safesend.message.compile import CompiledMessage, header_name
from safesend.message.custom_headers import custom_value
from safesend.message.encoding import plain_value, quoted_printable
from safesend.message.headers import format_date, unstructured
from safesend.message.identity import CampaignKey
from safesend.message.part import Part
from safesend.message.placeholders import unknown
from safesend.message.recipient import Recipient
from safesend.message.signing import Signature
from safesend.message.slot import Slot, escaped, slot_text

__all__ = ["Composed", "compose", "own_fields", "sign"]

_MARKUP = re.compile("[&<>\"']")
_UNSUBSCRIBE_FIELD = "unsubscribe_url"


@attrs.frozen(kw_only=True, eq=False)
class Composed:
    """One message, made and not yet trusted: only `seal` makes an envelope of it.

    `values` are what fills the layout of `compiled`, `segments` the octets in order:
    headers and texts in the first, then the shared files, then the personal ones.
    `signature` stands before them all, where somebody signs.
    """

    compiled: CompiledMessage = attrs.field(repr=False)
    recipient: Recipient
    values: tuple[bytes, ...] = attrs.field(repr=False)
    segments: tuple[bytes, ...] = attrs.field(repr=False)
    signature: Signature | None = attrs.field(default=None, repr=False)


def compose(
    compiled: CompiledMessage,
    recipient: Recipient,
    key: CampaignKey,
    date: dt.datetime | bytes,
) -> Composed:
    """The message for one recipient: pure, and the same for the same arguments.

    `date` is a datetime with a zone, or what `format_date` made of one. Raises
    `TemplateError` for a missing or empty field, `UnsafeMessage` for a value that
    could inject a header; both name `recipient.source`, none holds a value.
    """
    row = key.row(recipient.address, recipient.key)
    letterhead = compiled.letterhead
    token = letterhead.token(key, row, recipient.address)
    again = "" if compiled.idempotency is None else key.idempotency(row)
    values = [
        recipient.address.wire.encode(),
        date if isinstance(date, bytes) else format_date(date),
        key.message_id(row, letterhead.message_id_domain).encode(),
        token.encode(),
        again.encode(),
    ]
    try:
        fields = own_fields(compiled, recipient, token)
        _add_headers(values, compiled, fields)
        _add_bodies(values, compiled, fields)
    except KeyError as error:
        _refuse_missing(compiled, recipient, str(error.args[0]))
    except (TemplateError, UnsafeMessage) as error:
        problem = _in_row(error, recipient.source)
    else:
        return _composed(compiled, recipient, tuple(values))
    # Raised here so that no frame with values hangs on to it.
    raise problem


def _composed(
    compiled: CompiledMessage, recipient: Recipient, values: tuple[bytes, ...]
) -> Composed:
    layout = compiled.layout(recipient)
    segments: tuple[bytes, ...] = (layout.fill(values), *layout.constants)
    if recipient.attachments:
        assert layout.boundary is not None
        for file in recipient.attachments:
            segments += (mime.file_segment(layout.boundary, file),)
    return Composed(
        compiled=compiled,
        recipient=recipient,
        values=values,
        segments=segments + layout.ending,
    )


def sign(composed: Composed) -> Composed:
    """The same message, signed if its campaign signs and it is not signed yet.

    The keys are asked here: RSA takes a third of a millisecond and more, in which other
    threads go on.
    """
    signing = composed.compiled.signing(composed.recipient)
    if signing is None or composed.signature is not None:
        return composed
    return Composed(
        compiled=composed.compiled,
        recipient=composed.recipient,
        values=composed.values,
        segments=composed.segments,
        signature=signing.sign(composed.values, composed.segments),
    )


def own_fields(
    compiled: CompiledMessage, recipient: Recipient, token: str
) -> Mapping[str, object]:
    """The row's fields, and the link with which its reader gets off the list.

    Raises `TemplateError` when the row brings a field of that name itself.
    """
    url = compiled.letterhead.unsubscribe_url(token)
    if url is None:
        return recipient.fields
    if _UNSUBSCRIBE_FIELD in recipient.fields:
        reason = f"the field {_UNSUBSCRIBE_FIELD!r} is made by the campaign"
        raise TemplateError(f"{reason}; rename the column, or set no unsubscribe")
    return {**recipient.fields, _UNSUBSCRIBE_FIELD: url}


def _add_headers(
    values: list[bytes], compiled: CompiledMessage, fields: Mapping[str, object]
) -> None:
    for part in compiled.places.headers:
        text = _text(part, fields)
        if part.name == "subject":
            values.append(unstructured("Subject", text))
        else:
            values.append(custom_value(header_name(part), text))


def _text(part: Part, fields: Mapping[str, object]) -> str:
    if part.pieces is None:
        return part.render(fields)
    if not part.plain:
        return _worked_out_text(part, part.pieces, fields)
    return "".join(
        [
            piece
            if isinstance(piece, str)
            else slot_text(fields[piece.name], piece.name)
            for piece in part.pieces
        ]
    )


def _worked_out_text(
    part: Part, pieces: tuple[str | Slot, ...], fields: Mapping[str, object]
) -> str:
    try:
        return "".join([p if isinstance(p, str) else p.text(fields) for p in pieces])
    except Exception:  # noqa: BLE001  a value can raise whatever it likes
        failed = part
    # Jinja2 fails on the same value, and tells why and in which line.
    return failed.render(fields)


def _add_bodies(
    values: list[bytes], compiled: CompiledMessage, fields: Mapping[str, object]
) -> None:
    places = compiled.places
    for name in places.fields:
        value = fields[name]
        if type(value) is str and plain_value(value):
            octets = value.encode()
            values += (octets, octets)
        else:
            _add_value(values, slot_text(value, name), f"field {name}")
    for slot in places.expressions:
        _add_value(values, _worked_out(compiled, slot, fields), slot.name)
    for part in places.whole:
        values.append(quoted_printable(part.render(fields), part.name))


def _add_value(values: list[bytes], text: str, place: str) -> None:
    """A value as it stands in a text, and in html."""
    octets = quoted_printable(text, place)
    values.append(octets)
    values.append(quoted_printable(escaped(text)) if _MARKUP.search(text) else octets)


def _worked_out(
    compiled: CompiledMessage, slot: Slot, fields: Mapping[str, object]
) -> str:
    try:
        return slot.text(fields)
    except Exception:  # noqa: BLE001  a value can raise whatever it likes
        parts = compiled.template.parts.values()
    for part in parts:  # Jinja2 fails on the same value, and tells why and where.
        if slot in (part.pieces or ()):
            part.render(fields)
    raise TemplateError("cannot be printed", slot.name)


def _refuse_missing(
    compiled: CompiledMessage, recipient: Recipient, name: str
) -> NoReturn:
    parts = compiled.template.parts.values()
    part = next((part.name for part in parts if name in part.fields), "")
    error = TemplateError(unknown(name, recipient.fields), part)
    raise _in_row(error, recipient.source) from None


def _in_row(
    error: TemplateError | UnsafeMessage, source: str
) -> TemplateError | UnsafeMessage:
    """The same error, naming the row."""
    if isinstance(error, UnsafeMessage):
        return UnsafeMessage([_leak_in_row(leak, source) for leak in error.leaks])
    named = TemplateError(f"{source}: {error}" if source else str(error))
    named.part, named.line = error.part, error.line
    return named


def _leak_in_row(leak: Leak, source: str) -> Leak:
    return attrs.evolve(leak, row=source)
