"""Waiting for whichever comes first: an event, or a moment of a clock."""

from __future__ import annotations

import asyncio

from safesend.clock import SYSTEM, Clock

__all__ = ["any_of"]


async def any_of(
    clock: Clock,
    seconds: float | None,
    *events: asyncio.Event,
    poll: float | None = None,
) -> None:
    """Return when one of the events is set or so many seconds of the clock are over.

    `poll`: in any case after so many real seconds.
    """
    waits: list[asyncio.Future[object]] = [
        asyncio.ensure_future(event.wait()) for event in events
    ]
    if seconds is not None:
        waits.append(asyncio.ensure_future(clock.sleep(seconds)))
    if poll is not None:
        waits.append(asyncio.ensure_future(SYSTEM.sleep(poll)))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
