"""What a look before sending is about: the facts of one mailing, without a person."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from safesend.message.dkim import Dkim

__all__ = ["Question"]


def _plain(domain: str) -> str:
    return domain.lower().removesuffix(".")


@attrs.frozen(kw_only=True)
class Question:
    """The mailing that is looked at.

    Domains are in lower-case ASCII. `sender` is that of the From mailbox, `envelope`
    that of MAIL FROM. `recipients` is how many rows each domain has. `largest` is the
    size of the largest message in octets, `needs_utf8` whether an address wants
    SMTPUTF8. `unsubscribe` is the link with `{token}`, if there is one, `one_click`
    whether programs are told that they may post to it, and `unsubscribe_mailbox` the
    domain of the address to which readers write who want off. `selector` is one for a
    new DKIM key.

    `addresses` are the IP addresses from which the mail leaves, as far as they are
    known; `helo` is the name that is said in direct delivery, and None where a relay
    (or a provider's interface) takes the mail. `relays` are the hosts of these, in
    lower case. `blocklists` are the zones of DNS block lists in which the addresses are
    looked for; none unless the caller names some.
    """

    sender: str = attrs.field(converter=_plain)
    envelope: str = attrs.field(converter=_plain)
    dkim: tuple[Dkim, ...] = ()
    recipients: Mapping[str, int] = attrs.field(factory=dict)
    largest: int = 0
    needs_utf8: bool = False
    unsubscribe: str | None = None
    one_click: bool = True
    unsubscribe_mailbox: str | None = None
    selector: str = "s1"
    addresses: tuple[str, ...] = ()
    helo: str | None = None
    relays: tuple[str, ...] = ()
    blocklists: tuple[str, ...] = ()
