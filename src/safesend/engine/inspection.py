"""Looks at everything that a mailing says, before its first byte leaves.

The list is read once to know who is in it. Then what all messages share is read, each
file once, and of each message what differs from the others. A sample of the finished
messages is read whole, as a stranger would.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator

import attrs

from safesend.checks.addresses import keys_of
from safesend.checks.canaries import Canaries
from safesend.checks.circle import EVERYBODY, Circle, Reader
from safesend.checks.examine import Judgement, examine
from safesend.checks.gather import gather, good_rows
from safesend.checks.list_as_person import CHECK as LIST_AS_PERSON
from safesend.checks.list_as_person import looks_like_list
from safesend.checks.mail import read_mail
from safesend.checks.mailboxes.rows import Suitability
from safesend.checks.personal_files import PersonalFiles
from safesend.checks.piece import Found, Kind, Piece
from safesend.checks.reading import Reading
from safesend.checks.seams import Seams, find_seams
from safesend.checks.verified_columns import mismatch
from safesend.engine.audience import Copy
from safesend.engine.safety import Safety
from safesend.errors import ConfigurationError, Leak
from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.compile import CompiledMessage
from safesend.message.compose import Composed
from safesend.message.envelope import Envelope
from safesend.message.recipient import Recipient

__all__ = ["Inspector"]

ReadFile = Callable[[str, bytes], Iterable[Found]]


@attrs.define(kw_only=True)
class Inspector:
    """Inspects one mailing. First `gather`, then `shared`, then every row in order."""

    compiled: CompiledMessage
    safety: Safety
    read_file: ReadFile
    known: Callable[[str], bool] | None = None
    """Whether an address that is not in the list was in an earlier one."""
    borrowed: bool = False
    """Whether messages show the data of others than those whom they go to."""
    judgement: Judgement = attrs.field(init=False)
    _circle: Circle = attrs.field(init=False)
    _seams: Seams = attrs.field(init=False)
    _suits: Suitability = attrs.field(init=False)
    _files: PersonalFiles = attrs.field(init=False)
    _shared: tuple[Found, ...] = ()
    _told: frozenset[tuple[str, str]] = frozenset()
    """What was found in all messages is not told again of each that is read whole."""

    def __attrs_post_init__(self) -> None:
        self.judgement = Judgement(self.safety.allow)
        self._seams = find_seams(self.compiled)
        self._suits = Suitability.of(self.compiled)

    def gather(
        self, audience: Iterable[Recipient], tell: Callable[[int], None]
    ) -> None:
        """Read the list to know who is in it; `tell` hears how many rows were read.

        What all messages share is read before, each file once: it tells what to keep
        of the list.
        """
        self._shared = tuple(self._read_shared())
        self._circle = gather(
            good_rows(audience),
            self._senders(),
            public=self.safety.public,
            phrases=self.safety.phrases,
            private=self.safety.private,
            named=[column for pair in self.safety.verify for column in pair],
            texts=(one.text for one in self._shared if isinstance(one, Piece)),
            known=self.known,
            tell=tell,
        )
        self._files = PersonalFiles(self._circle.people)

    def shared(self) -> list[Leak]:
        """What the letter and the files say that all messages have in common."""
        found, self._shared = self._shared, ()
        leaks = self._judge(examine(Reading.of(found), EVERYBODY, self._circle))
        self._told = frozenset((leak.check, leak.place) for leak in leaks)
        self._judge(self._suits.shared())  # It warns and refuses nothing.
        return leaks

    def row(self, composed: Composed, copy: Copy) -> list[Leak]:
        """What one message says, as far as it differs from the others.

        How it suits mailboxes is warned of, and not in what this gives. Raises
        `ConfigurationError` for a row that was not there when the list was read to know
        who is in it: nobody looked for its address.
        """
        ordinal, recipient = self._ordinal_of(copy), composed.recipient
        if advice := self._suits.row(composed):
            self._judge(advice)
        found: list[Found] = self._differing(composed, ordinal)
        crowd = looks_like_list(recipient.address)
        leaks: list[Leak] = []
        if found or crowd or recipient.attachments:  # in few rows of most lists
            leaks = self._judge(self._suspected(copy, ordinal, found, crowd=crowd))
        if self.safety.verify:  # Asked for by the sender: nothing lifts it.
            leaks += mismatch(self.safety.verify, copy.person)
        return leaks

    def _suspected(
        self, copy: Copy, ordinal: int, found: list[Found], *, crowd: bool
    ) -> Iterator[Leak]:
        """What is wrong with a row in which there is something to be looked at."""
        recipient, reader = copy.recipient, self._reader(copy.recipient, ordinal)
        if crowd:
            reason = "looks like a mailing list: whoever is on it would get the message"
            place = f"recipient {recipient.address}"
            yield LIST_AS_PERSON.leak(place, reason, reader)
        if recipient.attachments:
            yield from self._files.take(copy.person, ordinal)
            files = self._personal(recipient)
            if copy.shown is None:
                found += files
            else:
                yield from self._lent(files, copy.shown, reader)
        yield from examine(Reading.of(found), reader, self._circle)

    def whole(self, envelope: Envelope, copy: Copy) -> list[Leak]:
        """A finished message, read as a stranger would; its files were read before."""
        reading = Reading.of(read_mail(envelope.content, _nothing))
        reader = self._reader(copy.recipient, self._ordinal_of(copy))
        leaks = self._judge(examine(reading, reader, self._circle))
        new = [leak for leak in leaks if (leak.check, leak.place) not in self._told]
        self._told |= {(leak.check, leak.place) for leak in new}
        return new

    def claimed(self, composed: Composed) -> list[Leak]:
        """A message for a row as it was enrolled by an earlier call.

        Its values are not in the circle, so only people are looked for, and in its
        files too.
        """
        recipient = composed.recipient
        found: list[Found] = list(self._seams.pieces(composed))
        if not self.borrowed:  # There a file may name whose it is: it was seen before.
            found += self._personal(recipient)
        if not found:
            return []
        circle = attrs.evolve(self._circle, canaries=Canaries())
        reader = self._reader(recipient, -1)
        return self._judge(examine(Reading.of(found), reader, circle))

    def _read_shared(self) -> Iterator[Found]:
        yield from self._seams.shared
        yield from self._letterhead()
        template = self.compiled.template
        for file in template.inline:
            yield from self._read("picture", file)
        for file in template.attachments:
            yield from self._read("attachment", file)

    def _differing(self, composed: Composed, ordinal: int) -> list[Found]:
        caught = functools.partial(self._circle.canaries.holds, ordinal=ordinal)
        return list(self._seams.pieces(composed, caught))

    def _ordinal_of(self, copy: Copy) -> int:
        """The number of the row that a copy shows."""
        first = self._circle.people.owner(keys_of(copy.person.address)[0])
        if first is None:
            raise ConfigurationError(
                "the list changed while it was read: this row was not in it at first."
                " Give a list that stays as it is, list(...) of it for example"
            )
        return first if copy.ordinal < 0 else copy.ordinal

    def _personal(self, recipient: Recipient) -> list[Found]:
        files = recipient.attachments
        return [found for file in files for found in self._read("personal file", file)]

    def _lent(
        self, files: list[Found], owner: Recipient, reader: Reader
    ) -> Iterable[Leak]:
        """What a person's files say, for somebody else: they may name their owner.

        In them nothing can be replaced, as it is in fields.
        """
        keys = (*reader.keys, *keys_of(owner.address))
        reader = attrs.evolve(reader, keys=keys)
        return examine(Reading.of(files), reader, self._circle)

    def _reader(self, recipient: Recipient, ordinal: int) -> Reader:
        return Reader(
            recipient=recipient,
            keys=keys_of(recipient.address),
            row=recipient.source,
            ordinal=ordinal,
        )

    def _senders(self) -> list[Address]:
        reply_to = self.compiled.template.reply_to
        return [self.compiled.letterhead.sender, *([reply_to] if reply_to else [])]

    def _letterhead(self) -> Iterator[Piece]:
        """What the campaign itself writes into every message."""
        link = self.compiled.letterhead.unsubscribe
        if link is not None:
            unit = "header List-Unsubscribe"
            text = link.replace("{token}", "")
            yield Piece(unit=unit, text=f"<{text}>", kind=Kind.HEADER)

    def _read(self, kind: str, file: Attachment) -> Iterator[Found]:
        unit = f"{kind} {file.name!r}"
        yield Piece(unit=unit, place="file name", text=file.name, kind=Kind.NAME)
        if file.cid is not None:
            place = "header Content-ID"
            yield Piece(unit=unit, place=place, text=file.cid, kind=Kind.HEADER)
        for found in self.read_file(file.name, file.load()):
            yield attrs.evolve(found, unit=unit)

    def _judge(self, leaks: Iterable[Leak]) -> list[Leak]:
        return [leak for leak in leaks if self.judgement.take(leak)]


def _nothing(_: str, __: bytes) -> Iterable[Found]:
    return ()
