"""A transport's sessions for code that waits: kept open from message to message.

Their event loop turns in a thread of its own, so that they outlive a call, serve a
view in whose thread a loop is at work already, and are the same for every thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from safesend.delivery import Deferred, NotSent, Outcome, Stage
from safesend.errors import TransportError
from safesend.message.envelope import Envelope
from safesend.smtp.reply import CLOSING
from safesend.transports import Session, Transport

__all__ = ["Carrier"]

T = TypeVar("T")


class Carrier:
    """A transport with its sessions. Used by one thread at a time; to be closed."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._sessions: dict[str, Session] = {}
        self._turning = _Turning()

    def deliver(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """One outcome for each, in their order.

        A line that broke, or that the server had closed meanwhile, is opened anew, and
        what was certainly not sent goes again; once a new line does not get on either,
        the rest is `NotSent`. Raises `TransportError` where nothing can have left.
        """
        try:
            return self._turning.run(lambda: self._deliver(envelopes))
        except BaseException:
            # Whatever was under way is broken off: its line is in the middle of it.
            self._sessions.clear()
            raise

    def close(self) -> None:
        """Say goodbye and stop the loop; may be called twice."""
        try:
            self._turning.run(self._close)
        finally:
            self._turning.stop()

    async def _deliver(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        queues: dict[str, list[int]] = {}
        for at, envelope in enumerate(envelopes):
            queues.setdefault(self._transport.route(envelope), []).append(at)
        outcomes: dict[int, Outcome] = {}
        for route, queue in queues.items():
            try:
                got = await self._carry(route, [envelopes[at] for at in queue])
            except TransportError as error:
                if not outcomes and len(queues) == 1:
                    raise
                got = [NotSent(Stage.CONNECT, text=str(error))] * len(queue)
            outcomes.update(zip(queue, got, strict=True))
        return [outcomes[at] for at in range(len(envelopes))]

    async def _carry(self, route: str, envelopes: Sequence[Envelope]) -> list[Outcome]:
        done: list[Outcome] = []
        while len(done) < len(envelopes):
            try:
                session, new = await self._session(route)
            except TransportError as error:
                if not done:
                    raise
                return _filled(done, envelopes, NotSent(Stage.CONNECT, text=str(error)))
            before = len(done)
            left = await _take(session, envelopes[before:], done)
            if new and len(done) == before:
                return _filled(done, envelopes, left)
        return done

    async def _session(self, route: str) -> tuple[Session, bool]:
        """The line for a route, and whether it is a new one."""
        session = self._sessions.get(route)
        if session is not None and session.usable:
            return session, False
        if session is not None:
            await self._sessions.pop(route).close()
        session = self._sessions[route] = await self._transport.connect(route)
        return session, True

    async def _close(self) -> None:
        while self._sessions:
            _, session = self._sessions.popitem()
            await session.close()


async def _take(
    session: Session, envelopes: Sequence[Envelope], done: list[Outcome]
) -> Outcome:
    """Deliver until the line ends; what was left then says how it ended."""
    left: Outcome | None = None
    async for outcome in session.deliver(envelopes):
        if left is None and _is_end(outcome):
            left = outcome
        if left is None:
            done.append(outcome)
    return left or NotSent(Stage.CONNECT)


def _is_end(outcome: Outcome) -> bool:
    """Whether it tells of the line, and nothing of the message was taken.

    421 closes it (RFC 5321 section 4.2.3); a new one may get on.
    """
    if isinstance(outcome, Deferred):
        return outcome.code == CLOSING
    return isinstance(outcome, NotSent)


def _filled(
    done: list[Outcome], envelopes: Sequence[Envelope], left: Outcome
) -> list[Outcome]:
    return [*done, *[left] * (len(envelopes) - len(done))]


class _Turning:
    """An event loop in a thread, from its first use until it is stopped."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._over: asyncio.Event | None = None

    def run(self, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if self._loop is None:
            self._start()
        assert self._loop is not None
        future = asyncio.run_coroutine_threadsafe(call(), self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # Ctrl-C while waiting; else it is over already
            raise

    def stop(self) -> None:
        if self._loop is None or self._thread is None or self._over is None:
            return
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop = self._thread = self._over = None

    def _start(self) -> None:
        ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

        async def turn() -> None:
            over = asyncio.Event()
            ready.set_result((asyncio.get_running_loop(), over))
            await over.wait()

        # A daemon, so that a backend which nobody closed holds up no program's end.
        self._thread = threading.Thread(
            target=lambda: asyncio.run(turn()), name="safesend-mail", daemon=True
        )
        self._thread.start()
        self._loop, self._over = ready.result()
