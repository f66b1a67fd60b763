"""What a test may hand over as messages: for each, who got it and its octets."""

from __future__ import annotations

import email
import email.message
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from safesend.errors import AddressError, ConfigurationError
from safesend.message.address import Address
from safesend.message.envelope import Envelope
from safesend.message.mailbox_list import mailboxes
from safesend.message.recipient import Recipient
from safesend.testing.post import Received

__all__ = ["Copy", "Person", "copies_of", "people_of"]

Person = str | Address | Recipient
"""How somebody may be given: an address, or a row with its fields."""

_FIELDS = ("To", "Cc", "Bcc")
_KINDS = (
    "what a server received, an envelope, octets, an email.message.Message, a message"
    " of Django or Flask-Mail, or a pair of recipients and one of these"
)


@attrs.frozen(kw_only=True)
class Copy:
    """One message as it left: `people` are those whom its envelope names."""

    place: str
    """Where a test finds it: "messages[2]"."""
    people: tuple[Recipient, ...]
    wrong: tuple[str, ...]
    """Why somebody whom the envelope names is no mailbox; masked."""
    content: bytes = attrs.field(repr=False)


def copies_of(messages: Iterable[object]) -> list[Copy]:
    """Each message with whom it went to. Raises `ConfigurationError` for what is none.

    Octets and messages of `email` by themselves say in To, Cc and Bcc whom they are
    for, as `smtplib.send_message` reads them.
    """
    if isinstance(messages, str | bytes | email.message.Message) or not isinstance(
        messages, Iterable
    ):
        raise ConfigurationError("messages are several: give a list, as in [message]")
    return [
        _copy(message, f"messages[{number}]") for number, message in enumerate(messages)
    ]


def people_of(people: Iterable[Person]) -> Iterator[Recipient]:
    """Each as a row. Raises `AddressError` for what is not one mailbox."""
    if isinstance(people, Person):
        raise ConfigurationError("people are several: give a list, as in [person]")
    return map(_person, people)


def _person(person: object) -> Recipient:
    if isinstance(person, Recipient):
        return person
    if isinstance(person, Address):
        return Recipient(person.wire if person.name else person)
    if not isinstance(person, str):
        kind = type(person).__name__
        raise ConfigurationError(
            f"a recipient is an address or a Recipient, not of type {kind}"
        )
    address = Address.parse(person.strip(), name_allowed=True)
    return Recipient(address.wire)


def _copy(message: object, place: str) -> Copy:
    named, content = _opened(message, place)
    people: dict[str, Recipient] = {}
    wrong: list[str] = []
    for one in named:
        try:
            person = _person(one)
        except AddressError as error:
            wrong.append(str(error))
        else:
            people.setdefault(person.address.normalised, person)
    if not people and not wrong:
        raise ConfigurationError(
            f"{place} does not say whom it went to: give the pair (recipient, message)"
        )
    return Copy(
        place=place, people=tuple(people.values()), wrong=tuple(wrong), content=content
    )


def _opened(message: object, place: str) -> tuple[Iterable[object], bytes]:
    match message:
        case Received():
            return message.recipients, message.content
        case Envelope():
            return (message.recipient,), message.content
        case bytes() | bytearray() | email.message.Message():
            return _named(message), _octets(message, place)
        case (str() | Address() | Recipient() as person, content):
            return (person,), _octets(content, place)
        case (Iterable() as people, content):
            return people, _octets(content, place)
    return _of_a_framework(message, place)


def _of_a_framework(message: Any, place: str) -> tuple[Iterable[object], bytes]:
    """A message of Django (which has `recipients()`) or Flask-Mail (`send_to`)."""
    if callable(getattr(message, "recipients", None)):
        return message.recipients(), _octets(message, place)
    if hasattr(message, "send_to"):
        people = sorted(
            one if isinstance(one, str) else one[1] for one in message.send_to
        )
        return people, _octets(message, place)
    raise _strange(message, place)


def _named(message: bytes | bytearray | email.message.Message) -> Iterator[str]:
    """Whom the headers name; a list that cannot be read stands for itself."""
    if not isinstance(message, email.message.Message):
        message = email.message_from_bytes(bytes(message))
    for value in (value for name in _FIELDS for value in message.get_all(name, ())):
        text = " ".join(str(value).split())  # unfolded
        try:
            yield from [mailbox.address for mailbox in mailboxes(text)]
        except AddressError:
            yield text


def _octets(content: Any, place: str) -> bytes:
    if isinstance(content, bytes | bytearray):
        return bytes(content)
    if isinstance(content, Received | Envelope):
        return content.content
    if callable(getattr(content, "message", None)):  # Django's
        content = content.message()
    if callable(getattr(content, "as_bytes", None)):
        octets: bytes = content.as_bytes()
        return octets
    raise _strange(content, place)


def _strange(message: object, place: str) -> ConfigurationError:
    kind = type(message).__name__
    return ConfigurationError(
        f"{place} is a {kind}, and no message; it may be {_KINDS}"
    )
