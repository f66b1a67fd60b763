"""A loop's messages, each for one person, as the rows of one mailing.

A row holds what its message says in fields: subject, text, html and headers. The letter
of the mailing is those fields, so that every message goes the way of any row: composed,
sealed, checked against all the others, kept in the ledger until it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NoReturn

import attrs

from safesend.checks.own_marks import Marks
from safesend.errors import (
    AddressError,
    AttachmentError,
    AudienceError,
    ConfigurationError,
    Problem,
    SafesendError,
    TemplateError,
    UnsafeMessage,
)
from safesend.intake import replayable
from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.custom_headers import needs_constant
from safesend.message.ready_letter import Ready, ReadyLetter, read_letter
from safesend.message.recipient import Recipient
from safesend.message.template import Template
from safesend.smtplib.mailing import Mailing, marks_of, sender_of

__all__ = ["mailing_of_loop"]

_LIST = "messages"


def mailing_of_loop(
    messages: Iterable[Ready], sender: str | Address | None, *, by_content: bool
) -> Mailing:
    """The mailing whose rows are these messages; they are read once.

    `by_content`: what tells two deliveries apart is the person and what the message
    says, not the person alone. Raises what `read_letter` does, naming the message, and
    `AudienceError` for one that is not for exactly one person.
    """
    loop = _Loop(by_content)
    rows = replayable(loop.read(messages))
    for _ in rows:
        pass  # what all have in common is known at the end
    if loop.first is None:
        _refuse(0, "there is no message in the list")
    shape = loop.first
    return Mailing(
        sender=sender_of(sender, shape.sender),
        template=shape.template(loop.shared),
        audience=_Rows(rows, frozenset(map(_content, loop.shared))),
        marks=loop.marks,
        content="loop",
    )


@attrs.frozen
class _Shape:
    """What the messages of one mailing have in common."""

    sender: Address | None
    reply_to: Address | None
    parts: tuple[str, ...]
    headers: tuple[tuple[str, str | None], ...]
    """Their names; a value only where it must be the same for all."""
    pictures: tuple[tuple[str | None, ...], ...]
    inline: tuple[Attachment, ...] = attrs.field(eq=False)

    @classmethod
    def of(cls, letter: ReadyLetter) -> _Shape:
        said = {"text": letter.contents.text, "html": letter.contents.html}
        inline = letter.contents.inline
        return cls(
            sender=letter.sender,
            reply_to=letter.reply_to,
            parts=tuple(name for name, value in said.items() if value is not None),
            headers=tuple(
                (name, value if needs_constant(name) else None)
                for name, value in letter.headers.items()
            ),
            pictures=tuple((file.cid, *_content(file)) for file in inline),
            inline=inline,
        )

    def differs(self, other: _Shape) -> str:
        """In what the other one is not the same; "" for nothing."""
        told = {
            "sender": "another From",
            "reply_to": "another Reply-To",
            "parts": "a text or an html that the other lacks",
            "headers": "other headers, or another value of one that is for all",
            "pictures": "other pictures in its html",
        }
        names = (name for name in told if getattr(self, name) != getattr(other, name))
        return next((told[name] for name in names), "")

    def template(self, shared: Iterable[Attachment]) -> Template:
        """The letter: its fields are what each message says."""
        headers = {
            name: f"{{{{ {_header(number)} }}}}" if value is None else value
            for number, (name, value) in enumerate(self.headers)
        }
        return Template(
            "{{ subject }}",
            text="{{ text }}" if "text" in self.parts else None,
            # It is the author's own html, and no value that could break out of one.
            html="{{ html|safe }}" if "html" in self.parts else None,
            attachments=shared,
            headers=headers,
            reply_to=self.reply_to,
            inline=self.inline,
        )


@attrs.define
class _Loop:
    """Reads the messages, once; knows at the end what all of them share."""

    by_content: bool
    first: _Shape | None = None
    marks: Marks = Marks.NONE
    shared: tuple[Attachment, ...] = ()

    def read(self, messages: Iterable[Ready]) -> Iterator[Recipient]:
        """A row for each message."""
        for number, message in enumerate(messages, 1):
            try:
                letter = read_letter(message)
            except SafesendError as error:
                raise _numbered(error, number) from None
            self._compare(letter, number)
            self.marks = max(self.marks, marks_of(letter))
            yield self._row(letter, number)

    def _compare(self, letter: ReadyLetter, number: int) -> None:
        shape, files = _Shape.of(letter), letter.contents.attachments
        if self.first is None:
            self.first, self.shared = shape, files
            return
        if told := self.first.differs(shape):
            raise TemplateError(
                f"{_LIST}:{number}: it has {told}, compared with the first; the"
                " messages of one mailing are made alike. Send those that are not in a"
                " call of their own, with another name="
            )
        here = set(map(_content, files))
        self.shared = tuple(one for one in self.shared if _content(one) in here)

    def _row(self, letter: ReadyLetter, number: int) -> Recipient:
        contents = letter.contents
        fields: dict[str, object] = {"subject": letter.subject}
        if contents.text is not None:
            alone = contents.html is None and not contents.attachments
            # The end of a mail is the end of its last line.
            fields["text"] = contents.text.removesuffix("\n" if alone else "")
        if contents.html is not None:
            fields["html"] = contents.html
        for place, value in enumerate(letter.headers.values()):
            fields[_header(place)] = value
        return Recipient.from_row(
            _reader(letter, number),
            fields,
            attachments=contents.attachments,
            key=letter.digest() if self.by_content else None,
            source=f"{_LIST}:{number}",
        )


@attrs.frozen(eq=False)
class _Rows:
    """The rows, without the files that all of them have: these are the letter's."""

    _rows: Iterable[Recipient]
    _shared: frozenset[tuple[str, ...]]

    def __iter__(self) -> Iterator[Recipient]:
        for row in self._rows:
            own = [one for one in row.attachments if _content(one) not in self._shared]
            yield Recipient.from_row(
                row.address,
                row.fields,
                attachments=own,
                key=row.key,
                source=row.source,
            )


def _header(number: int) -> str:
    return f"header_{number}"


def _content(file: Attachment) -> tuple[str, ...]:
    return file.name, file.content_type, file.sha256


def _reader(letter: ReadyLetter, number: int) -> Address:
    """The one person whom a message is for."""
    try:
        to = {Address.parse(one) for one in letter.to}
        others = {Address.parse(one) for one in (*letter.copies, *letter.hidden)}
    except AddressError as error:
        _refuse(number, str(error))
    if not to:
        _refuse(number, "its To names nobody; each message of a list is for one person")
    if len(to | others) > 1:
        _refuse(
            number,
            f"it names {len(to | others)} people in To, Cc, Bcc and the like; each"
            " message of a list is for the one person in its To. To send one message to"
            " many give it alone: send_bulk(message, recipients)",
        )
    return to.pop()


def _refuse(number: int, reason: str) -> NoReturn:
    raise AudienceError([Problem(_LIST, number, "", reason)])


def _numbered(error: SafesendError, number: int) -> SafesendError:
    """The same error, which says in what message."""
    where = f"{_LIST}:{number}"
    match error:
        case UnsafeMessage():
            return UnsafeMessage(
                [attrs.evolve(leak, row=where) for leak in error.leaks]
            )
        case TemplateError() | AddressError() | AttachmentError():
            return type(error)(f"{where}: {error}")
    return ConfigurationError(f"{where}: {error}")
