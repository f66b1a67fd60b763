"""How a run stands, once a second: what limits its pace, told and written down."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import attrs

from safesend.clock import Clock, processor_seconds
from safesend.engine.bookkeeper import Offstage
from safesend.engine.bottleneck import Brake, Limit, Standing, Stop, bottleneck
from safesend.engine.brakes import Waited as Wait
from safesend.engine.events import Course, Listener, Measured, Waited
from safesend.engine.hand import Hand
from safesend.engine.lanes import Crew
from safesend.engine.meter import Meter
from safesend.engine.pace import Pace
from safesend.engine.supply import Supply
from safesend.engine.traffic import Traffic
from safesend.ledger.base import Ledger, State

__all__ = ["Gauges", "told_words"]

_EVERY = 1.0
"""Seconds between two measurements."""

_SLOWLY = 5.0
"""Seconds between two looks at the whole campaign, and between two equal words to the
ledger; more where a look takes long."""

_PART = 20
"""A look at the campaign may take one part in so many of the time."""


@attrs.define
class _Queue:
    """The whole campaign, as the ledger knew it the last time."""

    counts: Mapping[State, int] = attrs.field(factory=dict)
    oldest: float | None = None
    next_look: float = float("-inf")


@attrs.define
class Gauges:
    """Measures one run. `lanes` is how many sessions it may have."""

    ledger: Ledger
    campaign: int
    relay: str
    began: float
    lanes: int
    hand: Hand
    crew: Crew
    traffic: Traffic
    supply: Supply
    pace: Pace
    meter: Meter
    clock: Clock
    tell: Listener
    offstage: Offstage
    due: float | None = None
    """When the next row may go, as the run found out."""
    _last: float = attrs.field(init=False)
    _next: float = float("-inf")
    _processor: float = attrs.field(factory=processor_seconds)
    _starved: float = 0.0
    _waited: dict[int, float] = attrs.field(factory=dict)
    _queue: _Queue = attrs.field(factory=_Queue)
    _wrote: tuple[str, float] = ("", float("-inf"))

    def __attrs_post_init__(self) -> None:
        self._last = self.clock.monotonic()

    async def look(self) -> None:
        """Measure, unless that was done a moment ago."""
        now = self.clock.monotonic()
        if now < self._next:
            return
        self._next = now + _EVERY
        if now >= self._queue.next_look:
            await self._count(now)
            now = self.clock.monotonic()
        measured = self._measured(now)
        self._last = now
        self.tell(measured)
        await self._note(measured, now)

    async def end(self) -> None:
        """The last measurement, when everything is recorded."""
        now = self.clock.monotonic()
        await self._count(now)
        self.tell(attrs.evolve(self._measured(now), limit=None, last=True))

    async def _count(self, now: float) -> None:
        def asked() -> tuple[Mapping[State, int], float | None]:
            return (
                self.ledger.counts(self.campaign),
                self.ledger.sight.oldest(self.campaign),
            )

        counts, oldest = await self.offstage(asked)
        took = self.clock.monotonic() - now
        self._queue = _Queue(counts, oldest, now + max(_SLOWLY, _PART * took))

    async def _note(self, measured: Measured, now: float) -> None:
        """So that another process can tell how this one fares."""
        words = told_words(measured)
        before, at = self._wrote
        if words == before and now - at < _SLOWLY:
            return
        self._wrote = words, now
        run = measured.run
        await self.offstage(lambda: self.ledger.sight.tell(run, words, measured.at))

    def _measured(self, now: float) -> Measured:
        date, latest = self.clock.now(), self.pace.latest
        sessions, busy = self.crew.sessions()
        return Measured(
            run=self.supply.run,
            began=self.began,
            at=date,
            relay=self.relay,
            rate=latest.rate if latest else 0.0,
            eta=latest.eta if latest else None,
            limit=self._limit(now, date, sessions, busy),
            lanes=self.lanes,
            sessions=sessions,
            busy=busy,
            booked=self.meter.so_far(),
            attempts=self.meter.attempts(),
            courses=tuple(self._courses(date)),
            waited=tuple(
                Waited(one.route, one.provider, one.eased, one.so_far(now))
                for one in self.traffic.brakes
            ),
            queue=tuple(
                (state.value, number) for state, number in self._queue.counts.items()
            ),
            oldest=self._queue.oldest,
        )

    def _courses(self, date: float) -> Iterator[Course]:
        for share in self.traffic.named:
            if share.tried or not share.provider:
                rate = share.easing.rate(date)
                yield Course(share.route, share.provider, share.window.limit, rate)

    def _limit(self, now: float, date: float, sessions: int, busy: int) -> Limit | None:
        spent = max(now - self._last, 1e-9)
        processor, starved = processor_seconds(), self.meter.starved
        used, self._processor = processor - self._processor, processor
        asked, self._starved = starved - self._starved, starved
        queues = [one for one in self.hand.queues.values() if one.ready or one.lanes]
        free, full = self._room(now, date)
        return bottleneck(
            Standing(
                now=date,
                ready=self.hand.ready,
                in_flight=self.hand.in_flight,
                free=free,
                full=full,
                due=self.due,
                paced=self.supply.paced,
                opens=self._opens(date),
                stops=tuple(
                    Stop(one.provider, one.paused_until, one.reason)
                    for one in self.traffic.paused(date)
                ),
                brakes=tuple(self._brakes(now, spent)),
                lanes=self.lanes,
                sessions=sessions,
                busy=busy,
                window=sum(one.share.window.limit for one in queues) or self.lanes,
                complaint=next((one.share.complaint for one in queues), ""),
                unreached=next((one.trouble for one in queues if one.ready), ""),
                processor=used / spent,
                disk=asked / spent,
            )
        )

    def _opens(self, date: float) -> float | None:
        hours = self.traffic.hours
        return None if hours is None else hours.opens_at(date)

    def _brakes(self, now: float, spent: float) -> Iterator[Brake]:
        for number, one in enumerate(self.traffic.brakes):
            so_far = one.so_far(now)
            held = so_far - self._waited.get(number, 0.0)
            self._waited[number] = so_far
            yield Brake(
                provider=one.provider,
                rate=one.rate,
                held=min(1.0, held / spent),
                eased=one.eased,
                reply=self._complaint(one) if one.eased else "",
            )

    def _complaint(self, one: Wait) -> str:
        return self.traffic.share(one.route, one.provider).complaint

    def _room(self, now: float, date: float) -> tuple[bool, str | None]:
        """Whether a provider in hand is free to go; else one that has all it bears."""
        full = None
        for line in self.hand.lines():
            share = line.share
            if share.busy >= share.window.limit:
                full = full or share.provider
            elif not (
                share.is_paused(date) or self.traffic.own_wait(share, date, now) > 0
            ):
                return True, None
        return not self.hand.ready, full


def told_words(measured: Measured) -> str:
    """What the ledger is told of a run: JSON without anybody's address."""
    limit = measured.limit
    told = {
        "rate": round(measured.rate, 3),
        "eta": None if measured.eta is None else round(measured.eta, 1),
        "lanes": measured.lanes,
        "sessions": measured.sessions,
        "busy": measured.busy,
        "limit": None if limit is None else attrs.asdict(limit),
    }
    return json.dumps(told, ensure_ascii=False)
