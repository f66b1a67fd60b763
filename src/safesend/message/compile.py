"""Template -> CompiledMessage: whatever no merge field touches is encoded once.

The first segment of a message (its headers and texts) becomes one format of octets
with places for values; files become segments that all messages share.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import attrs

from safesend.errors import ConfigurationError, TemplateError
from safesend.message import mime
from safesend.message.custom_headers import (
    check_idempotency_name,
    check_name,
    custom_value,
    needs_constant,
    says_how_to_leave,
)
from safesend.message.dkim import Dkim
from safesend.message.entity import Entity, alternative, opened, text_entity
from safesend.message.headers import mailbox, unstructured
from safesend.message.layout import (
    DATE,
    IDEMPOTENCY,
    MESSAGE_ID,
    TO,
    TOKEN,
    Ink,
    Layout,
    Line,
    made_layout,
)
from safesend.message.letterhead import Letterhead
from safesend.message.part import Part
from safesend.message.places import Places, find_places, is_constant
from safesend.message.recipient import Recipient
from safesend.message.signing import Signing
from safesend.message.template import Template

__all__ = ["CompiledMessage", "Letterhead", "compile_message", "header_name"]

_HEADER = "header "


@attrs.frozen(eq=False)
class CompiledMessage:
    """A campaign's letter, ready to be filled.

    `fingerprint` changes when anything that is sent to everybody changes.
    `idempotency` is the header by which the relay knows a message again; it is the
    relay's affair, and no part of the fingerprint.
    `needs_smtputf8`: already the sender does (RFC 6531), whoever the recipient is.
    """

    letterhead: Letterhead
    template: Template = attrs.field(repr=False)
    places: Places = attrs.field(repr=False)
    fingerprint: bytes
    needs_smtputf8: bool
    idempotency: str | None
    dkim: tuple[Dkim, ...]
    _alone: Layout = attrs.field(repr=False)
    _with_files: Layout = attrs.field(repr=False)
    _signings: tuple[Signing, ...] = attrs.field(repr=False)

    def layout(self, recipient: Recipient) -> Layout:
        """The shape of this recipient's message."""
        return self._with_files if recipient.attachments else self._alone

    def signing(self, recipient: Recipient) -> Signing | None:
        """How this recipient's message is signed, if it is."""
        return self._signings[bool(recipient.attachments)] if self.dkim else None

    def unsigned(self) -> CompiledMessage:
        """The same letter without signatures, for looking at what it says."""
        return attrs.evolve(self, dkim=(), signings=()) if self.dkim else self


def header_name(part: Part) -> str:
    """The name of the header that a part is the value of."""
    return "Subject" if part.name == "subject" else part.name.removeprefix(_HEADER)


def compile_message(
    template: Template,
    letterhead: Letterhead,
    *,
    idempotency: str | None = None,
    dkim: Sequence[Dkim] = (),
) -> CompiledMessage:
    """Encode once what is the same for everybody, and inspect it (I5).

    `idempotency` names the header by which the relay knows a message again; `dkim`
    are those who sign.
    Raises `TemplateError` for headers that a template may not set and for texts that
    no mail can carry, `UnsafeMessage` for values that could inject,
    `AttachmentError` for files that cannot be read, and `ConfigurationError` for a
    name that is no such header, or one of the template's own.
    """
    _check_headers(template, letterhead)
    if idempotency is not None:
        _check_idempotency(template, idempotency)
    places = find_places(template)
    fingerprint = _fingerprint(template, letterhead)
    mailboxes = [letterhead.sender, template.reply_to]
    utf8 = any(mailbox is not None and mailbox.needs_smtputf8 for mailbox in mailboxes)
    utf8 = utf8 or not letterhead.envelope_sender.isascii()
    alone, with_files = _layouts(
        template,
        list(_lines(template, letterhead, places, idempotency)),
        places,
        fingerprint,
    )
    layouts = alone, with_files
    for layout in layouts:
        _inspect(layout, places.count, utf8=utf8)
    signed = layouts if dkim else ()
    return CompiledMessage(
        letterhead=letterhead,
        template=template,
        places=places,
        fingerprint=fingerprint,
        needs_smtputf8=utf8,
        idempotency=idempotency,
        dkim=tuple(dkim),
        alone=alone,
        with_files=with_files,
        signings=tuple(Signing.of(one, places.first_body, dkim) for one in signed),
    )


def _check_headers(template: Template, letterhead: Letterhead) -> None:
    for part in template.parts.values():
        if not part.name.startswith(_HEADER):
            continue
        name = header_name(part)
        check_name(name)
        if letterhead.unsubscribe is not None and says_how_to_leave(name):
            reason = "is written by the campaign, which has an unsubscribe link of its"
            raise TemplateError(f"{reason} own; leave one of the two out", part.name)
        if needs_constant(name) and not is_constant(part):
            reason = "is the same for everybody: no merge field may stand in it"
            raise TemplateError(reason, part.name)


