"""`safesend status LEDGER`: how far its campaigns are, in plain words."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from safesend.cli import show
from safesend.cli.ledgers import existing_ledger
from safesend.cli.options import json_option
from safesend.clock import SYSTEM
from safesend.ledger.base import CampaignRecord, Control, Ledger, State
from safesend.redaction import mask_text

__all__ = ["WORDS", "status"]

WORDS = {
    State.ACCEPTED: "accepted by the mail server",
    State.WAITING: "waiting",
    State.SENDING: "being sent by a run, or left by one that died",
    State.REFUSED: "refused by the mail server",
    State.IN_DOUBT: "in doubt: perhaps delivered, the answer was lost",
    State.SUPPRESSED: "left out: a server said their mailbox does not exist",
    State.EXPIRED: "given up, the server put them off for too long",
    State.FAILED: "could not be made, their file is missing",
    State.CANCELLED: "cancelled",
    State.DRAFT: "being read in, not checked yet",
}
"""What each state means to the person who reads it, in the order of the list."""

_CONTROL = {
    Control.RUN: "",
    Control.PAUSE: "paused; it goes on when somebody resumes it",
    Control.CANCEL: "cancelled; nobody else gets it",
}
_EXPLAINED = (State.REFUSED, State.WAITING, State.IN_DOUBT, State.FAILED, State.EXPIRED)
_REPLIES_SHOWN = 5


@click.command()
@click.argument("ledger", metavar="LEDGER")
@json_option
def status(ledger: str, as_json: bool) -> None:
    """Say how far the campaigns in LEDGER are.

    LEDGER is the path that 'safesend send' printed (NAME.safesend.db beside the
    campaign folder), or the campaign folder itself. Reading it changes nothing.
    """
    from safesend.ledger import open_ledger

    with closing(open_ledger(existing_ledger(ledger))) as book:
        found = [_account(book, record) for record in book.campaigns()]
        name = book.name
    if as_json:
        show.emit({"ledger": name, "campaigns": found})
    else:
        _tell(name, found, SYSTEM.now())


def _account(book: Ledger, record: CampaignRecord) -> dict[str, Any]:
    counts = book.counts(record.id)
    return {
        "name": record.name,
        "control": record.control.value,
        "enrolled": record.enrolled,
        "counts": {state.value: counts[state] for state in WORDS if counts.get(state)},
        "deferred": book.deferred(record.id),
        "next_due": book.next_due(record.id),
        "allowed": [str(allowance) for allowance in book.allowances(record.id)],
        "reasons": {
            state.value: [
                {"reply": mask_text(text), "count": number}
                for text, number in book.reasons(record.id, state)
            ]
            for state in _EXPLAINED
            if counts.get(state)
        },
    }


def _tell(name: str, campaigns: list[dict[str, Any]], now: float) -> None:
    show.say(f"Ledger {name}")
    if not campaigns:
        show.say("It holds no campaign.")
    for campaign in campaigns:
        _tell_one(campaign, now)


def _tell_one(campaign: dict[str, Any], now: float) -> None:
    show.say(f"\n{campaign['name']}: {show.people(campaign['enrolled'])}")
    if word := _CONTROL[Control(campaign["control"])]:
        show.say(f"  This campaign is {word}.")
    for state, number in campaign["counts"].items():
        show.say(f"  {show.count(number):>9}  {WORDS[State(state)]}")
        for reason in campaign["reasons"].get(state, [])[:_REPLIES_SHOWN]:
            if reason["reply"]:
                show.say(
                    f"             {show.count(reason['count'])}: {reason['reply']}"
                )
    if campaign["deferred"]:
        show.say(f"  {show.people(campaign['deferred'])} put off by the server.")
    for allowance in campaign["allowed"]:
        show.say(f"  Allowed: {allowance}")
    due = campaign["next_due"]
    if due is not None:
        at = f"at {show.when(due, now)}" if due > now else "now"
        show.say(f"  The next is due {at}: run 'safesend send' again.")
