"""Lanes: each is one session at a time, fed from the queue of its route."""

from __future__ import annotations

import asyncio
import math
import random
from collections import deque
from collections.abc import Iterator

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.delivery import Accepted, InDoubt, Outcome
from safesend.engine.bookkeeper import Bookkeeper
from safesend.engine.delays import Delays
from safesend.engine.doors import Door, Doors
from safesend.engine.ending import Ending
from safesend.engine.hand import Hand, Item, Queue
from safesend.engine.heed import Heed
from safesend.engine.intray import IDLE, Intray
from safesend.engine.lease import Lease
from safesend.engine.switchboard import Switchboard
from safesend.engine.traffic import Share, Traffic
from safesend.engine.waiting import any_of
from safesend.errors import TransportError
from safesend.message.envelope import Envelope
from safesend.policies.replies import Scope, Verdict
from safesend.policies.retry import reconnect_wait
from safesend.transports.base import AskingSession, PromptSession

__all__ = ["Crew"]

_AHEAD = 1.0
"""Seconds before something may go that a lane is opened."""

_FIRST_CONTACT = 10.0
"""Seconds of failing to connect for the first time after which a run ends."""


@attrs.define(eq=False)
class _Lane:
    queue: Queue
    taken: deque[tuple[Item, Share, float]] = attrs.field(factory=deque)
    """What is on its line, and since when (monotonic)."""
    open: bool = False
    """Whether it has a session."""
    holds: dict[str, int] = attrs.field(factory=dict)
    """Messages on its line, by provider."""
    served: bool = False
    """Whether its session took a message: then its end is no sign of trouble."""


