"""Any ready-made message, made into one private message for each person.

The one public way in for messages that other programs made: recipient fields are
rewritten, and what stays is asked whether it shows one of these people to another.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterable, Iterator, Sequence
from email.generator import BytesGenerator
from email.message import Message
from typing import Self

from safesend.checks.allowance import Allow
from safesend.errors import AddressError, Leak, UnsafeMessage
from safesend.message.address import Address
from safesend.message.envelope import Envelope, seal_ready
from safesend.message.mailbox_list import mailboxes
from safesend.message.ready import ReadyMessage
from safesend.scanner.inspection import Watch
from safesend.scanner.strangers import Strangers

__all__ = ["Company", "octets_of", "privatize"]

# The checks that tell of other people. What else a message may hold is its author's
# business, as it was before.
_ABOUT_OTHERS = frozenset({"I3", "L02", "L12", "L21"})
# What could not be read to its end: nobody knows whom it names.
_REFUSED = _ABOUT_OTHERS | {"I6"}
_NOBODY = Address.parse("nobody@reader.invalid")
"""Stands for a reader whose address is none of ours: any of ours is another's."""


def privatize(
    message: bytes | str | Message,
    recipients: Iterable[str | Address],
    *,
    sender: str | None = None,
    public: Iterable[str | Address] = (),
    allow: Iterable[Allow | str] = (),
) -> Iterator[Envelope]:
    """One envelope for each recipient, in their order, of a message that is ready.

    To is rewritten to that one person (in its place; where the message names nobody,
    none is added); Cc, Bcc, Resent-* and their like are gone, in mails inside of it as
    well; of several copies each has a Message-ID of its own. `sender` is the envelope
    sender (default: the message's Sender, else its From). `public` and `allow` are
    those of `inspect`: who may stand in it, and which checks may be passed over.

    It is checked before the first copy is given. Raises `AddressError` for the
    recipients (one that stands there twice is an error), and `UnsafeMessage` when the
    message would show one of these people, or of those whom its own fields name, to
    another, or cannot be sent as it is.
    """
    people = _people(recipients)
    ready = ReadyMessage.read(octets_of(message))
    path = _return_path(ready) if sender is None else Address.parse(sender).wire
    salt = secrets.token_bytes(32) if len(people) > 1 else None
    company = Company([*people, *ready.named], public=public, allow=allow)
    leaks = company.exposed(ready, people)
    if leaks:
        raise UnsafeMessage(leaks)
    return iter(
        [seal_ready(ready.addressed(one.wire, salt), path, one) for one in people]
    )


def octets_of(message: bytes | str | Message) -> bytes:
    """The octets of a message, as the standard library writes it."""
    if isinstance(message, Message):
        # Not `as_bytes`: subclasses, Django's for one, have it with other parameters.
        octets = io.BytesIO()
        policy = message.policy.clone(linesep="\r\n")
        BytesGenerator(octets, mangle_from_=False, policy=policy).flatten(message)
        return octets.getvalue()
    return message.encode() if isinstance(message, str) else bytes(message)


class Company:
    """The people that are known from one sending, and what they may not see.

    Kept by who sends to the same people again and again. `people` that are no
    addresses of ours, as bob@intranet, are looked for as they are written; local names
    are passed over: nobody could find them in a text.
    """

    def __init__(
        self,
        people: Iterable[str | Address],
        *,
        public: Iterable[str | Address] = (),
        allow: Iterable[Allow | str] = (),
    ) -> None:
        everybody = list(people)
        self.people = _distinct(everybody)
        self._strangers = Strangers(
            str(one) for one in everybody if _address(one) is None
        )
        self._number = len(set(everybody))
        self._watch = Watch(self.people, public=public, allow=allow)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.close()

    def exposed(
        self, ready: ReadyMessage, readers: Sequence[str | Address]
    ) -> list[Leak]:
        """Where what all of its copies have in common shows one reader another."""
        return self.exposed_in(ready.rest, readers)

    def exposed_in(
        self, message: bytes, readers: Sequence[str | Address]
    ) -> list[Leak]:
        """Where the message shows one of these people to one of its readers.

        Only what is about other people counts. All readers get the same but for To: so
        two of them see everything that any of them could.
        """
        if max(self._number, len(readers)) < 2:  # noqa: PLR2004  nobody else is there
            return []
        shown = _distinct(readers)[:2]
        if len(shown) < 2 and any(_address(one) is None for one in readers):  # noqa: PLR2004
            shown.append(_NOBODY)
        with self:
            found = [
                leak
                for one in shown or self.people[:1]
                for leak in self._watch.inspect(message, one)
                if leak.check in _REFUSED
            ]
            if self._strangers and not found:
                found += self._strangers.shown_in(self._watch.reading(message))
        return list(dict.fromkeys(found))


def _people(recipients: Iterable[str | Address]) -> list[Address]:
    if isinstance(recipients, str):
        raise AddressError("recipients is a list of addresses, not a single text")
    people = [
        one if isinstance(one, Address) else Address.parse(one) for one in recipients
    ]
    seen: set[Address] = set()
    for one in people:
        if one in seen:
            raise AddressError(f"{one} stands in the recipients twice")
        seen.add(one)
    return people


def _distinct(people: Iterable[str | Address]) -> list[Address]:
    found = (_address(one) for one in people)
    return list(dict.fromkeys(one for one in found if one is not None))


def _address(person: str | Address) -> Address | None:
    try:
        return person if isinstance(person, Address) else Address.parse(person)
    except AddressError:
        return None


def _return_path(ready: ReadyMessage) -> str:
    for name in (b"sender", b"from"):
        for value in ready.values(name):
            found = mailboxes(value.decode("utf-8", "surrogateescape"))
            if len(found) == 1:
                return Address.parse(found[0].address).wire
    raise AddressError(
        "the message names no single sender in Sender or From: give sender="
    )
