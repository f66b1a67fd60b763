"""What people ordered, in the words of a report."""

from __future__ import annotations

import datetime as dt

from safesend.engine.events import Waiting
from safesend.ledger.base import Control
from safesend.ledger.orders import Hold, Ordered

__all__ = ["in_words", "stopping", "waits_for"]

_WORDS = {Control.PAUSE: "paused", Control.CANCEL: "cancelled", Control.RUN: "resumed"}


def in_words(hold: Hold, now: float, since: str = "since") -> str:
    """Give "paused for google by ada since 14:02: too many bounces"."""
    whom = f" for {hold.provider}" if hold.provider else ""
    actor = f" by {hold.actor}" if hold.actor else ""
    reason = f": {hold.reason}" if hold.reason else ""
    at = f" {since} {_moment(hold.since, now)}"
    return f"{_WORDS[hold.control]}{whom}{actor}{at}{reason}"


def stopping(ordered: Ordered, now: float) -> str | None:
    """Why a run stops that is told this; None where it goes on."""
    if ordered.control is Control.RUN:
        return None
    return in_words(ordered.stops()[0], now, since="at")


def waits_for(
    ordered: Ordered, due: float | None, waiting: int, now: float, *, held_back: bool
) -> Waiting | None:
    """Whether those who wait do so because of an order, or for the beginning.

    `held_back`: some of them are of a provider that people hold.
    """
    if not waiting:
        return None
    if ordered.control is Control.PAUSE or (due is None and held_back):
        return "order"
    if due is not None and now < due <= ordered.begins:
        return "delay"
    return None


def _moment(date: float, now: float) -> str:
    """In local time; with its day, where that is another one."""
    at = dt.datetime.fromtimestamp(date, dt.UTC).astimezone()
    today = dt.datetime.fromtimestamp(now, dt.UTC).astimezone().date()
    return f"{at:%H:%M}" if at.date() == today else f"{at:%Y-%m-%d %H:%M}"