@attrs.define
class Crew:
    """The lanes of one run. `turn` is set whenever the run should look up again."""

    doors: Doors
    hand: Hand
    books: Bookkeeper
    traffic: Traffic
    heed: Heed
    clock: Clock
    ending: Ending
    board: Switchboard
    lease: Lease = attrs.field(factory=Lease)
    low: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set whenever more may be begun in the ledger."""
    tray: Intray = attrs.field(init=False)
    _delays: Delays = attrs.field(init=False)
    turn: asyncio.Event = attrs.field(factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = attrs.field(factory=set)
    _lanes: set[_Lane] = attrs.field(factory=set)

    def __attrs_post_init__(self) -> None:
        self.tray = Intray(
            self.hand, self.books, self.traffic, self.board, self.clock, self.turn
        )
        self._delays = Delays(self.traffic, self.board, self.clock, self.lease)

    def served(self) -> set[Queue]:
        """The queues for which a session is open."""
        return {lane.queue for lane in self._lanes if lane.open}

    def sessions(self) -> tuple[int, int]:
        """How many sessions are open, and how many of them have mail on the wire."""
        return (
            sum(lane.open for lane in self._lanes),
            sum(bool(lane.taken) for lane in self._lanes),
        )

    def dismiss(self) -> None:
        """Lanes without work end, and their sessions with them; others look again."""
        for queue in self.hand.queues.values():
            queue.changed.set()

    def rouse(self) -> None:
        """See to it that queues with work have lanes; poor ones first, and probes."""
        self.low.set()
        probing = self.board.probing
        ready = [one for one in self.hand.queues.values() if one.ready]
        for queue in sorted(ready, key=lambda q: (q.lanes, not probing(q.share))):
            self._man(queue)

    def delay(self) -> float:
        """Seconds until a queue with work is worth a lane."""
        queues = [one for one in self.hand.queues.values() if one.ready]
        return min(map(self._delays.of, queues), default=IDLE) - _AHEAD

    def _man(self, queue: Queue) -> None:
        """Open as many lanes for a queue as it has work for, within the limits."""
        if self.ending.began or self._delays.of(queue) > _AHEAD:
            return
        wanted = min(queue.ready, queue.share.window.limit)
        if self.board.probing(queue.share):
            wanted = min(wanted, 1)
        while queue.lanes < wanted and len(self.tasks) < self.traffic.lanes:
            queue.lanes += 1
            lane = _Lane(queue)
            self._lanes.add(lane)
            task = asyncio.create_task(self._lane(lane))
            self.tasks.add(task)
            task.add_done_callback(self._ended)
        if wanted and not queue.lanes:
            # Lanes that idle at another route give up their place.
            for other in self.hand.queues.values():
                other.changed.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        self.turn.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self.ending.ask(None, error)
        if not self.ending.began:
            self.rouse()

    async def _lane(self, lane: _Lane) -> None:
        door: Door | None = None
        queue, failures = lane.queue, 0
        try:
            while await self._work(lane):
                try:
                    door = door or await self.doors.open(queue)
                    if door is None:
                        return
                    self._bound(door)
                    lane.open = True
                    queue.connected, queue.trouble = True, ""
                    failed = await self._carry(door, lane)
                except TransportError as error:
                    failed = error
                    self._unconnected(queue, error)
                if door is not None and not door.lasts:
                    await self.doors.close(door)
                    door, lane.served, lane.open = None, False, False
                failures = failures + 1 if failed else 0
                if failed:
                    await self._failed(queue, failed, failures)
        finally:
            queue.lanes -= 1
            self._lanes.discard(lane)
            if door is not None:
                await self.doors.close(door)

    def _bound(self, door: Door) -> None:
        """Nothing leaves once others may decide about it, whatever stopped us."""
        if self.lease.seconds < math.inf and isinstance(door.session, AskingSession):
            door.session.ask(lambda: self._held(door))

    def _held(self, door: Door) -> bool:
        """Whether what goes through there is this run's to send."""
        return self.clock.monotonic() < self.lease.until and door.may_go_on()

    async def _work(self, lane: _Lane) -> bool:
        """Wait until there is something that may go now; False when the lane ends.

        Before it has a session nothing need be begun for it.
        """
        queue = lane.queue
        while not self.ending.began and queue.lanes <= queue.share.window.limit:
            queue.changed.clear()
            if self.traffic.halted or self._gives_way(queue):
                return False
            if not queue.ready and not await self._supplied(queue):
                return False
            delay = self._delays.of(queue)
            if delay <= 0:
                if not lane.open or self._delays.of(queue, begun=True) <= 0:
                    return True
                queue.dry, delay = True, self.doors.patience
                self.low.set()
            if delay > self.doors.patience:
                return False
            await any_of(self.clock, delay, queue.changed, self.ending.asked)
        return False

    async def _supplied(self, queue: Queue) -> bool:
        """Wait a while for something to do, unless another route needs the place."""
        if not self.hand.neglected():
            await any_of(SYSTEM, self.doors.patience, queue.changed, self.ending.asked)
        return queue.ready > 0

    async def _carry(self, door: Door, lane: _Lane) -> TransportError | None:
        """Feed a session until the queue ends; what is wrong with it, if anything."""
        judged: Verdict | None = None
        session, stream = door.session, self._stream(lane, door)

        def settle(outcome: Outcome) -> None:
            nonlocal judged
            judged = self._settle(lane, outcome)

        try:
            if isinstance(session, PromptSession):
                await session.deliver_telling(stream, settle)
            else:
                async for outcome in session.deliver(stream):
                    settle(outcome)
        finally:
            # A session that broke its promise: what it took may have left.
            while lane.taken:
                self._settle(lane, InDoubt(text="the carrier gave no answer"))
            self.turn.set()
        if judged is None:
            # Somebody else was faster to what could go: others have their turn.
            await asyncio.sleep(0)
        elif judged.scope is Scope.CONNECTION and not lane.served:
            return TransportError(judged.why or "the connection broke")
        return None

    def _settle(self, lane: _Lane, outcome: Outcome) -> Verdict:
        item, share, began = lane.taken.popleft()
        queue, now, books = lane.queue, self.clock.monotonic(), self.books
        self.hand.in_flight -= 1
        queue.on_line -= 1
        books.meter.took(now - began)
        if isinstance(outcome, Accepted):
            verdict = books.accepted(item, outcome)
            lane.served = queue.flows = True
            queue.failing_since = None
            share.accepted(share.busy, now)
            queue.share.accepted(queue.lanes, now)
            if self.board.accepted(queue.share, share):
                queue.changed.set()
                self.turn.set()
        else:
            if not isinstance(outcome, InDoubt):
                self.traffic.quotas.give_back(queue.route)
            verdict = books.settle(
                item,
                self._placed(queue, outcome),
                served=lane.served,
                elsewhere=lambda: self.board.elsewhere(item, queue.route),
            )
            self.board.came(item, queue.route, outcome, verdict)
            # What a pause is for is kept, and told.
            text = books.discretion.of(outcome.text, item.envelope.recipient.local)
            self._heeded(lane, verdict, attrs.evolve(outcome, text=text))
        holds, provider = lane.holds, share.provider
        on_line = holds[provider] = holds[provider] - 1
        if not on_line:
            del holds[provider]
            share.busy -= 1
            if queue.ready:
                queue.changed.set()
        return verdict

    def _heeded(self, lane: _Lane, verdict: Verdict, outcome: Outcome) -> None:
        queue = lane.queue
        if verdict.scope is not Scope.CONNECTION:
            queue.failing_since = None
        # Not by the row: a seed has its turn among the people of another provider.
        target = self.traffic.share(queue.route, verdict.provider or "")
        stop = self.heed.verdict(target, verdict, outcome, served=lane.served)
        brake, board = self.books.brake, self.board
        if board.several is not None:
            said = outcome.text or verdict.why
            stop = board.judged(
                queue.share, target, verdict, stop, said, served=lane.served
            )
            queue.changed.set()
            self.tray.withdraw(queue, queue.share)
        if stop and not brake.told(outcome, verdict, stop):
            self.ending.ask(None, TransportError(stop, stage=outcome.stage))
        if brake.reason is not None:
            self.ending.ask(brake.reason)
        self.tray.withdraw(queue, target)

    def _stream(self, lane: _Lane, door: Door) -> Iterator[Envelope]:
        queue, hand, holds = lane.queue, self.hand, lane.holds
        half, mark = hand.size // 2, self.books.progress.take
        monotonic, traffic = self.clock.monotonic, self.traffic
        asked, lease = self.ending.asked.is_set, self.lease

        def admitted(share: Share) -> bool:
            if not holds.get(share.provider) and share.busy >= share.window.limit:
                return False
            return traffic.free or self._granted(share)

        while queue.ready and not asked() and self._is_open(queue):
            now = monotonic()
            goes = now < lease.until and door.may_go_on()
            taken = hand.take(queue, admitted) if goes else None
            if taken is None:
                return
            item, share = taken
            provider = share.provider
            on_line = holds.get(provider, 0)
            share.busy += not on_line
            holds[provider] = on_line + 1
            lane.taken.append((item, share, now))
            queue.on_line += 1
            mark(item.row.id)
            if hand.ready <= half and (hand.ready == half or hand.crowded):
                self.turn.set()
            if queue.left <= 0:
                self.low.set()
            yield item.envelope

    def _gives_way(self, queue: Queue) -> bool:
        """Whether its place is wanted: a probe must not wait for a long queue's end.

        The last lane of a queue makes room for a probe only, and a probe for nobody:
        else two would make room for each other, and neither would send.
        """
        probing, crowded = self.board.probing, len(self.tasks) >= self.traffic.lanes
        if self.board.several is None or not crowded or probing(queue.share):
            return False
        waiting = [q for q in self.hand.queues.values() if q.ready and not q.lanes]
        return any(
            self._delays.of(one) <= 0
            for one in waiting
            if one is not queue and (queue.lanes > 1 or probing(one.share))
        )

    def _is_open(self, queue: Queue) -> bool:
        if self._gives_way(queue):
            return False
        if self.traffic.free:
            return queue.lanes <= queue.share.window.limit
        share, now = queue.share, self.clock.now()
        return (
            queue.lanes <= share.window.limit
            and not (queue.on_line and self.board.probing(share))
            and self.traffic.is_open(share, now)
            and self.traffic.wait(share, now, self.clock.monotonic()) <= 0
        )

    def _placed(self, queue: Queue, outcome: Outcome) -> Outcome:
        """Whoever decides about a doubt must know which carrier to ask."""
        if self.board.several is None or not isinstance(outcome, InDoubt):
            return outcome
        return attrs.evolve(outcome, text=f"{outcome.text} (at {queue.route})".strip())

    def _granted(self, share: Share) -> bool:
        now = self.clock.now()
        if self._delays.awaits_probe(share):
            return False
        return self.traffic.is_open(share, now) and self.traffic.granted(
            share, now, self.clock.monotonic()
        )

    def _unconnected(self, queue: Queue, error: TransportError) -> None:
        """A session could not be had: a word of the server's, or none."""
        queue.trouble = self.books.discretion.masked(str(error))
        stop = self.heed.unconnected(queue.share, error, connected=queue.connected)
        if self.board.several is not None:
            self.board.unconnected(queue.share, error, stop, connected=queue.connected)
        elif stop and queue.connected:
            self.ending.ask(self.books.brake.login(error, str(error)) or stop)
        self.tray.withdraw(queue, queue.share)

    async def _failed(self, queue: Queue, error: TransportError, failures: int) -> None:
        """Note that a session failed, and wait before the next try; or end the run."""
        now = self.clock.monotonic()
        since = queue.failing_since
        queue.failing_since = now if since is None else since
        # Nobody was ever reached: most likely host, port or password are wrong.
        vain = error.permanent or now - queue.failing_since >= _FIRST_CONTACT
        if self.board.several is not None:
            over = self.board.over()
        else:
            over = error if vain and not queue.connected else None
        if over is not None:
            self.ending.ask(None, over)
            return
        wait = reconnect_wait(failures, random.random())  # noqa: S311 - no secret
        await any_of(self.clock, wait, self.ending.asked)
