"""One person and what is known of them: the value that travels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

import attrs

from safesend.errors import AddressError, ConfigurationError
from safesend.message.address import Address
from safesend.message.values import UnfitValue, Value, frozen_value, thawed_mapping

if TYPE_CHECKING:
    from safesend.message.attachment import Attachment

__all__ = ["Recipient", "restored_recipient"]

_set = object.__setattr__


@attrs.frozen(init=False, repr=False)
class Recipient:
    """One person: a mailbox, the fields of the template, files for nobody else.

    `Recipient("ada@example.org", name="Ada", attachments=[...])`. `fields` cannot be
    changed. `key` is the value of the key column, when one mailbox may stand in
    several rows; `source` is where the row stands ("members.csv:17").

    Raises `AddressError` for what is not one mailbox, and `ConfigurationError`,
    naming field and source, for a value that a field cannot hold.
    """

    address: Address
    fields: Mapping[str, Value] = attrs.field(hash=False)
    attachments: tuple[Attachment, ...] = attrs.field(hash=False)
    key: str | None
    source: str = attrs.field(eq=False)

    def __init__(
        self,
        address: str | Address,
        attachments: Iterable[Attachment] = (),
        **fields: object,
    ) -> None:
        kept = _kept(fields, "")
        mailbox, files = _mailbox(address), tuple(attachments)
        _fill(self, mailbox, kept, attachments=files, key=None, source="")

    @classmethod
    def from_row(
        cls,
        address: str | Address,
        fields: Mapping[str, object],
        *,
        attachments: Iterable[Attachment] = (),
        key: str | None = None,
        source: str = "",
    ) -> Recipient:
        """A recipient of a list's row; the fields may have any names."""
        recipient = object.__new__(cls)
        kept = _kept(fields, source)
        mailbox, files = _mailbox(address), tuple(attachments)
        _fill(recipient, mailbox, kept, attachments=files, key=key, source=source)
        return recipient

    def __repr__(self) -> str:
        names = ", ".join(self.fields)
        where = f" from {self.source}" if self.source else ""
        return f"<Recipient {self.address}{where}, fields: {names or 'none'}>"

    def __reduce__(self) -> tuple[object, ...]:
        # A read-only mapping cannot be pickled, and worker processes need recipients.
        parts = (self.address, thawed_mapping(self.fields), self.attachments)
        return _rebuilt, (*parts, self.key, self.source)


def restored_recipient(
    address: Address,
    fields: dict[str, Value],
    *,
    attachments: tuple[Attachment, ...] = (),
    key: str | None = None,
    source: str = "",
) -> Recipient:
    """A recipient of parts that an earlier one had. Nothing is checked or copied."""
    recipient = object.__new__(Recipient)
    kept = MappingProxyType(fields)
    _fill(recipient, address, kept, attachments=attachments, key=key, source=source)
    return recipient


def _rebuilt(
    address: Address,
    fields: dict[str, object],
    attachments: tuple[Attachment, ...],
    key: str | None,
    source: str,
) -> Recipient:
    return Recipient.from_row(
        address, fields, attachments=attachments, key=key, source=source
    )


def _fill(
    recipient: Recipient,
    address: Address,
    fields: Mapping[str, Value],
    *,
    attachments: tuple[Attachment, ...],
    key: str | None,
    source: str,
) -> None:
    _set(recipient, "address", address)
    _set(recipient, "fields", fields)
    _set(recipient, "attachments", attachments)
    _set(recipient, "key", key)
    _set(recipient, "source", source)


def _mailbox(address: object) -> Address:
    if isinstance(address, str):
        return Address.parse(address)
    if not isinstance(address, Address):
        _refuse_several(address)
    if address.name is not None:
        raise AddressError(
            f"{address} has a display name; a recipient is a bare address, and a name"
            ' is a field: Recipient("ada@example.org", name="Ada")'
        )
    return address


def _refuse_several(address: object) -> NoReturn:
    kind = type(address).__name__
    raise AddressError(
        f"a Recipient is one person, and its address one text, not a {kind};"
        " make one Recipient per person"
    )


def _kept(fields: Mapping[str, object], source: str) -> Mapping[str, Value]:
    kept: dict[str, Value] = {}
    for name, value in fields.items():
        try:
            kept[name] = frozen_value(value)
        except UnfitValue as error:
            where = f"{source}: " if source else ""
            raise ConfigurationError(f"{where}the field {name!r} {error}") from None
    return MappingProxyType(kept)
