"""What the numbers of a pilot in a ledger's tables mean; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from safesend.ledger.consent import PilotRecord
from safesend.ledger.states import CODES, DEFERRED
from safesend.ledger.values import Shares, State
from safesend.policies.pilot import Pilot, PilotSeen

__all__ = ["chosen", "fared", "planned"]

_OPEN = frozenset({CODES[State.WAITING], DEFERRED, CODES[State.SENDING]})
_GOT_IT = CODES[State.ACCEPTED]
_LEFT_OUT = CODES[State.SUPPRESSED]
_IN_DOUBT = CODES[State.IN_DOUBT]


def planned(
    found: tuple[Any, ...] | None,
) -> tuple[PilotRecord, tuple[int, int] | None] | None:
    """The pilot of a campaign, and the first and last row of it if it ever began.

    Of its terms, its two dates and these two numbers; None: no pilot was planned.
    """
    if found is None or found[0] is None:
        return None
    people, after, refused, begun, over, first, last = found
    span = None if first is None else (first, last)
    return PilotRecord(Pilot(people, after, refused), begun, over), span


def chosen(due: Iterable[tuple[int, str]], shares: Shares, limit: int) -> list[int]:
    """Up to `limit` of these rows (id, provider), of each provider up to its share."""
    given: Counter[str] = Counter()
    ids: list[int] = []
    for id_, provider in due:
        if len(ids) < limit and given[provider] < shares.of(provider, limit):
            given[provider] += 1
            ids.append(id_)
    return ids


def fared(found: Sequence[tuple[int, int, float | None]], begun: float) -> PilotSeen:
    """How its people fared: of each state the number, and when one was last tried."""
    number = {state: count for state, count, _ in found}
    # Who is left out is no sign of anything.
    people = sum(number.values()) - number.get(_LEFT_OUT, 0)
    open_ = sum(count for state, count in number.items() if state in _OPEN)
    in_doubt, got_it = number.get(_IN_DOUBT, 0), number.get(_GOT_IT, 0)
    return PilotSeen(
        people=people,
        open=open_,
        in_doubt=in_doubt,
        lost=people - open_ - in_doubt - got_it,
        last=max((last for *_, last in found if last is not None), default=begun),
    )