def _check_idempotency(template: Template, name: str) -> None:
    check_idempotency_name(name)
    for part in template.parts.values():
        if part.name.lower() == _HEADER + name.lower():
            raise ConfigurationError(
                f"the template sets the header {name} itself, by which the relay is to"
                " know a message again; leave it out of the template"
            )


def _layouts(
    template: Template, lines: list[Line], places: Places, fingerprint: bytes
) -> tuple[Layout, Layout]:
    """The shape of a message without personal files, and with some."""
    boundary = b"=_%b_" % fingerprint.hex()[:24].encode()
    entity, inline = _texts(template, places, boundary)
    outer = boundary + b"m"
    mixed = opened("mixed", entity, outer)
    files = [mime.file_segment(outer, file) for file in template.attachments]
    with_files = made_layout(
        [*lines, *mixed.headers],
        mixed.ink,
        constants=inline + files,
        boundary=outer,
        ending=[mime.closing(outer)],
    )
    if files:
        return with_files, with_files
    body = entity.ink if len(entity.headers) == 1 else _ended(entity.ink)
    return made_layout([*lines, *entity.headers], body, constants=inline), with_files


def _texts(
    template: Template, places: Places, boundary: bytes
) -> tuple[Entity, list[bytes]]:
    """The readable part of a message, and the segments of the images in it."""
    parts = [
        template.parts[name] for name in ("text", "html") if name in template.parts
    ]
    entities = [text_entity(part, places) for part in parts]
    entity = alternative(entities, boundary + b"a")
    if not template.inline:
        return entity, []
    inner = boundary + b"r"
    images = [mime.file_segment(inner, image) for image in template.inline]
    images.append(mime.closing(inner))
    return opened("related", entity, inner), images


def _ended(ink: tuple[Ink, ...]) -> tuple[Ink, ...]:
    """A text that is the whole message: it ends with one line end, not with two."""
    match ink:
        case (*_, bytes() as before, _) if before.endswith(b"\r\n"):
            return ink[:-1]
    return ink


def _lines(
    template: Template,
    letterhead: Letterhead,
    places: Places,
    idempotency: str | None,
) -> Iterator[Line]:
    yield Line("From", (mailbox("From", letterhead.sender),))
    yield Line("To", (TO,))
    if template.reply_to is not None:
        yield Line("Reply-To", (mailbox("Reply-To", template.reply_to),))
    yield _header_line(template.parts["subject"], places)
    yield Line("Date", (DATE,))
    yield Line("Message-ID", (MESSAGE_ID,))
    if idempotency is not None:
        yield Line(idempotency, (IDEMPOTENCY,))
    if letterhead.unsubscribe is not None:
        before, after = letterhead.unsubscribe.encode().split(b"{token}")
        # RFC 8058 section 3.1; RFC 2369 section 2: never folded, never encoded.
        yield Line("List-Unsubscribe", (b"<" + before, TOKEN, after + b">"))
        yield Line("List-Unsubscribe-Post", (b"List-Unsubscribe=One-Click",))
    yield Line("Auto-Submitted", (b"auto-generated",))  # RFC 3834 section 5
    for part in template.parts.values():
        if part.name.startswith(_HEADER):
            yield _header_line(part, places)
    yield Line("MIME-Version", (b"1.0",))


def _header_line(part: Part, places: Places) -> Line:
    name = header_name(part)
    if not is_constant(part):
        return Line(name, (places.of_header(part),))
    text = "".join(str(piece) for piece in part.pieces or ())
    write = unstructured if part.name == "subject" else custom_value
    return Line(name, (write(name, text),))


def _inspect(layout: Layout, values: int, *, utf8: bool) -> None:
    sample = layout.fill([b"x"] * values)
    mime.inspect(sample, "the template", utf8=utf8)
    for segment in (*layout.constants, *layout.ending):
        mime.inspect(segment, "an attachment")


def _fingerprint(template: Template, letterhead: Letterhead) -> bytes:
    digest = hashlib.sha256()
    for item in _identity(template, letterhead):
        octets = item.encode()
        digest.update(b"%d:%b" % (len(octets), octets))
    return digest.digest()


def _identity(template: Template, letterhead: Letterhead) -> Iterator[str]:
    reply_to = template.reply_to
    for address in (letterhead.sender, *([reply_to] if reply_to else [])):
        yield from ("mailbox", address.name or "", address.wire)
    yield from ("domain", letterhead.message_id_domain)
    yield from ("unsubscribe", letterhead.unsubscribe or "")
    if letterhead.unsubscribe_key is not None:
        yield from ("unsubscribe key", letterhead.unsubscribe_key.id)
    yield from ("bounces", letterhead.envelope_sender)
    yield from ("template", template.digest())
