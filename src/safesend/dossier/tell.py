"""The sentences of an account, which the page and the terminal have in common."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from safesend.dossier.facts import Facts
from safesend.dossier.words import CONTROL, count, length, moment, part, people
from safesend.ledger.history import Order, PastRun, Switch
from safesend.ledger.values import State

__all__ = ["fate_of_run", "headline", "lead", "reason_of", "retention", "way_of"]

_SECONDS = re.compile(r"at (\d{1,11})")


def headline(facts: Facts) -> Iterator[tuple[str, str, str]]:
    """The figures to begin with: a class, a number, and what it counts."""
    groups, everybody = facts.groups, facts.people
    meanings = {
        "accepted": "accepted by the mail server",
        "refused": "refused by the mail server",
        "doubt": "in doubt",
        "waiting": "still waiting",
        "unsent": "left out, given up or cancelled",
    }
    for group, meaning in meanings.items():
        if groups[group] or group in {"accepted", "refused", "doubt"}:
            share = part(groups[group], everybody)
            told = f"{meaning}, {share}" if share else meaning
            yield group, count(groups[group]), told


def lead(facts: Facts, zone: dt.tzinfo | None) -> Iterator[str]:
    """What, when, who, to how many: the first paragraph."""
    past = facts.past
    kind = {
        "test": f"It was a test {past.about}: nobody on the list got it.",
        "redirected": f"It was a trial, redirected {past.about}.",
        "correction": f"It was a correction {past.about}.",
    }.get(past.kind, "")
    if past.live_since is None:
        yield "Nothing was sent: no rehearsal of this campaign was ever passed."
    else:
        yield (
            f"This mailing is for {people(facts.people)}. Each is sent one message of"
            " their own with one recipient: nobody can see anybody else in it."
        )
    yield kind
    yield _span(facts, zone)
    yield CONTROL[past.control]
    if facts.actors:
        runs = "1 run was" if len(past.runs) == 1 else f"{len(past.runs)} runs were"
        yield f"{runs} started by {_listed(facts.actors)}."
    if facts.seeds:
        are = "is" if facts.seeds == 1 else "are"
        yield (
            f"{count(facts.seeds)} of the addresses {are} the sender's own, to see"
            " what arrives."
        )


def _span(facts: Facts, zone: dt.tzinfo | None) -> str:
    first, last = facts.past.first_accepted, facts.past.last_accepted
    if first is None or last is None:
        if facts.past.purged is not None:
            return "When they were answered was purged with what was known of persons."
        return "No mail server has accepted a message so far."
    if last - first < 1:
        return f"The messages were accepted on {moment(first, zone)}."
    return (
        f"The first message was accepted on {moment(first, zone)}, the last one on"
        f" {moment(last, zone)}, {length(last - first)} later."
    )


def reason_of(order: Order, zone: dt.tzinfo | None) -> str:
    """Why, or what exactly; a date as people read it."""
    if order.what == "begin" and (date := _SECONDS.fullmatch(order.reason)):
        return f"not before {moment(float(date[1]), zone)}"
    return order.reason


def fate_of_run(run: PastRun) -> str:
    """How a run ended."""
    if run.stopped:
        return f"stopped: {run.stopped}"
    if run.ended is not None:
        return "came to its end"
    return "still at it" if run.alive else "its process is gone, without a word"


def way_of(switch: Switch) -> str:
    """Which carrier took over from which."""
    whose = f"the mail for {switch.provider}" if switch.provider else "mail"
    left = f" from {switch.left}" if switch.left else ""
    to = f"to {switch.to}" if switch.to else "nowhere, no other was in order"
    return f"{whose} went{left} {to}"


def retention(facts: Facts, zone: dt.tzinfo | None) -> Iterator[str]:
    """What is kept of whom, and for how long."""
    past = facts.past
    open_ = sum(
        facts.outcomes.get(state, 0)
        for state in (State.WAITING, State.SENDING, State.IN_DOUBT)
    )
    if past.purged is not None:
        yield (
            f"What was known of persons was purged on {moment(past.purged, zone)}; what"
            " is left are counts, orders, runs and checks."
        )
    elif past.keep_for is not None:
        yield (
            f"What is known of persons is purged {length(past.keep_for)} after the end"
            " of the mailing."
        )
    else:
        yield "No date is set by which what is known of persons is purged."
    if open_ and past.purged is None:
        yield (
            f"Addresses and fields of {people(open_)} are kept as long as their message"
            " waits or is in doubt; they are erased with its outcome."
        )
    else:
        yield "No address and no field of a list is kept in the ledger any more."


def _listed(names: tuple[str, ...]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
