"""The account as lines of plain text, for a terminal or a mail."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterable, Iterator

from safesend.dossier.charts import others
from safesend.dossier.facts import Dossier
from safesend.dossier.tell import fate_of_run, lead, retention
from safesend.dossier.words import (
    ACCEPTED_MEANS,
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

__all__ = ["lines"]

_WIDTH = 88
_SHOWN = 20
"""So many lines of a list that may be long."""


def lines(dossier: Dossier, zone: dt.tzinfo | None = None) -> Iterator[str]:
    """The whole account; what servers said is not wrapped."""
    yield f"The account of {dossier.campaign}"
    yield ""
    yield from textwrap.wrap(" ".join(filter(None, lead(dossier, zone))), _WIDTH)
    for title, told in (
        ("Outcomes", _outcomes(dossier)),
        ("By provider", _providers(dossier)),
        ("What mail servers said", _replies(dossier)),
        ("Orders", _orders(dossier, zone)),
        ("Agreed to", _approvals(dossier, zone)),
        ("Checked", _checked(dossier, zone)),
        ("Let pass", _passed(dossier)),
        ("Travelled", _travelled(dossier)),
        ("Runs", _runs(dossier, zone)),
        ("Kept", textwrap.wrap(" ".join(retention(dossier, zone)), _WIDTH - 2)),
    ):
        if found := list(told):
            yield ""
            yield title
            yield from (f"  {line}" for line in found)
    for prose in (ACCEPTED_MEANS, NOT_HELD):
        yield ""
        yield from textwrap.wrap(prose, _WIDTH)
    yield ""
    made = f"{moment(dossier.made, zone)} ({zone_of(dossier.made, zone)})"
    yield f"Made on {made} from {dossier.ledger}"


def _outcomes(dossier: Dossier) -> Iterator[str]:
    for state, number in dossier.outcomes.items():
        name = MEANINGS[state][0].lower()
        yield f"{count(number):>9}  {name}, {part(number, dossier.people)}"
    if dossier.past.on_trust:
        told = people(dossier.past.on_trust)
        yield f"{'':>9}  {told} of the accepted by a decision, not by a server's word"


def _providers(dossier: Dossier) -> Iterator[str]:
    for one in dossier.providers:
        accepted = part(one.groups["accepted"], one.people)
        yield f"{count(one.people):>9}  {others(one)}, {accepted} accepted"


def _replies(dossier: Dossier) -> Iterator[str]:
    for state in (State.REFUSED, State.WAITING, State.IN_DOUBT, State.EXPIRED):
        found = dossier.replies(state)
        for one in found[:_SHOWN]:
            reply = one.reply or "no reply"
            yield f"{count(one.number):>9}  {MEANINGS[state][0].lower()}: {reply}"


def _orders(dossier: Dossier, zone: dt.tzinfo | None) -> Iterator[str]:
    past = dossier.past
    told = []
    for one in past.orders:
        who, whose = _who(one.actor), f", for {one.provider}" if one.provider else ""
        why = f": {one.reason}" if one.reason else ""
        what = ORDERS.get(one.what, one.what)
        told.append(f"{moment(one.at, zone)}  {who} {what}{whose}{why}")
    yield from _cut(told)
    if past.pilot is not None:
        over = past.pilot_over
        then = "not yet let go" if over is None else f"let go {moment(over, zone)}"
        yield f"A pilot of {people(past.pilot)} went first; the rest: {then}."
    for provider, control in past.holds.items():
        yield f"The mail for {provider} {HELD[control]}."


def _approvals(dossier: Dossier, zone: dt.tzinfo | None) -> Iterator[str]:
    return _cut(
        [
            f"{moment(one.at, zone)}  {_who(one.actor)}: {one.reason}"
            for one in dossier.past.approvals
        ]
    )


def _checked(dossier: Dossier, zone: dt.tzinfo | None) -> Iterator[str]:
    yield from _cut(
        [
            f"{moment(one.at, zone)}  {count(one.rows)} messages, {count(one.new)} new,"
            f" in {length(one.seconds)}, by {_who(one.actor)}"
            for one in dossier.past.rehearsals
        ]
    )
    for check, found in dossier.checks().items():
        yield f"{check:>9}  {'; '.join(found)}"


def _passed(dossier: Dossier) -> Iterator[str]:
    return _cut([str(one.allowance) for one in dossier.past.passed])


def _travelled(dossier: Dossier) -> Iterator[str]:
    for one in dossier.past.sessions[:_SHOWN]:
        security = one.security or "the carrier does not say how it was secured"
        yield f"{count(one.number):>9}  to {one.route}: {security}"


def _runs(dossier: Dossier, zone: dt.tzinfo | None) -> Iterator[str]:
    return _cut(
        [
            f"{moment(one.started, zone)}  by {_who(one.actor)}, {fate_of_run(one)}"
            for one in dossier.past.runs
        ]
    )


def _who(actor: str) -> str:
    return actor or "the settings of a run"


def _cut(told: list[str]) -> Iterator[str]:
    shown: Iterable[str] = told[:_SHOWN]
    yield from shown
    if len(told) > _SHOWN:
        yield f"and {count(len(told) - _SHOWN)} more (--json has all of them)"
