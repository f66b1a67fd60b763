"""What stands on a suppression list, and why."""

from __future__ import annotations

import enum
from typing import NamedTuple

import attrs

from safesend.errors import AddressError, ConfigurationError
from safesend.message.address import Address

__all__ = ["Deed", "Domain", "Entry", "Line", "Listed", "Reason", "whom"]


class Reason(enum.StrEnum):
    """Why somebody gets nothing, what weighs most ahead."""

    COMPLAINT = "complaint"
    """They called it spam."""
    UNSUBSCRIBED = "unsubscribed"
    """They asked to get no more."""
    BY_HAND = "by-hand"
    """Somebody put them there."""
    NO_SUCH_MAILBOX = "no-such-mailbox"
    """A server said so, or a bounce."""
    RETURNED = "returned"
    """Mail to them came back, of one mailing after the other."""

    @classmethod
    def of(cls, text: str) -> Reason:
        """The reason of that name. Raises `ConfigurationError`."""
        try:
            return cls(text)
        except ValueError:
            raise ConfigurationError(
                f"there is no such reason; it is one of {', '.join(cls)}"
            ) from None


@attrs.frozen
class Domain:
    """Every mailbox of a domain, not of those below it: `@example.org`."""

    name: str

    @classmethod
    def parse(cls, text: str) -> Domain:
        """The domain behind the @. Raises `AddressError`."""
        try:
            return cls(Address.parse(f"x{text}").domain)
        except AddressError:
            raise AddressError(
                "what begins with an @ is a whole domain, such as @example.org; this is"
                " none"
            ) from None

    def __str__(self) -> str:
        return f"@{self.name}"


def whom(given: Address | Domain | str) -> Address | Domain:
    """Whom a text means: `ada@example.org`, or `@example.org`.

    Raises `AddressError`.
    """
    if not isinstance(given, str):
        return given
    return Domain.parse(given) if given.startswith("@") else Address.parse(given)


class Line(NamedTuple):
    """An entry as the file has it, and an export."""

    digest: bytes
    domain: bool
    reason: str
    source: str
    since: float
    expires: float | None


@attrs.frozen
class Entry:
    """That a mailbox is on the list. Dates are seconds since 1970.

    `source` says where that comes from, masked; `expires` None is never. `domain`:
    its whole domain is on the list.
    """

    reason: Reason
    source: str
    since: float
    expires: float | None = None
    domain: bool = False


@attrs.frozen
class Listed:
    """How many stand on the list for a reason; `domains` of them are whole domains."""

    number: int
    domains: int = 0


@attrs.frozen
class Deed:
    """What a person did with the list: add, import, remove or restored; masked."""

    at: float
    actor: str
    deed: str
    number: int
    reason: str
