"""What the fields of a campaign may be: how they are read, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from types import NoneType
from typing import Any, Required, TypedDict

from safesend.checks.allowance import Allow
from safesend.errors import ConfigurationError
from safesend.message.address import Address
from safesend.message.dkim import Dkim
from safesend.message.recipient import Recipient
from safesend.message.template import Template
from safesend.message.unsubscribe import Unsubscribe
from safesend.redaction import mask_text

__all__ = [
    "LINK",
    "MAILBOX",
    "NUMBER",
    "TEXT",
    "Further",
    "campaign_name",
    "domains",
    "mailbox",
    "of_type",
    "positive",
    "sender",
]

_NAME = re.compile(r"\w[\w .+-]{0,79}")


class Further(TypedDict, total=False):
    """The arguments of `Campaign` that a correction takes as well."""

    sender: Required[str | Address]
    template: Required[Template]
    message_id_domain: str | None
    unsubscribe: Unsubscribe | str | None
    envelope_sender: str | None
    allowed_domains: Iterable[str] | None
    max_recipients: int | None
    allow: Iterable[Allow | str]
    verify: Iterable[tuple[str, str]]
    public: Iterable[str | Address]
    private: Iterable[str]
    seeds: Iterable[Recipient] | str | Path
    seed_every: int
    redirect_all_to: str | Address | None
    dkim: Dkim | Iterable[Dkim] | None


def sender(value: str | Address) -> Address:
    """Who sends: a mailbox, with or without a name."""
    if isinstance(value, Address):
        return value
    return Address.parse(value, name_allowed=True)


def campaign_name(_: object, __: object, value: Any) -> None:
    """Refuse what cannot name a file."""
    if not (isinstance(value, str) and _NAME.fullmatch(value)):
        raise ConfigurationError(
            f"the campaign name {mask_text(repr(value))} cannot be used: it names a"
            " file, so write letters, digits, spaces, '.', '-', '_' or '+', at most 80"
        )


def of_type(*types: type) -> Callable[[Any, Any, Any], None]:
    """A validator that refuses values of other types."""
    wanted = " or ".join("None" if t is NoneType else t.__name__ for t in types)

    def check(_: Any, attribute: Any, value: Any) -> None:
        """Refuse a value of another type."""
        if not isinstance(value, types) or isinstance(value, bool):
            given = type(value).__name__
            raise ConfigurationError(f"{attribute.name} is {wanted}, not {given}")

    return check


TEXT = of_type(str, NoneType)
LINK = of_type(Unsubscribe, str, NoneType)
NUMBER = of_type(int, NoneType)
MAILBOX = of_type(Address, NoneType)


def domains(value: Iterable[str] | None) -> frozenset[str] | None:
    """`allowed_domains=` as it was given, in A-labels."""
    if value is None:
        return None
    if isinstance(value, str):
        raise ConfigurationError('allowed_domains is a list: ["example.org"]')
    return frozenset(Address.parse(f"x@{domain}").domain for domain in value)


def mailbox(value: str | Address | None) -> Address | None:
    """A bare address; what is none is for the validator."""
    return Address.parse(value) if isinstance(value, str) else value


def positive(campaign: Any, attribute: Any, value: Any) -> None:
    """Refuse what is no whole number from 1 on."""
    of_type(int)(campaign, attribute, value)
    if value < 1:
        raise ConfigurationError(f"{attribute.name} is 1 or more, not {value}")
