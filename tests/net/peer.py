"""The other side of a line: a scripted server on loopback, and a way to run it."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import datetime as dt
import functools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import attrs
import trustme
import uvloop

__all__ = [
    "LOOPS",
    "Authority",
    "Peer",
    "Script",
    "authority",
    "chosen",
    "listening",
    "run",
    "until",
]

T = TypeVar("T")

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
chosen = contextvars.ContextVar("chosen", default="asyncio")
"""On which loop a test's coroutine runs."""


@attrs.frozen
class Peer:
    """What a script is given: the two ends of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def line(self) -> bytes:
        """The next line, without its end; empty when there are no more."""
        return (await self.reader.readline()).removesuffix(b"\r\n")

    async def say(self, *lines: str) -> None:
        """Write these lines at once."""
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()

    async def content(self) -> bytes:
        """All up to the lone dot."""
        return await self.reader.readuntil(b"\r\n.\r\n")

    async def gone(self) -> bytes:
        """Whatever else comes until the other side hangs up."""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            return await self.reader.read()
        return b""

    def cut(self) -> None:
        """Hang up without a word: what is on the way is lost."""
        self.writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]


@contextlib.asynccontextmanager
async def listening(
    script: Script, context: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server that plays the script for each who connects; gives its port.

    An error of the script is raised at the end.
    """
    errors: list[BaseException] = []
    tasks: set[asyncio.Task[Any]] = set()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await script(Peer(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the other side hung up: its own affair
        except Exception as error:  # noqa: BLE001 - raised where the test sees it
            errors.append(error)
        writer.close()
        with contextlib.suppress(Exception):
            await writer.wait_closed()

    server = await asyncio.start_server(play, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        if tasks:
            await asyncio.wait(tasks, timeout=5)
        await asyncio.sleep(0)
    for error in errors:
        raise error


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what another task brings about, however long it is held up."""
    while not holds():  # noqa: ASYNC110 - anything may bring it about
        await asyncio.sleep(0.005)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a test's coroutine; nothing here may take longer than a minute."""

    async def limited() -> T:
        async with asyncio.timeout(60):
            return await main

    with asyncio.Runner(loop_factory=LOOPS[chosen.get()]) as runner:
        return runner.run(limited())


@attrs.frozen
class Authority:
    """Issues certificates for servers, and makes contexts that trust it."""

    _ca: trustme.CA

    def client(self) -> ssl.SSLContext:
        """A client that trusts it and verifies everything."""
        context = ssl.create_default_context()
        self._ca.configure_trust(context)
        return context

    def server(self, *names: str, expired: bool = False) -> ssl.SSLContext:
        """A server with a certificate for these names."""
        until = dt.datetime.now(dt.UTC) - dt.timedelta(days=1) if expired else None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*names, not_after=until).configure_cert(context)
        return context


@functools.cache
def authority() -> Authority:
    """One for all tests: making keys takes long."""
    return Authority(trustme.CA())
