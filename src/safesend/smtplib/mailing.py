"""What `send_bulk` was given, as the letter and the list of a campaign."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable

import attrs

from safesend.checks.allowance import Allow
from safesend.checks.own_marks import Marks, marks_in
from safesend.errors import AddressError, ConfigurationError
from safesend.intake import TableAudience
from safesend.message.address import Address
from safesend.message.html_to_text import html_to_text
from safesend.message.ready_letter import Ready, ReadyLetter, read_letter
from safesend.message.recipient import Recipient
from safesend.message.template import Template

__all__ = ["Mailing", "Person", "mailing_of_one", "marks_of", "sender_of"]

Person = str | Address | Recipient
"""How a recipient may be given: "Ada <ada@example.org>" is one as well."""

_OWN_MARKS = Allow(
    "L37", "the message came ready-made: the braces in it are its author's own"
)


@attrs.frozen(kw_only=True, eq=False)
class Mailing:
    """A letter, its sender, and the list of those who get it."""

    sender: Address
    template: Template
    audience: Iterable[Recipient]
    marks: Marks = Marks.NONE
    content: str
    """By which its name tells it from others."""

    @property
    def name(self) -> str:
        """What it is called where nobody names it: the same for the same content."""
        said = f"{self.sender.normalised}\n{self.content}"
        return f"bulk-{hashlib.sha256(said.encode()).hexdigest()[:16]}"

    @property
    def allow(self) -> tuple[Allow, ...]:
        """What may pass besides what the sender says."""
        return (_OWN_MARKS,) if self.marks is Marks.OWN else ()


def mailing_of_one(
    letter: Template | Ready,
    recipients: str | Iterable[Person] | None,
    sender: str | Address | None,
) -> Mailing:
    """One letter for all. A ready-made one knows its sender, and its recipients."""
    if isinstance(letter, Template):
        if recipients is None:
            raise ConfigurationError(
                "say who gets the letter: send_bulk(template, list)"
            )
        author = sender_of(sender, None)
        return _mailing(letter, letter.digest(), author, recipients, Marks.NONE)
    ready = read_letter(letter)
    if recipients is None:
        named = map(Address.parse, (*ready.to, *ready.copies))
        # Not by equality, to which two people may be one: the campaign refuses that.
        first: dict[str, Address] = {}
        for one in named:
            first.setdefault(one.wire.lower(), one)
        recipients = list(first.values())
    author = sender_of(sender, ready.sender)
    # What programs write anew at every run, in headers and in files, makes no other
    # mailing of it: the campaign says that it changed, and nobody gets it twice.
    content, marks = ready.digest(), marks_of(ready)
    return _mailing(ready.template(), content, author, recipients, marks)


def marks_of(letter: ReadyLetter) -> Marks:
    """What the marks in a ready-made message mean (L37)."""
    text, html = letter.contents.text or "", letter.contents.html or ""
    return marks_in(letter.subject, text, html, html_to_text(html))


def sender_of(given: str | Address | None, own: Address | None) -> Address:
    """The sender that was given, or else the message's own."""
    if isinstance(given, Address):
        return given
    if given is not None:
        return Address.parse(given, name_allowed=True)
    if own is None:
        raise ConfigurationError(
            'say who sends: sender="News <news@example.org>", or a From in the message'
        )
    return own


def _mailing(
    template: Template,
    content: str,
    sender: Address,
    recipients: str | Iterable[Person],
    marks: Marks,
) -> Mailing:
    return Mailing(
        sender=sender,
        template=template,
        audience=_audience(recipients),
        marks=marks,
        content=f"{sender.name}\n{content}",
    )


def _audience(given: str | Iterable[Person]) -> Iterable[Recipient]:
    if isinstance(given, str):
        if "@" not in given:
            raise ConfigurationError(
                "a text without @ is no person; if it is the name of a file, read that:"
                " send_bulk(message, safesend.read_csv(...))"
            )
        given = [given]
    if isinstance(given, TableAudience) or not isinstance(given, Iterable):
        return given  # what is no list is for the campaign to say
    people = map(_recipient, given, itertools.count(1))
    return list(people) if isinstance(given, list | tuple) else people


def _recipient(person: Person, place: int) -> Recipient:
    if not isinstance(person, str):
        return person if isinstance(person, Recipient) else Recipient(person)
    try:
        return Recipient(Address.parse(person, name_allowed=True).wire)
    except AddressError as error:
        reason = f"recipients:{place}: {error}"
    raise AddressError(reason)
