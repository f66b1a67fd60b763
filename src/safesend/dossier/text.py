"""The account as lines of plain text, for a terminal or a mail."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterable, Iterator

from safesend.dossier.charts import others
from safesend.dossier.facts import Facts
from safesend.dossier.tell import fate_of_run, lead, reason_of, retention, way_of
from safesend.dossier.words import (
    ACCEPTED_MEANS,
    HEARD,
    HELD,
    MEANINGS,
    NOT_HELD,
    ORDERS,
    count,
    length,
    moment,
    part,
    people,
    zone_of,
)
from safesend.ledger.values import State
from safesend.message.content import short_form

__all__ = ["lines"]

_WIDTH = 88
_SHOWN = 20
"""So many lines of a list that may be long."""


def lines(facts: Facts, zone: dt.tzinfo | None = None) -> Iterator[str]:
    """The whole account; what servers said is not wrapped."""
    yield f"The account of {facts.campaign}"
    yield ""
    yield from textwrap.wrap(" ".join(filter(None, lead(facts, zone))), _WIDTH)
    for title, told in (
        ("Outcomes", _outcomes(facts)),
        ("Heard afterwards", _heard(facts)),
        ("By provider", _providers(facts)),
        ("What mail servers said", _replies(facts)),
        ("Orders", _orders(facts, zone)),
        ("Agreed to", _approvals(facts, zone)),
        ("Checked", _checked(facts, zone)),
        ("Let pass", _passed(facts)),
        ("Travelled", _travelled(facts, zone)),
        ("Runs", _runs(facts, zone)),
        ("Kept", textwrap.wrap(" ".join(retention(facts, zone)), _WIDTH - 2)),
    ):
        if found := list(told):
            yield ""
            yield title
            yield from (f"  {line}" for line in found)
    for prose in (ACCEPTED_MEANS, NOT_HELD):
        yield ""
        yield from textwrap.wrap(prose, _WIDTH)
    yield ""
    made = f"{moment(facts.made, zone)} ({zone_of(facts.made, zone)})"
    yield f"Made on {made} from {facts.ledger}"


def _outcomes(facts: Facts) -> Iterator[str]:
    for state, number in facts.outcomes.items():
        name = MEANINGS[state][0].lower()
        yield f"{count(number):>9}  {name}, {part(number, facts.people)}"
    if facts.past.on_trust:
        told = people(facts.past.on_trust)
        yield f"{'':>9}  {told} of the accepted by a decision, not by a server's word"


def _heard(facts: Facts) -> Iterator[str]:
    for heard, words in HEARD.items():
        if number := facts.past.heard.get(heard):
            yield f"{count(number):>9}  {words}"


def _providers(facts: Facts) -> Iterator[str]:
    for one in facts.providers:
        accepted = part(one.groups["accepted"], one.people)
        yield f"{count(one.people):>9}  {others(one)}, {accepted} accepted"


def _replies(facts: Facts) -> Iterator[str]:
    for state in (State.REFUSED, State.WAITING, State.IN_DOUBT, State.EXPIRED):
        found = facts.replies(state)
        for one in found[:_SHOWN]:
            reply = one.reply or "no reply"
            yield f"{count(one.number):>9}  {MEANINGS[state][0].lower()}: {reply}"


def _orders(facts: Facts, zone: dt.tzinfo | None) -> Iterator[str]:
    past = facts.past
    told = []
    for one in past.orders:
        who, whose = _who(one.actor), f", for {one.provider}" if one.provider else ""
        why = _why(reason_of(one, zone))
        what = ORDERS.get(one.what, one.what)
        told.append(f"{moment(one.at, zone)}  {who} {what}{whose}{why}")
    yield from _cut(told)
    if past.pilot is not None:
        over = past.pilot_over
        then = "not yet let go" if over is None else f"let go {moment(over, zone)}"
        yield f"A pilot of {people(past.pilot)} went first; the rest: {then}."
    for provider, control in past.holds.items():
        yield f"The mail for {provider} {HELD[control]}."


def _approvals(facts: Facts, zone: dt.tzinfo | None) -> Iterator[str]:
    return _cut(
        [
            f"{moment(one.at, zone)}  {_who(one.actor)} agreed to the content"
            f" {short_form(one.digest)}{_why(one.reason)}"
            for one in facts.past.approvals
        ]
    )


def _checked(facts: Facts, zone: dt.tzinfo | None) -> Iterator[str]:
    yield from _cut(
        [
            f"{moment(one.at, zone)}  {count(one.rows)} messages, {count(one.new)} new,"
            f" in {length(one.seconds)}, by {_who(one.actor)}"
            for one in facts.past.rehearsals
        ]
    )
    for check, found in facts.checks().items():
        yield f"{check:>9}  {'; '.join(found)}"


def _passed(facts: Facts) -> Iterator[str]:
    return _cut([str(one.allowance) for one in facts.past.passed])


def _travelled(facts: Facts, zone: dt.tzinfo | None) -> Iterator[str]:
    for one in facts.past.sessions[:_SHOWN]:
        security = one.security or "the carrier does not say how it was secured"
        yield f"{count(one.number):>9}  to {one.route}: {security}"
    yield from _cut(
        [
            f"{moment(one.at, zone)}  {way_of(one)}{_why(one.reason)}"
            for one in facts.past.switches
        ]
    )


def _runs(facts: Facts, zone: dt.tzinfo | None) -> Iterator[str]:
    return _cut(
        [
            f"{moment(one.started, zone)}  by {_who(one.actor)}, {fate_of_run(one)}"
            for one in facts.past.runs
        ]
    )


def _why(reason: str) -> str:
    return f": {reason}" if reason else ""


def _who(actor: str) -> str:
    return actor or "the settings of a run"


def _cut(told: list[str]) -> Iterator[str]:
    shown: Iterable[str] = told[:_SHOWN]
    yield from shown
    if len(told) > _SHOWN:
        yield f"and {count(len(told) - _SHOWN)} more (--json has all of them)"
