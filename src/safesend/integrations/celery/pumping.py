"""What the task `safesend.pump` does: one short piece of a campaign, and no loop.

A message makes at most one message: a pump that leaves work asks for one more, and only
if it got on. What nobody can do now (a pause, closed hours, a relay that is down) is
left to beat, which wakes the campaign when there is something to do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing

import attrs

from safesend.clock import SYSTEM
from safesend.engine.events import Event, Measured
from safesend.engine.joining import joint
from safesend.engine.stop import Stop
from safesend.errors import BrokerError
from safesend.fleet import pump
from safesend.integrations.celery.farewell import Farewell
from safesend.integrations.celery.setup import Setup
from safesend.ledger import open_ledger

__all__ = ["MOST_TRIES", "Pumping"]

_LOG = logging.getLogger("safesend.celery")

MOST_TRIES = 3
"""A pump is started so often again after its worker died; then beat wakes it."""


@attrs.define
class _Progress:
    """Whether anything came to an outcome."""

    rows: int = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Measured):
            self.rows = sum(one.number for one in event.booked)


@attrs.frozen
class Pumping:
    """Pumps of one app; `more` asks for another one, after so many tries."""

    setup: Setup
    farewell: Farewell
    more: Callable[[str, int], object]

    def pump(self, campaign: str, tries: int, *, redelivered: bool) -> str:
        """Send what is due in a campaign; says what came of it."""
        if redelivered:
            return self._again(campaign, tries)
        at_work, ahead = self._look(campaign)
        if at_work >= self.setup.pumps:
            return "enough pumps are at work"
        stop, progress = Stop(), _Progress()
        with self.farewell.heard_by(stop):
            done = pump(
                self.setup.ledger,
                campaign,
                secrets=self.setup.secrets,
                seconds=self.setup.seconds,
                via=self.setup.via,
                on_event=progress,
                stop=stop,
            )
        due = done.next_due is not None and done.next_due <= SYSTEM.now() + ahead
        if due and (progress.rows or stop.reason):
            self._ask_for_more(campaign, 0)
        return f"{progress.rows} tried, {done.waiting} wait"

    def _again(self, campaign: str, tries: int) -> str:
        """A message that came before: whoever had it died, or lost the broker.

        It cannot count itself, for it stays the same; so another one takes its place.
        """
        if tries >= MOST_TRIES:
            _LOG.error(
                "the worker of a pump for campaign %r was lost %d times; beat wakes it",
                campaign,
                tries + 1,
            )
            return "its worker was lost too often"
        self._ask_for_more(campaign, tries + 1)
        return "its worker was lost; another pump takes its place"

    def _look(self, campaign: str) -> tuple[int, float]:
        """How many are at work, and the seconds that the ledger's clock is ahead."""
        home = self.setup.secrets.key_home
        with closing(open_ledger(self.setup.ledger, key_home=home)) as book:
            found, now = joint(book, campaign).record.id, book.clock(SYSTEM).now()
            senders = book.sight.senders(found, now)
        return sum(sender.alive for sender in senders), now - SYSTEM.now()

    def _ask_for_more(self, campaign: str, tries: int) -> None:
        try:
            self.more(campaign, tries)
        except BrokerError as error:
            _LOG.warning("campaign %r: %s", campaign, error)
