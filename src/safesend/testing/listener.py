"""Carries a dialogue over a real socket, and counts the connections."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Coroutine
from typing import cast

import attrs

from safesend.testing.dialogue import Dialogue
from safesend.testing.post import Post

__all__ = ["Listener", "Switchboard"]

_ROOM = 1 << 18
_TICK = 0.0005


@attrs.define
class Switchboard:
    """The connections of a server."""

    post: Post
    tls: ssl.SSLContext | None
    """For STARTTLS."""
    implicit: bool
    stir: Callable[[], None] = lambda: None
    """Called when something comes or goes: a clock that jumps waits for that."""
    opened: int = 0
    open: set[Listener] = attrs.field(factory=set)

    def is_full(self) -> bool:
        """Whether one more is too many."""
        most = self.post.faults.most_connections
        return most is not None and len(self.open) > most


class Listener(asyncio.BufferedProtocol):
    """The `Line` of a `Dialogue`: one connection."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._room = bytearray(_ROOM)
        self._view = memoryview(self._room)
        self._pieces: deque[bytes] = deque()
        self._closing = self._tls_waits = False
        self._transport: asyncio.Transport | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody calls."""
        # Not to be asked: uvloop's transports are of no class of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        board = self._board
        board.opened += 1
        board.open.add(self)
        board.stir()
        self._dialogue = Dialogue(board.post, self, board.opened, tls=board.implicit)
        if board.is_full():
            self._dialogue.turn_away()
        else:
            self._dialogue.greet()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - one size
        """Where to read to."""
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        """So much was read."""
        self._board.stir()
        self._dialogue.feed(self._view[:nbytes])

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The caller is gone."""
        self._board.stir()
        self._board.open.discard(self)
        self._transport = None

    def write(self, octets: bytes) -> None:
        """Send; in pieces, if the script says so."""
        size = self._board.post.faults.piece
        if size is None:
            if self._transport is not None:
                self._transport.write(octets)
            return
        idle = not self._pieces
        self._pieces.extend(
            octets[at : at + size] for at in range(0, len(octets), size)
        )
        if idle:
            self._next_piece()

    def _next_piece(self) -> None:
        if self._pieces and self._transport is not None:
            self._board.stir()
            self._transport.write(self._pieces.popleft())
            asyncio.get_running_loop().call_later(_TICK, self._next_piece)
        elif self._closing:
            self.close()
        elif self._tls_waits:
            self.start_tls()

    def close(self) -> None:
        """Hang up after what was written."""
        self._closing = True
        if self._transport is not None and not self._pieces:
            self._transport.close()

    def drop(self) -> None:
        """Hang up at once."""
        if self._transport is not None:
            self._transport.abort()

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call then, by the server's clock."""
        self._spawn(self._call_later(seconds, call))

    async def _call_later(self, seconds: float, call: Callable[[], None]) -> None:
        await self._board.post.faults.clock.sleep(seconds)
        call()

    def start_tls(self) -> None:
        """Read nothing more in clear; the handshake begins when all is written."""
        if self._transport is None:
            return
        self._transport.pause_reading()
        self._tls_waits = bool(self._pieces)
        if self._tls_waits:
            return
        self._spawn(self._handshake(self._transport))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handshake(self, clear: asyncio.Transport) -> None:
        assert self._board.tls is not None
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(
                clear, self, self._board.tls, server_side=True
            )
        except (OSError, ssl.SSLError):
            self.drop()
            self._board.open.discard(self)
            return
        self._board.stir()
        self._transport = secured
        self._dialogue.secured()
