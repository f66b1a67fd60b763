"""The past of a campaign, put together from what the tables of a ledger say.

Each statement has one name in every database; what it gives is the same in each.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import attrs

from safesend.ledger.heard import HEARD
from safesend.ledger.history import (
    Approval,
    Bucket,
    Chronicle,
    Order,
    Passed,
    PastRun,
    RehearsalNote,
    Replied,
    Sessions,
    Share,
    Switch,
    Timeline,
    bucket_width,
)
from safesend.ledger.replies import reason
from safesend.ledger.runs import Presence, Process
from safesend.ledger.states import CODES, DEFERRED, STATES
from safesend.ledger.values import Allowance, Control, State
from safesend.redaction import mask_text

__all__ = ["Alive", "Asked", "chronicle_of", "rehearsal_row", "switch_rows"]

_Row = tuple[Any, ...]

_SWITCH = "switch"
"""What a run writes among the orders: its settings wanted another carrier."""

Alive = Callable[[Presence], bool]
"""Whether a run without an end is still at it."""


class Asked(Protocol):
    """What a statement gives for one campaign, all in one state of the ledger."""

    def __call__(self, query: str, *values: object) -> Sequence[_Row]:
        """The rows of the statement with that name."""


def chronicle_of(asked: Asked, alive: Alive) -> Chronicle:
    """See `History.chronicle`."""
    [(*told, live_upto)] = asked("past")
    survey = [_Surveyed(*row) for row in asked("survey", live_upto)]
    first, last = _span(survey)
    width = bucket_width(first, last)
    orders = [Order(*row) for row in asked("orders")]
    begins = first // width * width
    return Chronicle(
        **_about(told),
        **_surveyed(survey),
        **_paced(asked("pace", live_upto, begins, width), begins, width),
        counts=_counts(asked("counts")),
        heard={HEARD[what]: number for what, number in asked("heard_tally")},
        replies=tuple(
            Replied(STATES[state], reason(*reply), number)
            for state, *reply, number in asked("answers", live_upto)
        ),
        orders=tuple(one for one in orders if one.what != _SWITCH),
        switches=tuple(_switch(one) for one in orders if one.what == _SWITCH),
        holds={name: Control(word) for name, word in asked("holds")},
        approvals=tuple(Approval(*row) for row in asked("approvals")),
        passed=tuple(Passed(at, Allowance(*what)) for at, *what in asked("passed")),
        rehearsals=tuple(_rehearsal(row) for row in asked("rehearsals")),
        runs=tuple(_run(row, alive) for row in asked("runs")),
        sessions=tuple(Sessions(*row) for row in asked("sessions")),
    )


def rehearsal_row(campaign: int, note: RehearsalNote) -> _Row:
    """What to write of a rehearsal."""
    return (
        campaign,
        note.at,
        note.rows,
        note.new,
        note.digest,
        json.dumps(note.checks),
        note.version,
        mask_text(note.actor),
        note.seconds,
    )


def switch_rows(campaign: int, switches: Iterable[Switch]) -> list[_Row]:
    """What to write of switches: beside what people ordered, in order of time."""
    return [
        (campaign, one.at, _SWITCH, "", _words(one), one.provider) for one in switches
    ]


def _words(one: Switch) -> str:
    words = (one.left, one.to, mask_text(one.reason))
    return json.dumps(words, ensure_ascii=False)


def _switch(order: Order) -> Switch:
    left, to, why = json.loads(order.reason)
    return Switch(order.at, left, to, order.provider, why)


def _run(row: _Row, alive: Alive) -> PastRun:
    number, boot, space, pid, born, lease, started, ended, *said = row
    relay, actor, stopped = said
    who = Presence(number, Process(boot, space, pid, born), lease)
    return PastRun(
        number=number,
        started=started,
        ended=ended,
        relay=relay,
        actor=actor,
        stopped=stopped,
        alive=ended is None and alive(who),
    )


def _about(row: Sequence[Any]) -> dict[str, Any]:
    names = (
        *("name", "kind", "about", "created", "live_since", "begins", "control"),
        *("enrolled", "fingerprint", "pilot", "pilot_over", "keep_for", "purged"),
    )
    told = dict(zip(names, row, strict=True))
    return told | {"control": Control(told["control"])}


def _counts(rows: Sequence[_Row]) -> dict[State, int]:
    counts = {STATES[code]: number for code, number in rows}
    counts.pop(State.DRAFT, None)
    return counts


@attrs.frozen
class _Surveyed:
    """What is known of the rows of a provider that stand in a state."""

    provider: str
    state: int
    number: int
    seeds: int
    trusted: int
    first_tried: float | None
    first: float | None
    last: float | None
    first_accepted: float | None
    last_accepted: float | None


def _least(dates: Iterable[float | None]) -> float | None:
    return min((date for date in dates if date is not None), default=None)


def _span(survey: Sequence[_Surveyed]) -> tuple[float, float]:
    """The first and the last date of a last answer."""
    first = _least(one.first for one in survey) or 0.0
    return first, max((one.last for one in survey if one.last), default=first)


def _surveyed(survey: Sequence[_Surveyed]) -> dict[str, Any]:
    shares: dict[tuple[str, State], Counter[str]] = {}
    for one in survey:
        found = shares.setdefault((one.provider, STATES[one.state]), Counter())
        found.update(number=one.number, seeds=one.seeds)
    waiting = [one.first_tried for one in survey if one.state == DEFERRED]
    lasts = [one.last_accepted for one in survey if one.last_accepted is not None]
    return {
        "shares": tuple(
            Share(*of, found["number"], found["seeds"]) for of, found in shares.items()
        ),
        "on_trust": sum(one.trusted for one in survey),
        "first_tried": _least(one.first_tried for one in survey),
        "waiting_since": _least(waiting),
        "first_accepted": _least(one.first_accepted for one in survey),
        "last_accepted": max(lasts, default=None),
    }


def _paced(rows: Sequence[_Row], begins: float, width: int) -> dict[str, Any]:
    words = {CODES[State.ACCEPTED]: "accepted", CODES[State.REFUSED]: "refused"}
    attempts: Counter[int] = Counter()
    pieces: dict[int, Counter[str]] = {}
    for piece, tries, code, number in rows:
        attempts[tries] += number
        if piece is not None:
            pieces.setdefault(piece, Counter())[words.get(code, "other")] += number
    return {
        "attempts": dict(sorted(attempts.items())),
        "timeline": Timeline(
            width,
            tuple(
                Bucket(begins + piece * width, **found)
                for piece, found in sorted(pieces.items())
            ),
        ),
    }


def _rehearsal(row: _Row) -> RehearsalNote:
    at, rows, new, digest, checks, version, actor, seconds = row
    return RehearsalNote(
        at=at,
        rows=rows,
        new=new,
        digest=digest,
        checks=tuple(json.loads(checks)),
        version=version,
        actor=actor,
        seconds=seconds,
    )
