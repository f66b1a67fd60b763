"""`safesend list LEDGER`: its campaigns, a line for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from safesend.cli import show
from safesend.cli.exits import Exit
from safesend.cli.ledgers import existing_ledger
from safesend.cli.options import json_option, ledger_argument
from safesend.clock import SYSTEM

if TYPE_CHECKING:
    from safesend.ledger.base import CampaignRecord, Ledger, State

__all__ = ["listing"]

_FIGURES = ("people", "waiting", "accepted", "refused", "in_doubt")


@click.command("list", short_help="List the campaigns of a ledger.")
@ledger_argument
@json_option
def listing(ledger: str, as_json: bool) -> None:
    """List the campaigns in LEDGER, oldest first, and how each of them stands.

    LEDGER is a URL, a path or a campaign folder. 'safesend status' says more of each.
    Reading it changes nothing.

    \b
    Examples:
      safesend list postgresql://mail@db.example.org/mail
      safesend list spring.safesend.db --json
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    from safesend.ledger import open_ledger

    with closing(open_ledger(existing_ledger(ledger))) as book:
        now = book.clock(SYSTEM).now()
        campaigns = [_campaign(book, record, now) for record in book.campaigns()]
        if as_json:
            show.emit(
                {"ledger": book.name, "campaigns": campaigns, "exit_code": int(Exit.OK)}
            )
        elif campaigns:
            show.say("\n".join(_table(campaigns)))
        else:
            show.say(f"The ledger {book.name} holds no campaign yet.")


def _campaign(book: Ledger, record: CampaignRecord, now: float) -> dict[str, Any]:
    from safesend.ledger.base import State

    counts = book.counts(record.id)
    return {
        "name": record.name,
        "state": _state(book, record, counts, now),
        "people": record.enrolled,
        "waiting": counts.get(State.WAITING, 0) + counts.get(State.SENDING, 0),
        "accepted": counts.get(State.ACCEPTED, 0),
        "refused": counts.get(State.REFUSED, 0),
        "in_doubt": counts.get(State.IN_DOUBT, 0),
    }


def _state(
    book: Ledger, record: CampaignRecord, counts: Mapping[State, int], now: float
) -> str:
    """In one word, what holds first."""
    from safesend.ledger.base import Control, State

    if record.purged is not None:
        return "purged"
    if record.control is not Control.RUN:
        return {Control.PAUSE: "paused", Control.CANCEL: "cancelled"}[record.control]
    if any(sender.alive for sender in book.sight.senders(record.id, now)):
        return "sending"
    if not record.live:
        return "not enrolled"
    if counts.get(State.WAITING) or counts.get(State.SENDING):
        return "waiting"
    return "in doubt" if counts.get(State.IN_DOUBT) else "done"


def _table(campaigns: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Names and states to the left, figures to the right."""
    head = ["campaign", "state", *(one.replace("_", " ") for one in _FIGURES)]
    lines = [head]
    for one in campaigns:
        figures = [show.count(one[key]) for key in _FIGURES]
        lines.append([show.printable(one["name"]), one["state"], *figures])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    ways = (str.ljust, str.ljust, *[str.rjust] * len(_FIGURES))
    for line in lines:
        aligned = zip(ways, line, widths, strict=True)
        yield "  ".join(way(word, width) for way, word, width in aligned).rstrip()
