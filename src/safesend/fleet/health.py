"""How a worker is, for whoever looks after it: an orchestrator, a service manager.

Live: its event loop turned a moment ago. Ready: its ledger answered a moment ago, and
it was not told to stop.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.engine.events import Event
from safesend.engine.stop import Stop
from safesend.errors import ConfigurationError
from safesend.net.answering import answering

__all__ = ["LIVE", "READY", "Health"]

LIVE = 60.0
"""Seconds after which a loop that did not turn is taken for dead."""
READY = 15.0
"""Seconds after which a ledger that did not answer is taken for away."""

_EVERY = 1.0


@attrs.define(eq=False)
class Health:
    """What is known of a worker. Read by other threads.

    Raises `ConfigurationError` where the file cannot be made.
    """

    stop: Stop
    file: Path | None = None
    """Touched while it is live and its ledger answers."""
    clock: Clock = SYSTEM
    _turned: float = attrs.field(init=False)
    _answered: float = float("-inf")

    _began: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        if self.file is not None and not os.access(self.file.parent, os.W_OK):
            raise ConfigurationError(
                f"the health file {self.file} cannot be made: its folder is missing, or"
                " this user may not write there"
            )
        self._began = self._turned = self.clock.monotonic()

    def hear(self, event: Event) -> None:
        """An event of a run, which looks at its ledger before it tells the next."""
        del event
        self.answered()

    def answered(self) -> None:
        """The ledger did."""
        self._answered = self.clock.monotonic()

    async def turn(self) -> None:
        """Turn with the loop, until it is cancelled."""
        while True:
            self._turned = self.clock.monotonic()
            if self.file is not None and self._in_touch():
                await asyncio.to_thread(_touch, self.file)
            await self.clock.sleep(_EVERY)

    def live(self) -> tuple[bool, Mapping[str, Any]]:
        """Whether it is, and what a probe is told."""
        since = self.clock.monotonic() - self._turned
        return since <= LIVE, {"live": since <= LIVE, "turned": round(since, 1)}

    def ready(self) -> tuple[bool, Mapping[str, Any]]:
        """Whether it is, and what a probe is told."""
        reason = ""
        if self.stop.reason is not None:
            reason = "stopping"
        elif not self._in_touch():
            reason = "the ledger does not answer"
        ready = not reason
        return ready, {"ready": ready, **({"reason": reason} if reason else {})}

    def away(self) -> bool:
        """Whether the ledger has been silent for too long."""
        last = max(self._answered, self._began)
        return self.clock.monotonic() - last > READY

    @contextmanager
    def told_at(self, place: tuple[str, int] | None) -> Iterator[int | None]:
        """Answer /live and /ready there; gives the port."""
        paths = {"/live": self.live, "/ready": self.ready}
        with answering(*place, paths) if place else nullcontext() as port:
            yield port

    def _in_touch(self) -> bool:
        return self.clock.monotonic() - self._answered <= READY


def _touch(file: Path) -> None:
    # One that grows old tells whoever looks at it; the worker goes on.
    with suppress(OSError):
        file.touch()
