"""Claimed rows -> items with their messages; what cannot be made is booked."""

from __future__ import annotations

from collections.abc import Sequence

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

__all__ = ["Maker"]

_SAMPLE_EVERY = 1000


@attrs.define
class Maker:
    """Makes the messages of one run; the first and every thousandth is read again."""

    preparer: Preparer
    booking: Booking
    relay: str
    books: Bookkeeper
    ending: Ending
    board: Switchboard
    _made: int = 0

    def items(self, rows: Sequence[Row], now: float) -> list[Item]:
        """What may go, in the order of the rows. A leak ends the run."""
        found = (self._item(row, now) for row in rows)
        return [item for item in found if item is not None]

    def _item(self, row: Row, now: float) -> Item | None:
        if self.ending.began:
            self.books.unbegun.append(row.id)
            return None
        # Of several carriers it must be known which of them may have it.
        relay = self.relay if self.board.knows(row.id) else ""
        held = self.booking.held(row, relay, now)
        if held is not None:
            self.books.add(held, row.provider)
            return None
        try:
            return self._prepared(row, now)
        except LedgerError:
            raise
        except UnsafeMessage as error:
            self.books.unbegun.append(row.id)
            self.ending.ask(None, error)
        except SafesendError as error:
            self.books.add(failed(row, error), row.provider)
        return None

    def _prepared(self, row: Row, now: float) -> Item:
        # A retry is the same message, octet for octet: it keeps its date.
        date = now if row.dated is None else row.dated
        recipient = unpacked(row)
        envelope = self.preparer.envelope(recipient, date)
        if self._made % _SAMPLE_EVERY == 0:
            self.preparer.second_reading(envelope, recipient)
        self._made += 1
        self.books.discretion.meet(envelope.recipient.local)
        return Item(row, envelope)
