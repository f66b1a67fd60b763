"""Who of all workers tries a way whose rest is over: one of them, by a seat."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from safesend.clock import Clock
from safesend.engine.seating import Seat, Seating
from safesend.engine.share import Share

__all__ = ["Probes"]


@attrs.define
class Probes:
    """What this run may try."""

    seating: Seating
    clock: Clock
    _rights: dict[Share, Seat] = attrs.field(factory=dict)

    def has(self, share: Share) -> bool:
        """Whether it is this run that tries it."""
        seat = self._rights.get(share)
        return seat is not None and self.clock.monotonic() < seat.until

    async def look(self, rested: Iterable[Share]) -> bool:
        """Ask for those whose rest is over, and let go of all others.

        Who found no message for it in half a minute lets others try. Gives whether
        there is one more to try.
        """
        wanted, now = set(rested), self.clock.monotonic()
        for share, seat in list(self._rights.items()):
            if share not in wanted or not seat.lasts(now):
                del self._rights[share]
                await self.seating.leave(seat)
                wanted.discard(share)
        news = False
        for share in wanted - set(self._rights):
            key = f"probe {share.route} {share.provider}".rstrip()
            if (seat_got := await self.seating.take(key, 1)) is not None:
                self._rights[share] = seat_got
                news = True
        return news
