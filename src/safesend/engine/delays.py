"""How long it is until something of a queue may go."""

from __future__ import annotations

import attrs

from safesend.clock import Clock
from safesend.engine.hand import Queue
from safesend.engine.intray import IDLE
from safesend.engine.lease import Lease
from safesend.engine.switchboard import Switchboard
from safesend.engine.traffic import Share, Traffic

__all__ = ["Delays"]


@attrs.frozen
class Delays:
    """Asked of queues that have something in them; seconds."""

    traffic: Traffic
    board: Switchboard
    clock: Clock
    lease: Lease

    def of(self, queue: Queue, *, begun: bool = False) -> float:
        """Seconds until something may go; IDLE where only an event will tell.

        `begun`: only what was begun in the ledger counts.
        """
        now, monotonic = self.clock.now(), self.clock.monotonic()
        delays = [IDLE]
        if queue.on_line and self.board.probing(queue.share):
            return IDLE
        if begun and monotonic >= self.lease.until:
            return IDLE
        closed = self.traffic.open_at(queue.share, now) - now
        # What holds for all of them need not be asked for each.
        closed = closed or self.traffic.wait(queue.share, now, monotonic)
        if closed > 0:
            return closed
        later = []
        for line in queue.turns:
            share = line.share
            if begun and not line.begun:
                continue
            closed = self.traffic.open_at(share, now) - now
            if closed > 0:
                later.append(closed)
            elif share.busy < share.window.limit and not self.awaits_probe(share):
                delays.append(self.traffic.wait(share, now, monotonic))
                if delays[-1] <= 0:
                    return 0.0
        nearest = min(delays)
        if len(delays) == 1 and later and len(later) == len(queue.turns):
            return min(later)
        return min([nearest, *later])

    def awaits_probe(self, share: Share) -> bool:
        """Whether the one message that tries the way is under way, or another's."""
        if self.board.barred(share):
            return True
        return share.busy > 0 and self.board.probing(share)
