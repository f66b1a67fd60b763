"""Any message of any program, asked whether it shows one recipient to another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import attrs

from safesend.checks.addresses import keys_of
from safesend.checks.allowance import Allow, allowances
from safesend.checks.catalogue import ALLOWABLE
from safesend.checks.circle import Circle, Reader
from safesend.checks.examine import Judgement, examine
from safesend.checks.gather import gather
from safesend.checks.mail import read_mail
from safesend.checks.piece import Kind
from safesend.checks.public import public as as_public
from safesend.checks.public import split
from safesend.checks.reading import Reading
from safesend.errors import ConfigurationError, Leak
from safesend.message.address import Address
from safesend.message.recipient import Recipient
from safesend.scanner.child import FileReader

__all__ = ["Person", "Watch", "inspect"]

Person = str | Address | Recipient
"""How a recipient may be given: an address, or a row with its fields."""

_SENDERS = ("header From", "header Sender", "header Reply-To")
# One of each length that digests have, so that those of the audience are kept.
_DIGESTS = ("0" * 32, "0" * 40, "0" * 64)


def inspect(
    message: bytes,
    *,
    recipient: Person,
    audience: Iterable[Person],
    public: Iterable[str | Address] = (),
    private: Iterable[str] = (),
    allow: Iterable[Allow | str] = (),
    warnings: bool = False,
) -> list[Leak]:
    """What a finished message would expose; an empty list is a clean one.

    `message` are the octets as they go to `recipient`, `audience` everybody who gets
    the mailing: addresses, or `Recipient`s, whose values that no other row has (account
    numbers, full names) are looked for as well. `public` addresses may stand anywhere;
    the message's own From may. `private` are columns whose values count from three
    letters and digits on; `allow` lets a check pass. With `warnings` also what is only
    worth a look.

    Whatever the message is, it is read to an end; what cannot be read is a leak. Raises
    `AddressError`, `AudienceError` and `ConfigurationError` for the other arguments. To
    look at many messages of one audience, use a `Watch`, which reads the list once.
    """
    with Watch(audience, public=public, private=private, allow=allow) as watch:
        return watch.inspect(message, recipient, warnings=warnings)


@attrs.define(init=False)
class Watch:
    """An audience, kept to look at message after message of it.

    A context manager: files inside messages are read in a process that ends with it.
    """

    _circle: Circle
    _allow: tuple[Allow, ...]
    _files: FileReader

    def __init__(
        self,
        audience: Iterable[Person],
        *,
        public: Iterable[str | Address] = (),
        private: Iterable[str] = (),
        allow: Iterable[Allow | str] = (),
    ) -> None:
        """See `inspect`."""
        self._allow = allowances(allow, ALLOWABLE)
        addresses, phrases = split(as_public(public))
        self._circle = gather(
            _rows(audience),
            (),
            public=addresses,
            phrases=phrases,
            private=tuple(private),
            texts=_DIGESTS,
        )
        self._files = FileReader()

    def __enter__(self) -> Self:
        self._files.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __contains__(self, person: Address) -> bool:
        """Whether somebody is in the audience."""
        return keys_of(person)[0] in self._circle.people

    def close(self) -> None:
        """End the process that reads files."""
        self._files.__exit__(None, None, None)

    def inspect(
        self, message: bytes, recipient: Person, *, warnings: bool = False
    ) -> list[Leak]:
        """See `inspect`."""
        octets: object = message
        if not isinstance(octets, bytes | bytearray | memoryview):
            kind = type(octets).__name__
            raise ConfigurationError(f"a message is its octets (bytes), not a {kind}")
        reader = self._reader(_recipient(recipient))
        judgement = Judgement(self._allow)
        try:
            reading = self.reading(bytes(octets))
            circle = self._with_sender(reading)
            found = [k for k in examine(reading, reader, circle) if judgement.take(k)]
        except Exception as error:  # noqa: BLE001  hostile input is an answer, no error
            kind = type(error).__name__
            reason = f"could not be read ({kind}); nobody knows what is in it"
            return [Leak("I6", "the message", reason, reader.row)]
        return [*found, *judgement.warnings.values()] if warnings else found

    def reading(self, message: bytes) -> Reading:
        """All that can be read in a message, its files included."""
        return Reading.of(read_mail(message, self._files.read))

    def _reader(self, recipient: Recipient) -> Reader:
        keys = keys_of(recipient.address)
        owner = self._circle.people.owner(keys[0])
        return Reader(
            recipient=recipient,
            keys=keys,
            row=recipient.source,
            ordinal=-1 if owner is None else owner,
        )

    def _with_sender(self, reading: Reading) -> Circle:
        """With the addresses of the message's own sender, who is no leak.

        A Reply-To or Sender that is another recipient's is none of them (L08).
        """
        people, own = self._circle.people, list[tuple[str, ...]]()
        for unit in _SENDERS:
            seen = {
                sighting.mention.spellings[0]: sighting.mention.spellings
                for sighting in reading.sightings
                if sighting.piece.unit == unit and sighting.piece.kind is Kind.HEADER
            }
            if len(seen) == 1:
                [spellings] = seen.values()
                if unit == "header From" or not any(key in people for key in spellings):
                    own.append(spellings)
        keys = frozenset(key for spellings in own for key in spellings)
        domains = frozenset(spellings[0].rpartition("@")[2] for spellings in own)
        return self._circle.with_senders(keys, domains)


def _rows(audience: Iterable[Person]) -> Iterable[Recipient]:
    if isinstance(audience, str):
        raise ConfigurationError("audience is a list of addresses or of recipients")
    return (_recipient(person) for person in audience)


def _recipient(person: Person) -> Recipient:
    return person if isinstance(person, Recipient) else Recipient(person)
