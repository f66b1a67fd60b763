"""A worker's day: whichever campaign of a ledger has due rows is sent, in turn.

It ends when nothing is left to do, or never (`for_ever`): then it waits for new work,
and for a ledger that is away. A campaign that cannot be joined holds up no other.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable
from contextlib import AbstractContextManager

import attrs

from safesend.clock import SYSTEM
from safesend.engine.dispatcher import PATIENCE
from safesend.engine.events import Listener
from safesend.engine.stop import Stop
from safesend.engine.waiting import any_of
from safesend.errors import (
    ConfigurationError,
    LedgerError,
    LedgerKeyError,
    SafesendError,
)
from safesend.fleet.health import Health
from safesend.fleet.looking import Chance, look
from safesend.fleet.pump import Pumped, apump
from safesend.fleet.secrets import Secrets
from safesend.ledger.base import CampaignRecord

__all__ = ["Audience", "Job", "Served", "serve"]

POLL = 3.0
"""Seconds between two looks for work."""
TURN = 20.0
"""Seconds after which others that have due rows get a turn."""
_NEVER = math.inf
_SILENT = "the ledger does not answer, it is waited for"
_LONGEST = 300.0
"""Seconds for which a campaign that waits for a date is left alone."""
_ASIDE = 60.0
"""Seconds for which a campaign that cannot be joined is left alone."""


@attrs.frozen(kw_only=True)
class Job:
    """What is to be served: a ledger, or one campaign of it; and how. See `pump`."""

    ledger: str
    secrets: Secrets
    campaign: str | None = None
    via: str | None = None
    lanes: int | None = None
    seconds: float | None = None
    for_ever: bool = False
    turn: float = TURN


@attrs.frozen(kw_only=True)
class Audience:
    """Who is told what, while it goes on."""

    watch: Callable[[CampaignRecord], AbstractContextManager[list[Listener]]]
    """Listens to one campaign."""
    turned: Callable[[Pumped], None] = lambda _: None
    """A campaign had its turn."""
    say: Callable[[str], None] = lambda _: None
    """What a person should know."""


@attrs.frozen
class Served:
    """What came of it: the last account of every campaign, and who was not served.

    `left` had no turn, though somebody waits: it is paused, its date is to come, or
    others have the rest in hand.
    """

    pumped: dict[str, Pumped]
    failed: dict[str, SafesendError]
    left: tuple[Chance, ...] = ()


@attrs.define
class _Rest:
    """Until when a campaign is left alone, as long as it stands as it stood."""

    until: float
    chance: Chance | None = None


@attrs.define(eq=False)
class _Service:
    job: Job
    audience: Audience
    stop: Stop
    health: Health
    asked: asyncio.Event = attrs.field(factory=asyncio.Event)
    pumped: dict[str, Pumped] = attrs.field(factory=dict)
    failed: dict[str, SafesendError] = attrs.field(factory=dict)
    left: tuple[Chance, ...] = ()
    rests: dict[str, _Rest] = attrs.field(factory=dict)
    said: dict[str, str] = attrs.field(factory=dict)
    end: float | None = None
    ahead: float = 0.0
    """Seconds that the ledger's time is ahead of this machine's."""

    async def go(self) -> None:
        """Serve, until it is over."""
        while self.stop.reason is None and self._left() != 0:
            chances = await self._look()
            if chances is None:
                await self._pause(POLL)
                continue
            if not self.pumped and not self.failed:
                self._first(chances)
            if (chance := self._next(chances)) is not None:
                await self._turn(chance)
            elif self.job.for_ever:
                await self._pause(POLL)
            else:
                self.left = tuple(filter(self._is_left, chances))
                return

    def _is_left(self, chance: Chance) -> bool:
        known = self.pumped.keys() | self.failed.keys()
        open_ = chance.held or chance.in_hand or _waits(chance)
        return open_ and chance.record.name not in known

    async def _look(self) -> list[Chance] | None:
        """All campaigns; None where the ledger is away."""
        job = self.job
        try:
            found = await asyncio.to_thread(
                look, job.ledger, job.secrets.key_home, job.campaign
            )
        except LedgerKeyError:
            raise
        except LedgerError as error:
            if not job.for_ever:
                raise
            self._say_once("", f"the ledger is away, it is looked for again: {error}")
            return None
        self.ahead = found.now - SYSTEM.now()
        self.health.answered()
        self._back()
        return found.chances

    async def watch_ledger(self) -> None:
        """One that takes its time is told as one that is away, for ever's sake."""
        while self.job.for_ever:
            await SYSTEM.sleep(1.0)
            if self.health.away():
                if "" not in self.said:
                    self._say_once("", _SILENT)
            elif self.said.get("") == _SILENT:
                # One that is away, by what it said itself, is back when it is opened.
                self._back()

    def _back(self) -> None:
        if self.said.pop("", None):
            self.audience.say("the ledger is there again")

    def _first(self, chances: list[Chance]) -> None:
        """What a person who started it should know. Raises `ConfigurationError`."""
        job = self.job
        unkept = [one.record.name for one in chances if not one.kept and _waits(one)]
        for name in unkept:
            self._say_once(name, _not_kept(job.ledger, name))
        if job.for_ever or any(one.kept for one in chances):
            return
        if chances:
            raise ConfigurationError(_not_kept(job.ledger, chances[0].record.name))
        what = "no campaign" if job.campaign is None else f"no {job.campaign!r}"
        raise ConfigurationError(
            f"the ledger holds {what} that is to be sent yet; 'safesend enrol DIR' puts"
            " one there, and 'safesend status' says what it holds"
        )

    def _next(self, chances: list[Chance]) -> Chance | None:
        """Whose turn it is."""
        now = self._now()
        if not self.job.for_ever:
            [*kept] = [one for one in chances if one.kept]
            known = self.pumped.keys() | self.failed.keys()
            if len(kept) == 1 and not known:
                return kept[0]  # for its account, at least
        waiting = [one for one in chances if self._may(one, now)]
        return min(
            waiting, key=lambda one: (one.due or 0.0, one.record.id), default=None
        )

    def _may(self, chance: Chance, now: float) -> bool:
        """Whether there is something to do for it now."""
        patience = 0.0 if self.job.for_ever else PATIENCE
        if not chance.kept or chance.due is None or chance.due > now + patience:
            return False
        rest = self.rests.get(chance.record.name)
        if rest is None or now + patience >= rest.until:
            return True
        return rest.chance is not None and rest.chance != chance

    async def _turn(self, chance: Chance) -> None:
        job, record = self.job, chance.record
        stop = Stop()
        try:
            with (
                self.audience.watch(record) as listeners,
                self.stop.heard_by(stop.ask),
            ):
                others = asyncio.ensure_future(self._make_way(record.name, stop))
                try:
                    pumped = await apump(
                        job.ledger,
                        record.name,
                        secrets=job.secrets,
                        seconds=self._left(),
                        via=job.via,
                        lanes=job.lanes,
                        on_event=[self.health.hear, *listeners],
                        stop=stop,
                    )
                finally:
                    others.cancel()
        except SafesendError as error:
            self._fail(record.name, error)
        else:
            await self._settle(record.name, pumped, over=stop.reason is None)

    def _fail(self, name: str, error: SafesendError) -> None:
        """Said once, and tried again later."""
        self.failed[name] = error
        until = self._now() + _ASIDE if self.job.for_ever else _NEVER
        self.rests[name] = _Rest(until)
        if self.job.for_ever:
            self._say_once(name, f"{name} is not sent for now: {error}")

    async def _settle(self, name: str, pumped: Pumped, *, over: bool) -> None:
        """Leave it alone until there is something new; `over`: it ended by itself."""
        self.pumped[name] = pumped
        self.failed.pop(name, None)
        self.said.pop(name, None)
        self.audience.turned(pumped)
        if self.stop.reason is not None:
            return
        chances, now = await self._look() or (), self._now()
        after = next((one for one in chances if one.record.name == name), None)
        if self.job.for_ever or not over:
            # People may have been added just before this look.
            until = min(max(pumped.next_due or now, now + POLL), now + _LONGEST)
        else:
            until = _NEVER
        self.rests[name] = _Rest(until, after)

    async def _make_way(self, name: str, stop: Stop) -> None:
        """When others have due rows, this one's turn is over."""
        while True:
            await SYSTEM.sleep(self.job.turn)
            chances: list[Chance] | None = None
            with contextlib.suppress(LedgerError):  # the pump itself will tell
                chances = await self._look()
            now = self._now()
            others = [one for one in chances or () if one.record.name != name]
            if any(self._may(one, now) for one in others):
                stop.ask("others have their turn")

    def _now(self) -> float:
        return SYSTEM.now() + self.ahead

    def _left(self) -> float | None:
        return None if self.end is None else max(0.0, self.end - SYSTEM.monotonic())

    def _say_once(self, about: str, words: str) -> None:
        if self.said.get(about) != words:
            self.said[about] = words
            self.audience.say(words)

    async def _pause(self, seconds: float) -> None:
        await any_of(SYSTEM, seconds, self.asked)


