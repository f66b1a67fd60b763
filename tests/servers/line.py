"""A line to a server, with a long way if it must be, that is cut in the middle."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Iterator, Sequence

__all__ = ["Line", "line"]


class Line:
    """A proxy on 127.0.0.1. Every octet arrives `seconds` later, in both directions.

    `cuts`: after so many octets of the client's the first connection is cut, the next
    one after so many as the next number says; those that follow stay whole. With
    `mute` the server's replies are lost from then on, and what the client wrote is not.
    """

    def __init__(
        self,
        target: int,
        *,
        seconds: float = 0.0,
        cuts: Sequence[int] = (),
        mute: bool = False,
    ) -> None:
        self.port = 0
        self.joined = 0
        self._target, self._seconds, self._mute = target, seconds, mute
        self._cuts = deque(cuts)
        self._ready = threading.Event()

    def run(self) -> None:
        """Carry until `stop`."""
        asyncio.run(self._serve())

    def start(self) -> None:
        """In a thread of its own."""
        self._thread = threading.Thread(target=self.run, daemon=True)
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Cut everything."""
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        while self._open:
            for writer in self._open:
                writer.transport.abort()
            await asyncio.sleep(0.01)

    async def _join(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.joined += 1
        left = self._cuts.popleft() if self._cuts else None
        there, away = await asyncio.open_connection("127.0.0.1", self._target)
        self._open |= {writer, away}
        back = asyncio.create_task(self._pump(there, writer))
        try:
            await self._carry(reader, away, left)
            if left is not None:
                writer.transport.abort()
            await back
        finally:
            for one in writer, away:
                one.transport.abort()
                self._open.discard(one)

    async def _carry(
        self, reader: asyncio.StreamReader, away: asyncio.StreamWriter, left: int | None
    ) -> None:
        """What the client writes, up to its end or to where the line is cut."""
        with contextlib.suppress(ConnectionError):
            while left != 0 and (data := await reader.read(1024)):
                part = data[:left]
                self._loop.call_later(self._seconds, away.write, part)
                left = None if left is None else left - len(part)
            await asyncio.sleep(2 * self._seconds)
            if left == 0 and not self._mute:
                away.transport.abort()
            elif away.can_write_eof():
                # The server answers what it has read.
                away.write_eof()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """What the server writes; read to its end even where nobody hears it."""
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if not writer.is_closing():
                    self._loop.call_later(self._seconds, writer.write, data)
        await asyncio.sleep(2 * self._seconds)


@contextlib.contextmanager
def line(
    target: int,
    *,
    seconds: float = 0.0,
    cuts: Sequence[int] = (),
    mute: bool = False,
) -> Iterator[Line]:
    """A line for a while."""
    made = Line(target, seconds=seconds, cuts=cuts, mute=mute)
    made.start()
    try:
        yield made
    finally:
        made.stop()
