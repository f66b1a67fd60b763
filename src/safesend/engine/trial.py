"""A test send: one row's message as its person would get it, for whoever tries it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from safesend.engine.audience import Around, Copy
from safesend.engine.report import reply_text
from safesend.errors import AddressError, ConfigurationError
from safesend.ledger.base import Ledger, State
from safesend.message.address import Address
from safesend.message.identity import CampaignKey
from safesend.message.recipient import Recipient
from safesend.message.stand_in import stand_in

__all__ = ["Choice", "Trial", "Tried", "choose", "outcomes", "test_addresses"]


@attrs.frozen(kw_only=True)
class Trial:
    """What became of one test message.

    `row` says whose message it was ("people.csv:17"). `reply` is what the server
    answered; addresses in it are masked.
    """

    to: Address
    row: str
    state: State
    reply: str
    message_id: str

    def to_json(self) -> dict[str, Any]:
        """The same as plain values; the address is masked."""
        plain = attrs.asdict(self, recurse=False)
        return plain | {"to": str(self.to), "state": self.state.value}


@attrs.frozen
class Choice:
    """Which row a test message is made of; the first one if nothing is said."""

    line: int | None = None
    address: Address | None = None
    key: str | None = None

    def meets(self, copy: Copy) -> bool:
        """Whether it is this one. Lines are those of the file, as messages name them.

        In a list that is no file the first row is 1.
        """
        if self.line is not None:
            line = copy.recipient.source.rpartition(":")[2]
            return self.line == (int(line) if line.isdecimal() else copy.ordinal + 1)
        if self.address is not None:
            same = copy.recipient.address == self.address
            return same and self.key in {None, copy.recipient.key}
        return True


def choose(given: object) -> Choice:
    """What `as_recipient=` says: "row:17", "address:...", a recipient, or nothing."""
    match given:
        case None:
            return Choice()
        case Recipient():
            return Choice(address=given.address, key=given.key)
        case str():
            kind, _, value = given.partition(":")
            if kind == "row" and value.isdecimal():
                return Choice(line=int(value))
            if kind == "address":
                return Choice(address=_address(value, "as_recipient"))
    raise ConfigurationError(
        "as_recipient (--as) says whose message is tried: row:17 is line 17 of the"
        " list, address: stands before an address of it"
    )


def test_addresses(given: object) -> tuple[Address, ...]:
    """`to=` as it was given: one address or several, each once."""
    one = isinstance(given, str | Address)
    addresses = (given,) if one else given
    if not isinstance(addresses, Iterable):
        raise ConfigurationError("to is the address that the test message goes to")
    found = tuple(dict.fromkeys(_address(address, "to") for address in addresses))
    if not found:
        raise ConfigurationError("to names nobody: where shall the test message go?")
    return found


def _address(given: object, what: str) -> Address:
    if isinstance(given, Address):
        return given
    try:
        return Address.parse(given)  # type: ignore[arg-type]  # which says so
    except AddressError as error:
        raise ConfigurationError(f"{what}: {error}") from None


@attrs.define(eq=False)
class Tried(Around):
    """One row of an audience, for the mailboxes that try it.

    Everybody in the list is still looked for in its message. Each call is another one:
    a test may be repeated.
    """

    to: tuple[Address, ...]
    choice: Choice
    _call: str = attrs.field(factory=lambda: secrets.token_hex(8), repr=False)

    @property
    def unique(self) -> bool:
        """See `Audience.unique`."""
        return True

    def chosen(self) -> Copy:
        """The row. Raises `ConfigurationError` when there is none."""
        for copy in self.inner.copies():
            if self.choice.meets(copy):
                return copy
        raise ConfigurationError(
            "nobody in the list is the one whose message shall be tried (as_recipient,"
            " --as); row:17 is line 17 of its file"
        )

    def copies(self) -> Iterator[Copy]:
        """See `Audience.copies`."""
        found = self.chosen()
        for number, address in enumerate(self.to, 1):
            copy = stand_in(found.recipient, address, f"test {self._call} {number}")
            yield found._replace(recipient=copy, shown=found.person)


def outcomes(ledger: Ledger, name: str, tried: Tried, domain: str) -> Iterator[Trial]:
    """What became of the test messages of this call, in the ledger's campaign `name`.

    `domain` stands behind the @ of their Message-IDs.
    """
    key = CampaignKey(ledger.secret, name)
    campaign = next(one.id for one in ledger.campaigns() if one.name == name)
    for copy in tried.copies():
        row = key.row(copy.recipient.address, copy.recipient.key)
        account = ledger.account(campaign, row)
        assert account is not None  # it was enrolled by this call
        yield Trial(
            to=copy.recipient.address,
            row=copy.recipient.source or f"recipient {copy.ordinal + 1}",
            state=account.state,
            reply=reply_text(account),
            message_id=key.message_id(row, domain),
        )
