"""What is to be seen of a campaign while it is sent: who sends, how far they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import attrs

from safesend.ledger.runs import Presence, Process
from safesend.ledger.values import State

__all__ = ["OwnSight", "Seen", "Sender", "Sight", "Spread", "sender_of"]


@attrs.frozen(kw_only=True)
class Sender:
    """A run that has not ended; dates are seconds since 1970.

    `alive`: whether its process is there, as far as can be known from here. `told` is
    what it last said of itself (JSON, "" for nothing yet), at the date `told_at`.
    """

    run: int
    pid: int
    relay: str
    started: float
    alive: bool
    told: str = ""
    told_at: float = 0.0


@attrs.frozen
class Spread:
    """How many rows of a provider stand in a state; `put_off`: tried, or dated."""

    provider: str
    state: State
    put_off: bool
    number: int


class Sight(Protocol):
    """Reached as `ledger.sight`."""

    def tell(self, run: int, words: str, now: float) -> None:
        """Keep what a run says of itself, for other processes (no fsync)."""

    def senders(self, campaign: int, now: float) -> list[Sender]:
        """The runs that have not ended, the earliest first."""

    def spread(self, campaign: int) -> list[Spread]:
        """Where the rows of each provider stand, drafts left out; reads all of them."""

    def oldest(self, campaign: int) -> float | None:
        """When the row that waits longest was first tried; None: none was."""


def sender_of(row: tuple[Any, ...], alive: Callable[[Presence], bool]) -> Sender:
    """A run as the tables of a ledger have it: who it is, and what it said."""
    run, boot, space, pid, born, lease, relay, started, told, told_at = row
    who = Presence(run, Process(boot, space, pid, born), lease)
    return Sender(
        run=run,
        pid=pid,
        relay=relay,
        started=started,
        alive=alive(who),
        told=told,
        told_at=told_at,
    )


class Seen(Protocol):
    """What a row in memory tells."""

    provider: str
    state: State
    first_tried: float | None

    @property
    def put_off(self) -> bool:
        """Whether it was tried, or has a date."""


class _Begun(Protocol):
    campaign: int
    relay: str
    started: float


@attrs.define
class OwnSight:
    """The same for a ledger that one process has for itself."""

    rows: Callable[[int], Iterable[Seen]]
    runs: Mapping[int, _Begun]
    _told: dict[int, tuple[str, float]] = attrs.field(factory=dict)

    def tell(self, run: int, words: str, now: float) -> None:
        """See `Sight.tell`."""
        self._told[run] = words, now

    def senders(self, campaign: int, now: float) -> list[Sender]:  # noqa: ARG002
        """See `Sight.senders`."""
        found = []
        for run, begun in self.runs.items():
            if begun.campaign == campaign:
                words, at = self._told.get(run, ("", 0.0))
                found.append(
                    Sender(
                        run=run,
                        pid=0,
                        relay=begun.relay,
                        started=begun.started,
                        alive=True,
                        told=words,
                        told_at=at,
                    )
                )
        return found

    def spread(self, campaign: int) -> list[Spread]:
        """See `Sight.spread`."""
        numbers: dict[tuple[str, State, bool], int] = {}
        for row in self.rows(campaign):
            late = row.state is State.WAITING and row.put_off
            at = (row.provider, row.state, late)
            numbers[at] = numbers.get(at, 0) + 1
        return [Spread(*at, number) for at, number in sorted(numbers.items())]

    def oldest(self, campaign: int) -> float | None:
        """See `Sight.oldest`."""
        dates = (
            row.first_tried
            for row in self.rows(campaign)
            if row.state is State.WAITING and row.first_tried is not None
        )
        return min(dates, default=None)
