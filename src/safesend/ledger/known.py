"""The rows of a person as the tables have them, and what a purge erases; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from safesend.errors import ConfigurationError, LedgerBusy
from safesend.ledger.heard import Word
from safesend.ledger.persons import Forgotten, Purged, Trace
from safesend.ledger.states import CODES, STATES
from safesend.ledger.values import State

__all__ = [
    "ERASED",
    "Known",
    "counted",
    "live_rows",
    "refuse_left",
    "refuse_work",
    "suppressed_under",
]

ERASED = (
    "purge_delivery",
    "purge_heard",
    "purge_allowance",
    "purge_hold",
    "purge_control",
    "purge_approval",
    "purge_rehearsal",
    "purge_run",
    "purge_session",
)
"""The statements that erase what is known of everybody in a campaign."""
_OPEN = (State.WAITING, State.IN_DOUBT)


@attrs.frozen
class Known:
    """A row of a person, in the order of the columns of the statement `rows_of`."""

    id: int
    campaign: int
    name: str
    drafted: int
    code: int
    digest: bytes
    payload: bytes | None = attrs.field(repr=False)
    fate: Mapping[str, Any] = attrs.field(converter=json.loads)
    """Fields of a `Trace`."""

    @property
    def state(self) -> State:
        """Where it stands."""
        return State.DRAFT if self.drafted else STATES[self.code]

    @property
    def sent(self) -> bool:
        """Whether it is in the hand of a run, which may have died."""
        return self.state is State.SENDING

    @property
    def after(self) -> State:
        """What becomes of it when its person is forgotten."""
        return State.CANCELLED if self.state in _OPEN else self.state

    def forgotten(self) -> Forgotten:
        """What is told of it then."""
        return Forgotten(self.name, self.state, self.after)

    def trace(self, payload: bytes | None, heard: tuple[Word, ...]) -> Trace:
        """All that is known, with the payload in clear."""
        return Trace(self.name, self.state, payload=payload, heard=heard, **self.fate)


def live_rows(rows: Sequence[Known]) -> list[Known]:
    """Those that are no draft. Raises `LedgerBusy` where one is being sent."""
    if any(row.sent for row in rows):
        raise LedgerBusy(
            "this person's message is being sent at this moment; stop the run"
            " first ('safesend pause'), or wait until it is done"
        )
    return [row for row in rows if not row.drafted]


def suppressed_under(rows: Iterable[Known], campaigns: Iterable[int]) -> int:
    """The newest campaign in which the person stands, or the newest of the ledger."""
    known = [row.campaign for row in rows] or [*campaigns]
    if not known:
        raise ConfigurationError("the ledger holds no campaign yet, so nobody is in it")
    return max(known)


def counted(counts: Mapping[int, int]) -> Purged:
    """What a purge takes, of the number of rows in each state."""
    waiting, in_doubt = (counts.get(CODES[state], 0) for state in _OPEN)
    return Purged(sum(counts.values()), waiting, in_doubt)


def refuse_work(ledger: object) -> None:
    """Raise `LedgerBusy`: somebody sends what is to be purged."""
    raise LedgerBusy(
        f"a run of this campaign is at work in {ledger}; stop it first ('safesend"
        " pause'), or wait until it is done"
    )


def refuse_left(left: int) -> None:
    """Raise `ConfigurationError` where so many campaigns still need the key."""
    if left:
        raise ConfigurationError(
            "the key of this ledger is needed until every campaign in it is"
            " purged; nothing was destroyed"
        )
