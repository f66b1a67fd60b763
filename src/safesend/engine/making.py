"""Claimed rows -> items with their messages; what cannot be made is booked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import attrs

from safesend.engine.bookkeeper import Bookkeeper
from safesend.engine.ending import Ending
from safesend.engine.hand import Item
from safesend.engine.prepare import Preparer
from safesend.engine.supply import unpacked
from safesend.engine.switchboard import Switchboard
from safesend.engine.verdicts import Booking, failed
from safesend.errors import LedgerError, SafesendError, UnsafeMessage
from safesend.ledger.base import Row
from safesend.message.compose import Composed

__all__ = ["Draft", "Maker"]

_SAMPLE_EVERY = 1000


class Draft(NamedTuple):
    """A claimed row with its message, which may still have to be signed."""

    row: Row
    composed: Composed


@attrs.define
class Maker:
    """Makes the messages of one run; the first and every thousandth is read again.

    First `drafts`, then `items`; what is slow to sign was signed in between.
    """

    preparer: Preparer
    booking: Booking
    relay: str
    books: Bookkeeper
    ending: Ending
    board: Switchboard
    _made: int = 0

    def drafts(self, rows: Sequence[Row], now: float) -> Iterator[Draft]:
        """What may go, in the order of the rows. A leak ends the run."""
        for row in rows:
            composed = self._composed(row, now)
            if composed is not None:
                yield Draft(row, composed)

    def items(self, drafts: Iterable[Draft]) -> list[Item]:
        """What is sealed of these; where the run ends, the rest waits again."""
        found = (self._item(draft) for draft in drafts)
        return [item for item in found if item is not None]

    def _composed(self, row: Row, now: float) -> Composed | None:
        if self.ending.began:
            self.books.unbegun.append(row.id)
            return None
        # Of several carriers it must be known which of them may have it.
        relay = self.relay if self.board.knows(row.id) else ""
        held = self.booking.held(row, relay, now)
        if held is not None:
            self.books.add(held, row.provider)
            return None
        # A retry is the same message, octet for octet: it keeps its date.
        date = now if row.dated is None else row.dated
        try:
            return self.preparer.compose(unpacked(row), date)
        except LedgerError:
            raise
        except SafesendError as error:
            self._spoilt(row, error)
        return None

    def _item(self, draft: Draft) -> Item | None:
        if self.ending.began:
            self.books.unbegun.append(draft.row.id)
            return None
        try:
            return self._sealed(draft)
        except UnsafeMessage as error:
            self._spoilt(draft.row, error)
        return None

    def _sealed(self, draft: Draft) -> Item:
        envelope = self.preparer.seal(draft.composed)
        if self._made % _SAMPLE_EVERY == 0:
            self.preparer.second_reading(envelope, draft.composed.recipient)
        self._made += 1
        self.books.discretion.meet(envelope.recipient.local)
        return Item(draft.row, envelope)

    def _spoilt(self, row: Row, error: SafesendError) -> None:
        if isinstance(error, UnsafeMessage):
            self.books.unbegun.append(row.id)
            self.ending.ask(None, error)
        else:
            self.books.add(failed(row, error), row.provider)
