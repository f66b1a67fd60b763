"""One open line to a relay, as the engine sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator

from safesend.delivery import Outcome
from safesend.message.envelope import Envelope
from safesend.net.connection import Connection
from safesend.smtp import Letter, SmtpSession

__all__ = ["OpenSmtp"]

_IDLE = 30.0
"""Seconds after which a line is asked whether it still stands (NOOP)."""


class OpenSmtp:
    """A `Session` over SMTP. `security` says how its line is secured."""

    def __init__(self, connection: Connection, smtp: SmtpSession) -> None:
        self._connection = connection
        self._smtp = smtp
        self._loop = asyncio.get_running_loop()
        self._used = self._loop.time()
        self.security = connection.security

    @property
    def usable(self) -> bool:
        """Whether `deliver` may be called again."""
        return self._smtp.usable and self._connection.alive

    def ask(self, may_go: Callable[[], bool]) -> None:
        """Have this asked before the content of a message leaves."""
        self._smtp.may_go = may_go

    async def deliver(self, envelopes: Iterable[Envelope]) -> AsyncIterator[Outcome]:
        """One outcome for each envelope taken, in their order.

        Envelopes are taken from inside the event loop's callbacks, one ahead of the
        one being sent. If the iterable raises, what was begun is brought to its end,
        its outcomes are given, and then the error is raised. If the caller leaves
        early the line is cut.
        """
        outcomes = _Outcomes(self._loop)
        done = asyncio.ensure_future(self.deliver_telling(envelopes, outcomes.put))
        done.add_done_callback(outcomes.wake)
        try:
            while outcomes.waiting or not done.done():
                for outcome in await outcomes.next():
                    yield outcome
            await done
        finally:
            if not done.done():
                done.cancel()
                self._connection.abort("sending was broken off")
            elif not done.cancelled():
                done.exception()  # looked at: else asyncio logs it, with what it names

    async def deliver_telling(
        self, envelopes: Iterable[Envelope], tell: Callable[[Outcome], None]
    ) -> None:
        """The same; each outcome is told from the callback in which it was read."""
        if not await self._standing():
            return
        letters = _Letters(envelopes)
        done = self._connection.start(self._smtp.deliver(letters.each(), tell))
        whole = False
        try:
            await done
            whole = True
        finally:
            self._used = self._loop.time()
            if not whole:
                self._connection.abort("sending was broken off")
        if letters.error is not None:
            raise letters.error

    async def close(self) -> None:
        """QUIT if the line is in order, and let go of it."""
        if self._connection.busy:
            self._connection.abort("the session was closed")
        elif self._connection.alive:
            await self._connection.run(self._smtp.quit())
        await self._connection.close()

    async def _standing(self) -> bool:
        if self.usable and self._loop.time() - self._used > _IDLE:
            await self._connection.run(self._smtp.check())
        return self.usable


class _Letters:
    """Envelopes as the `smtp` room knows them; keeps the error that ended them."""

    def __init__(self, envelopes: Iterable[Envelope]) -> None:
        self._envelopes = envelopes
        self.error: Exception | None = None

    def each(self) -> Iterator[Letter]:
        try:
            for envelope in self._envelopes:
                yield Letter(
                    envelope.sender,
                    envelope.recipient.wire,
                    envelope.segments,
                    envelope.size,
                    envelope.needs_smtputf8,
                    envelope.message_id[1:].partition("@")[0],
                )
        except Exception as error:  # noqa: BLE001 - raised again when all is settled
            self.error = error


class _Outcomes:
    """Handed over from callbacks to the one task that waits; many at a wake-up."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ready: list[Outcome] = []
        self._waiter: asyncio.Future[None] | None = None

    @property
    def waiting(self) -> bool:
        return bool(self._ready)

    def put(self, outcome: Outcome) -> None:
        self._ready.append(outcome)
        if self._waiter is not None:
            self.wake()

    def wake(self, _: object = None) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def next(self) -> list[Outcome]:
        """What has come in; empty when the conversation is over."""
        if not self._ready:
            self._waiter = self._loop.create_future()
            await self._waiter
        ready, self._ready = self._ready, []
        return ready
