"""What people ordered, as a person reads it: in a status, after a run, before it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from safesend.cli import show
from safesend.engine.events import Event, Idle, Listener
from safesend.engine.orders import in_words
from safesend.ledger.base import Control, Ledger
from safesend.ledger.orders import Hold, Ordered
from safesend.ledger.postgres.address import is_address
from safesend.ledger.whereabouts import shown

__all__ = [
    "Undoing",
    "begin_line",
    "command",
    "once_more",
    "order_line",
    "ordered_account",
    "ordered_lines",
]


def command(word: str, ledger: str, *, campaign: str = "", provider: str = "") -> str:
    """Give "safesend resume LEDGER --provider google"."""
    words = ["safesend", word, shown(ledger)]
    words += ["--campaign", campaign] if campaign else []
    words += ["--provider", provider] if provider else []
    return shlex.join(words)


def once_more(ledger: str) -> str:
    """What to run so that it goes on: a ledger of several machines has workers."""
    workers = ", or a worker" if is_address(ledger) else ""
    return f"run 'safesend send'{workers} again"


def order_line(hold: Hold, ledger: str, now: float, campaign: str = "") -> str:
    """Who holds what since when, why, and how it goes on."""
    words = in_words(hold, now)
    words = words[0].upper() + words[1:]
    if hold.control is Control.CANCEL:
        return words
    again = command("resume", ledger, campaign=campaign, provider=hold.provider)
    return f"{words}; to go on: {again}"


def begin_line(begins: float, ledger: str, now: float, campaign: str = "") -> str:
    """Until when nothing leaves, and how to undo it."""
    undo = command("cancel", ledger, campaign=campaign)
    return f"Nothing leaves before {show.when(begins, now)}; to undo: {undo}"


def ordered_account(ordered: Ordered) -> dict[str, Any]:
    """For `status --json`: what people hold, and when it begins."""
    return {
        "held": [attrs.asdict(hold) for hold in ordered.stops()],
        "begins": ordered.begins or None,
    }


def ordered_lines(
    account: Mapping[str, Any], ledger: str, now: float, campaign: str = ""
) -> Iterator[str]:
    """The same for a person; `account` is that of a campaign."""
    cancelled = account["control"] == Control.CANCEL.value
    for hold in account["held"]:
        if hold["provider"]:
            yield order_line(Hold(**hold), ledger, now, campaign)
    if account["begins"] and account["begins"] > now and not cancelled:
        yield begin_line(account["begins"], ledger, now, campaign)


@attrs.define
class Undoing:
    """Listens for a campaign that waits to begin, and says once how to undo it."""

    listener: Listener
    ledger: Ledger
    place: str
    name: str
    _said: bool = False

    def __call__(self, event: Event) -> None:
        """Listen to a run."""
        self.listener(event)
        if self._said or not isinstance(event, Idle) or event.waiting != "delay":
            return
        self._said = True
        others = any(one.name != self.name for one in self.ledger.campaigns())
        undo = command("cancel", self.place, campaign=self.name if others else "")
        show.say(f"To undo it until then: {undo}", err=True)
