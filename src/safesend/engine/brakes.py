"""For how long messages waited for limits on the rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

__all__ = ["Brakes", "Waited"]


@attrs.define(eq=False)
class Waited:
    """One limit: whose, how fast, and how long the next message waited for it so far.

    `since`: since when one waits for it now, in monotonic seconds; None: none does.
    """

    route: str
    provider: str
    eased: bool
    rate: float = 0.0
    since: float | None = None
    seconds: float = 0.0

    def so_far(self, now: float) -> float:
        """Seconds that were waited in all, up to now."""
        return self.seconds + (
            0.0 if self.since is None else max(0.0, now - self.since)
        )


@attrs.define
class Brakes:
    """All limits of a run, by the number under which their arrival times are kept."""

    all: dict[int, Waited] = attrs.field(factory=dict)
    _waiting: dict[int, Waited] = attrs.field(factory=dict)
    """Those for which a message waits now: asked for each that goes."""

    def holds(
        self, slot: int, rate: float, route: str, provider: str, *, eased: bool
    ) -> None:
        """Such a limit is there."""
        known = self.all.get(slot)
        if known is None:
            known = self.all[slot] = Waited(route, provider, eased)
        known.rate = rate

    def wait(self, slot: int, now: float) -> None:
        """A message may not go yet, on account of this limit. Monotonic time."""
        if slot not in self._waiting and (found := self.all.get(slot)) is not None:
            found.since = now
            self._waiting[slot] = found

    def go(self, slots: Iterable[int], now: float) -> None:
        """One goes that all of these limits let go."""
        for slot in slots if self._waiting else ():
            found = self._waiting.pop(slot, None)
            if found is not None:
                found.seconds, found.since = found.so_far(now), None

    def __iter__(self) -> Iterator[Waited]:
        return iter(self.all.values())
