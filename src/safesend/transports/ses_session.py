"""A session with Amazon SES: one call after the other, in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from safesend.delivery import InDoubt, NotSent, Outcome
from safesend.message.envelope import Envelope

__all__ = ["SesSession"]


class SesSession:
    """HTTP has no line that would be held: what is one here is a thread.

    There is never a second call under way, so that what breaks leaves one message in
    doubt. It breaks as a connection would: nothing goes on after `InDoubt` or
    `NotSent`.
    """

    def __init__(
        self,
        carry: Callable[[Envelope], Outcome],
        security: str,
        let_go: Callable[[], None],
    ) -> None:
        self.security = security
        self._carry = carry
        self._let_go = let_go
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="safesend-ses")
        self._usable = True

    @property
    def usable(self) -> bool:
        """Whether `deliver` may be called again."""
        return self._usable

    async def deliver(self, envelopes: Iterable[Envelope]) -> AsyncIterator[Outcome]:
        """One outcome for each envelope; see `Session`."""
        if not self._usable:
            return
        loop = asyncio.get_running_loop()
        for envelope in envelopes:
            # Whoever is cancelled here does not know what becomes of the call.
            self._usable = False
            outcome = await loop.run_in_executor(self._thread, self._carry, envelope)
            self._usable = not isinstance(outcome, InDoubt | NotSent)
            yield outcome
            if not self._usable:
                return

    async def close(self) -> None:
        """Let the thread end when its call is over."""
        self._usable = False
        self._thread.shutdown(wait=False)
        self._let_go()
