"""What a cancelled mailing leaves: the exact counts, once nothing is on the wire."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from safesend.cli.overview import WORDS
from safesend.cli.show import count, people
from safesend.clock import SYSTEM
from safesend.ledger.base import Ledger, State

__all__ = ["PATIENCE", "account", "settled"]

PATIENCE = 15.0
"""Seconds: mostly enough for a run to finish what is on the wire."""

_LOOK = 0.1
_PERHAPS_DELIVERED = (State.ACCEPTED, State.IN_DOUBT, State.SENDING)
_TRIED = (State.REFUSED, State.EXPIRED)


def settled(
    book: Ledger,
    campaign: int,
    provider: str,
    tell: Callable[[int], None],
    patience: float = PATIENCE,
) -> Mapping[State, int]:
    """How many rows stand in each state, when none is on the wire any more.

    With a `provider` only its rows. `tell` hears how many are waited for; after so
    many seconds of `patience` the counts are given as they are. What a run that died
    left is settled.
    """
    ends, pause = SYSTEM.monotonic() + patience, threading.Event()
    told = 0
    while True:
        counts = _counts(book, campaign, provider)
        sending = counts.get(State.SENDING, 0)
        if not sending or SYSTEM.monotonic() > ends:
            return counts
        if sending != told:
            tell(sending)
            told = sending
        pause.wait(_LOOK)
        book.recover(campaign, book.clock(SYSTEM).now())


def _counts(book: Ledger, campaign: int, provider: str) -> Mapping[State, int]:
    if not provider:
        return book.counts(campaign)
    counts: Counter[State] = Counter()
    for one in book.sight.spread(campaign):
        if one.provider == provider:
            counts[one.state] += one.number
    return counts


def account(counts: Mapping[State, int]) -> Iterator[str]:
    """Who has it and who does not, in lines for a person."""
    if any(counts.get(state) for state in _PERHAPS_DELIVERED):
        yield "No mail can be called back. As it stands now:"
    elif any(counts.get(state) for state in _TRIED):
        yield "No server accepted any of it: nobody has it."
    else:
        yield "Nothing had left: nobody has it."
    for state, words in WORDS.items():
        if number := counts.get(state, 0):
            yield f"  {count(number):>9}  {words}"
    if sending := counts.get(State.SENDING, 0):
        yield (
            f"{people(sending)} may still be on the wire: say the same again in a"
            " while, and it will count them."
        )