async def serve(job: Job, audience: Audience, stop: Stop, health: Health) -> Served:
    """Send what waits, campaign by campaign, until nothing does or `stop` is asked.

    With `job.for_ever` only `stop` ends it. Raises `ConfigurationError` where there is
    nothing to serve, `LedgerError` where the ledger cannot be had, and for the only
    campaign whatever `pump` raises.
    """
    end = None if job.seconds is None else SYSTEM.monotonic() + job.seconds
    service = _Service(job, audience, stop, health, end=end)
    loop = asyncio.get_running_loop()

    def hear(_: str) -> None:
        loop.call_soon_threadsafe(service.asked.set)

    aside = [
        asyncio.ensure_future(health.turn()),
        asyncio.ensure_future(service.watch_ledger()),
    ]
    try:
        with stop.heard_by(hear):
            await service.go()
    finally:
        for task in aside:
            task.cancel()
    if len(service.failed) == 1 and not service.pumped and not job.for_ever:
        raise next(iter(service.failed.values()))
    return Served(service.pumped, service.failed, service.left)


def _waits(chance: Chance) -> bool:
    return chance.due is not None


def _not_kept(ledger: str, name: str) -> str:
    del ledger
    return (
        f"the ledger does not hold the letter of {name!r}, so nobody can join; put it"
        " there with 'safesend enrol DIR', or send it from where its folder is"
    )
