"""A ready-made message, apart from whom it is for.

Whatever program made it, and whomever its header block names: what leaves here is for
one person. The octets of the body are the same object for everybody.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from typing import NoReturn

import attrs

from safesend.errors import AddressError, Leak, UnsafeMessage
from safesend.message import headers
from safesend.message.address import Address
from safesend.message.encoded_words import decoded_words
from safesend.message.mailbox_list import Mailbox, mailboxes
from safesend.message.nested_mail import may_hold_mail, without_recipients
from safesend.message.recipient_fields import (
    Field,
    addresses_in,
    fields_of,
    names_people,
    split_head,
)

__all__ = ["ReadyMessage", "with_crlf"]

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ID = re.compile(rb"<[^<>@\s]+@([A-Za-z0-9.-]+)>")
# A second look that knows nothing of the first: RFC 5322 section 3.6.3 and 3.6.6.
_PEOPLE = re.compile(
    rb"^(?:to|(?:x-)?b?cc|resent-[!-9;-~]*|apparently-to|delivered-to)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_LOCAL_NAME = re.compile(r"[^\x00-\x20\x7f-\x9f()<>\[\]:;@\\,\"]+")
# A signature over fields that are rewritten holds no more (RFC 6376 section 3.7).
_SIGNATURES = frozenset({b"dkim-signature", b"domainkey-signature"})


def with_crlf(octets: bytes) -> bytes:
    """The octets with CRLF line ends only: a lone CR or LF is taken for one (I5).

    Servers disagree on what a lone one means, and that is how one message is smuggled
    inside another (VU#302671).
    """
    if b"\r" not in octets:
        return octets.replace(b"\n", b"\r\n")
    ends = octets.count(b"\r\n")
    if octets.count(b"\n") == ends and octets.count(b"\r") == ends:
        return octets
    bare = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return bare.replace(b"\n", b"\r\n")


@attrs.frozen
class ReadyMessage:
    """The parts of a message that stay, and the place where its one To goes.

    `named` are the addresses that its recipient fields held, those of mails inside it
    included, as they were written. `people` are the mailboxes of its To and Cc.
    """

    named: tuple[str, ...] = attrs.field(repr=False)
    people: tuple[Mailbox, ...] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    """From the empty line on."""
    _before: tuple[Field, ...] = attrs.field(repr=False)
    _after: tuple[Field, ...] | None = attrs.field(repr=False)
    """None when there was no recipient field: then none is added."""
    _single: bytes = attrs.field(repr=False)
    """The one To field, as it stands, when it is the only recipient field."""
    _changed: bool = attrs.field(repr=False)
    _first: dict[str, Mailbox] = attrs.field(init=False, eq=False, repr=False)
    """By address: what the message calls each of its people."""

    @_first.default
    def _by_address(self) -> dict[str, Mailbox]:
        return {one.address.casefold(): one for one in reversed(self.people)}

    @classmethod
    def read(cls, octets: bytes) -> ReadyMessage:
        """Take a message apart; lone CR and LF become line ends.

        To, Cc, Bcc, Resent-*, Apparently-To and their twins (X-Bcc, X-Odoo-Bcc,
        Delivered-To ...) go, also in mails inside of it, and so does a signature that
        would hold no more. Raises `UnsafeMessage` for a NUL, for a field with a control
        character in an encoded word (L11), and for a signed mail that names others.
        """
        if b"\0" in octets:
            _refuse("I5", "the message", "holds a NUL")
        octets = with_crlf(octets)
        named: list[str] = []
        whole = octets
        if may_hold_mail(octets):
            whole, named = without_recipients(octets)
        block, body = split_head(whole)
        kept, people = _sorted(block)
        place = next((at for at, field in people if field.name == b"to"), None)
        if place is None and people:
            place = people[0][0]
        single = b""
        if len(people) == 1 and people[0][1].name == b"to":
            single = people[0][1].octets
        for _, field in people:
            named += addresses_in(field.value if field.name else field.octets)
        for field in kept:
            _check(field)
        return cls(
            named=tuple(dict.fromkeys(named)),
            people=tuple(_visible(field for _, field in people)),
            body=body,
            before=tuple(kept if place is None else kept[:place]),
            after=None if place is None else tuple(kept[place:]),
            single=single,
            changed=whole is not octets,
        )

    @property
    def rest(self) -> bytes:
        """What all copies have in common: everything but To."""
        fields = (*self._before, *(self._after or ()))
        return b"".join([*(field.octets for field in fields), self.body])

    def values(self, name: bytes) -> list[bytes]:
        """The values of the fields of this (lower-case) name, of those that stay."""
        fields = (*self._before, *(self._after or ()))
        return [field.value for field in fields if field.name == name]

    def addressed(self, mailbox: str, salt: bytes | None = None) -> tuple[bytes, ...]:
        """The message for one person: its header block, and the body.

        `mailbox` is an addr-spec, or a local name. The name that the message itself
        gives to this mailbox is kept. With `salt` (random octets) a Message-ID that
        stands in it is replaced by one of this copy's own (L14). Raises `AddressError`
        for what is not exactly one mailbox, and `UnsafeMessage` when the finished block
        names anybody else all the same.
        """
        _one_mailbox(mailbox)
        to = self._to(mailbox)
        fields = [*self._before, *([to] if to else []), *(self._after or ())]
        changed = self._changed or (to is not None and to.octets != self._single)
        if salt is not None:
            fields = [_with_own_id(field, mailbox, salt) for field in fields]
        if changed or salt is not None:
            fields = [field for field in fields if field.name not in _SIGNATURES]
        block = b"".join([field.octets for field in fields])
        _reread(block, to.octets if to else b"")
        return block, self.body

    def _to(self, mailbox: str) -> Field | None:
        if self._after is None:
            return None
        own = self._first.get(mailbox.casefold())
        if own and len(self.people) == 1 and _stays(self._single, own):
            return Field(b"to", self._single)
        return Field(b"to", b"To: %b\r\n" % _written(mailbox, own))


def _sorted(block: bytes) -> tuple[list[Field], list[tuple[int, Field]]]:
    """The fields that stay; those that name people, with their places among them."""
    kept: list[Field] = []
    people: list[tuple[int, Field]] = []
    went = False
    for field in fields_of(block):
        # What follows such a field and is none belongs to it: a name with a line end in
        # it, whose list of people goes on there.
        went = names_people(field.name) or (went and not field.name)
        if went:
            people.append((len(kept), field))
        else:
            kept.append(field)
    if kept and people and not kept[-1].octets.endswith(b"\r\n"):
        # The block had no line end at its very end.
        kept[-1] = attrs.evolve(kept[-1], octets=kept[-1].octets + b"\r\n")
    return kept, people


def _visible(fields: Iterator[Field]) -> Iterator[Mailbox]:
    for field in fields:
        if field.name in (b"to", b"cc"):
            text = field.value.decode("utf-8", "surrogateescape")
            try:
                yield from mailboxes(text)
            except AddressError:
                continue  # whom it names is in `named`, whatever it means


def _check(field: Field) -> None:
    if b"=?" not in field.octets:
        return
    for word in decoded_words(field.value.decode("utf-8", "replace")):
        if _CONTROL.search(word):
            name = field.octets.partition(b":")[0].decode("ascii", "replace")
            reason = "holds an encoded word with a control character in it"
            _refuse("L11", f"header {name}", reason)


def _one_mailbox(mailbox: str) -> None:
    if _LOCAL_NAME.fullmatch(mailbox):
        return
    found = mailboxes(mailbox)
    if len(found) != 1 or found[0].address != mailbox:
        raise AddressError("this is not exactly one mailbox, without a name")


def _stays(octets: bytes, own: Mailbox) -> bool:
    """Whether the field may stay: no comment, nothing hidden in the name (L07)."""
    hidden = b"(" in octets or "=?" in own.name
    return bool(octets) and not hidden and not set(own.name) & set("@\uff20\ufe6b")


def _written(mailbox: str, own: Mailbox | None) -> bytes:
    """The value of To: with the name that stood there, if it is one."""
    bare = mailbox.encode("utf-8", "surrogateescape")
    if own is None or not own.name or not bare.isascii():
        return bare
    name = "".join(decoded_words(own.name)) if "=?" in own.name else own.name
    try:
        address = Address.parse(f'"{_quotable(name)}" <{mailbox}>', name_allowed=True)
        return headers.mailbox("To", address)
    except (AddressError, UnsafeMessage):
        return bare


def _quotable(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _with_own_id(field: Field, mailbox: str, salt: bytes) -> Field:
    found = _ID.search(field.value) if field.name == b"message-id" else None
    if found is None:
        return field
    digest = hmac.digest(salt, found[0] + mailbox.encode("utf-8", "replace"), "sha256")
    own = b"Message-ID: <%b@%b>\r\n" % (digest[:16].hex().encode(), found[1])
    return Field(field.name, own)


def _reread(block: bytes, to: bytes) -> None:
    """The finished block names one person, or nobody (I2)."""
    found = _PEOPLE.findall(block)
    if len(found) != bool(to) or (to and to not in block):
        _refuse("I2", "the headers", "name other people than one To mailbox")


def _refuse(check: str, place: str, reason: str) -> NoReturn:
    raise UnsafeMessage([Leak(check, place, reason)])
