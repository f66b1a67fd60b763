"""The round through the mailboxes: their news, and then which mails are done with.

First `book(ledger, round)`, then `round.file(booking)`: whatever happens in between,
the mails are found again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import attrs

from safesend.errors import TransportError
from safesend.feedback.booking import Booking
from safesend.feedback.bounces import BounceReader, read_bounces
from safesend.feedback.mailboxes.base import Mailbox
from safesend.feedback.news import Key, News
from safesend.feedback.wrappings import Unfit
from safesend.policies.replies import Rulebook

__all__ = ["MailRound"]


@attrs.define
class MailRound:
    """The news in mailboxes, read when it is iterated.

    `reader` has what was counted on the way; `told` hears how many mails were read.
    A mailbox that fails half way is a problem in it, and what came before counts.
    """

    mailboxes: Sequence[Mailbox]
    rules: Rulebook | None = None
    """What replies mean; None: the built-in ones."""
    told: Callable[[int], object] = lambda _: None
    reader: BounceReader = attrs.field(init=False)
    _from: list[tuple[Mailbox, object]] = attrs.field(init=False, factory=list)
    _keys: dict[int, set[tuple[Key, ...]]] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.reader = read_bounces(self._mails(), self.rules)

    def __iter__(self) -> Iterator[News]:
        self._from, self._keys = [], {}
        self.reader.source = self._mails()
        for news in self.reader:
            self._keys.setdefault(len(self.reader.read) - 1, set()).add(news.keys)
            yield news

    def _mails(self) -> Iterator[tuple[str, bytes | Unfit]]:
        for mailbox in self.mailboxes:
            try:
                for mail in mailbox.mails():
                    self._from.append((mailbox, mail.handle))
                    yield mail.place, mail.octets
                    self.told(len(self._from))
            except (OSError, TransportError) as error:
                told = getattr(error, "strerror", None) or str(error)
                reason = f"cannot be read to its end: {told}; what came before counts"
                self._from.append((mailbox, None))
                yield mailbox.name, Unfit("", reason)

    @property
    def passed_over(self) -> int:
        """How many mails somebody had read, so that they were left alone."""
        return sum(mailbox.passed_over for mailbox in self.mailboxes)

    @property
    def expected(self) -> int | None:
        """How many mails there are, as far as that is known."""
        numbers = [mailbox.expected for mailbox in self.mailboxes]
        known = [number for number in numbers if number is not None]
        return sum(known) if len(known) == len(numbers) else None

    def file(self, booking: Booking, folder: str | None = None) -> int:
        """Mark the mails that were booked as read, and move them; gives their number.

        They are those whose every news is about a message of the ledger. The others
        stay for whom they concern: the ledger of another mailing, or a person. Raises
        `OSError`, `ConfigurationError`, `TransportError`.
        """
        done = 0
        for mailbox in self.mailboxes:
            handles = [
                handle
                for index, keys in self._keys.items()
                if keys <= booking.keys
                for its, handle in (self._from[index],)
                if its is mailbox
            ]
            if handles and mailbox.files:
                mailbox.filed(handles, folder)
                done += len(handles)
        return done
