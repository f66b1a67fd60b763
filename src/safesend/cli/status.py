"""`safesend status LEDGER`: how far its campaigns are, in plain words."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

import attrs
import click

from safesend.cli import show
from safesend.cli.holdups import eased_line, pause_line
from safesend.cli.ledgers import existing_ledger
from safesend.cli.options import json_option
from safesend.cli.orders_shown import ordered_account, ordered_lines
from safesend.clock import SYSTEM
from safesend.engine.report import Pause, pauses
from safesend.ledger.base import CampaignRecord, Control, Ledger, State
from safesend.ledger.flow import Flow
from safesend.policies.easing import Easing
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
    Control.PAUSE: "This campaign is paused",
    Control.CANCEL: "This campaign is cancelled; nobody else gets it",
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

    now = SYSTEM.now()
    with closing(open_ledger(existing_ledger(ledger))) as book:
        flows = book.flows()
        paused = pauses(flows, now)
        account = {
            "ledger": book.name,
            "pauses": [attrs.asdict(pause) for pause in paused],
            "eased": [*_eased(flows, now)],
            "campaigns": [
                _account(book, record, paused, _closed_until(flows, paused))
                for record in book.campaigns()
            ],
        }
    if as_json:
        show.emit(account)
    else:
        _tell(account, paused, now)


def _eased(flows: Iterable[Flow], now: float) -> Iterator[dict[str, Any]]:
    for flow in flows:
        rate = Easing.restored(flow.easing, now).rate(now)
        if rate is not None:
            yield {"route": flow.route, "provider": flow.provider, "rate": rate}


def _account(
    book: Ledger, record: CampaignRecord, paused: Sequence[Pause], closed: float
) -> dict[str, Any]:
    counts = book.counts(record.id)
    return {
        "name": record.name,
        "control": record.control.value,
        "control_reason": record.reason,
        "enrolled": record.enrolled,
        "counts": {state.value: counts[state] for state in WORDS if counts.get(state)},
        "deferred": book.deferred(record.id),
        "next_due": _next_due(book, record, paused, closed),
        **ordered_account(book.orders.ordered(record.id)),
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


def _closed_until(flows: Iterable[Flow], paused: Sequence[Pause]) -> float:
    """Until when every route that this ledger knows of rests as a whole."""
    whole = {pause.route: pause.until for pause in paused if not pause.provider}
    open_ = {flow.route for flow in flows} - whole.keys()
    return 0.0 if open_ else min(whole.values(), default=0.0)


def _next_due(
    book: Ledger, record: CampaignRecord, paused: Sequence[Pause], closed: float
) -> float | None:
    """When the next row may go, as far as pauses say."""
    ends = {pause.provider: pause.until for pause in paused if pause.provider}
    dates = [book.next_due(record.id, ends)]
    if ends and (anybody := book.next_due(record.id)) is not None:
        dates.append(max(anybody, min(ends.values())))
    known = [max(date, closed) for date in dates if date is not None]
    return min(known, default=None)


def _tell(account: dict[str, Any], paused: Sequence[Pause], now: float) -> None:
    show.say(f"Ledger {account['ledger']}")
    for pause in paused:
        show.say(pause_line(pause, now))
    for eased in account["eased"]:
        show.say(eased_line(**eased))
    if not account["campaigns"]:
        show.say("It holds no campaign.")
    for campaign in account["campaigns"]:
        _tell_one(account["ledger"], campaign, now)


def _tell_one(ledger: str, campaign: dict[str, Any], now: float) -> None:
    show.say(f"\n{campaign['name']}: {show.people(campaign['enrolled'])}")
    if word := _CONTROL[Control(campaign["control"])]:
        why = campaign["control_reason"]
        show.say(f"  {word}: {why}" if why else f"  {word}.")
    for state, number in campaign["counts"].items():
        show.say(f"  {show.count(number):>9}  {WORDS[State(state)]}")
        for reason in campaign["reasons"].get(state, [])[:_REPLIES_SHOWN]:
            if reason["reply"]:
                show.say(
                    f"             {show.count(reason['count'])}: {reason['reply']}"
                )
    if campaign["deferred"]:
        show.say(f"  {show.people(campaign['deferred'])} put off by the server.")
    allowed = (f"Allowed: {allowance}" for allowance in campaign["allowed"])
    for line in (*ordered_lines(campaign, ledger, now), *allowed):
        show.say(f"  {line}")
    if State.IN_DOUBT.value in campaign["counts"]:
        place = shlex.quote(ledger)
        show.say(f"  Who is in doubt, and how to decide: safesend resolve {place}")
    due = campaign["next_due"]
    if campaign["control"] == Control.PAUSE.value:
        place = shlex.quote(ledger)
        show.say(f"  To go on: safesend resume {place}, then send again.")
    elif due is not None:
        at = f"at {show.when(due, now)}" if due > now else "now"
        show.say(f"  The next is due {at}: run 'safesend send' again.")
