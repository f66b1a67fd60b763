"""Envelope and seal(): the type that holds one recipient, and the only way to make one."""

from __future__ import annotations

import attrs

from safesend.message.address import Address

__all__ = ["Envelope"]

_MADE_BY_SEAL = object()


def _only_seal(_: object, __: object, value: object) -> None:
    if value is not _MADE_BY_SEAL:
        raise TypeError("an Envelope is made by safesend's seal() only")


@attrs.frozen(kw_only=True)
class Envelope:
    """One message for one person, checked; nothing in it changes any more.

    `sender` is the envelope sender (MAIL FROM), `segments` are the octets of the
    message in order: CRLF line ends, not yet dot-stuffed; large constant ones are
    shared between envelopes.
    """

    sender: str
    recipient: Address
    segments: tuple[bytes, ...] = attrs.field(repr=False)
    message_id: str
    needs_smtputf8: bool
    size: int
    row: bytes
    _made_by: object = attrs.field(validator=_only_seal, repr=False, eq=False)

    @property
    def content(self) -> bytes:
        """The whole message, joined on demand."""
        return b"".join(self.segments)
