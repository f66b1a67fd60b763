"""The page as an ASGI application: the event loop waits for no disk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from safesend.clock import SYSTEM
from safesend.integrations.unsubscribe.page import Answer
from safesend.integrations.unsubscribe.reception import Reception
from safesend.integrations.unsubscribe.request import LONGEST, Head, token_of, veiled

__all__ = ["UnsubscribeAsgi", "taken_out"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_THREADS = 4
_IN_LINE = 256
"""Requests that may wait for the disk; others are told to come back."""


class _Gone(Exception):
    """Whoever asked does not wait for the answer."""


class UnsubscribeAsgi(Reception):
    """The page for every server and framework that speaks ASGI.

    A list that is busy holds up neither the event loop nor threads of others. On its
    own it also hears the end of the server's life; whoever mounts it calls `close()`.
    """

    patience = 10.0
    """Seconds for a body to arrive."""
    endurance = 30.0
    """Seconds to wait for one's turn, the disk and `on_leave`, which may hang."""
    _threads: ThreadPoolExecutor | None = None
    _process = 0
    _in_line = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live as long as the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["type"] == "http":
            try:
                answer = await self._answer(scope, receive)
            except _Gone:
                return
            await _say(answer, send)

    def close(self) -> None:
        """Let go of the lists, when what is being written is written."""
        threads, self._threads = self._threads, None
        if threads is not None and self._process == os.getpid():
            threads.shutdown()
        super().close()

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        token = taken_out(scope)
        head = _head(scope)
        if found := self.look(head, SYSTEM.monotonic()):
            return found
        try:
            async with asyncio.timeout(self.patience):
                body = await _body(receive)
        except TimeoutError:
            return self._answers.too_slow
        return self.hear(head, token, body) or await self._book(token)

    async def _book(self, token: str) -> Answer:
        if self._in_line >= _IN_LINE:
            return self._answers.busy
        self._in_line += 1
        try:
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(self.endurance):
                return await loop.run_in_executor(self._own_threads(), self.book, token)
        except TimeoutError:
            return self._answers.busy
        finally:
            self._in_line -= 1

    def _own_threads(self) -> ThreadPoolExecutor:
        if self._threads is None or self._process != os.getpid():
            # Threads do not live on in the child of a fork.
            self._threads = ThreadPoolExecutor(_THREADS, "unsubscribe")
            self._process = os.getpid()
        return self._threads

    async def _live(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await asyncio.to_thread(self.close)
        await send({"type": "lifespan.shutdown.complete"})


def _head(scope: Scope) -> Head:
    headers = list(scope["headers"])
    client = scope.get("client")
    return Head(
        method=scope["method"],
        content_type=", ".join(_named(headers, b"content-type")),
        length=", ".join(_named(headers, b"content-length")),
        peer=client[0] if client else "",
        forwarded=",".join(_named(headers, b"x-forwarded-for")),
    )


def _named(headers: list[tuple[bytes, bytes]], name: bytes) -> Iterator[str]:
    return (value.decode("latin-1") for key, value in headers if key.lower() == name)


def taken_out(scope: Scope) -> str:
    """The token, which nobody finds in there any more who writes a log afterwards."""
    given = scope.get("query_string", b"")
    # Octets, but for what the test client of Django makes.
    query = given if isinstance(given, str) else given.decode("latin-1")
    token = token_of(scope["path"], query)
    path, query = veiled(scope["path"], query)
    # Changed in place, for uvicorn writes its line from this very mapping.
    scope.update(
        path=path,
        raw_path=path.encode("utf-8", "replace"),
        query_string=query.encode("latin-1", "replace"),
    )
    return token


async def _body(receive: Receive) -> bytes:
    """The body, or as much of it as shows that it is too long."""
    pieces = bytearray()
    while len(pieces) <= LONGEST:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _Gone
        pieces += event.get("body", b"")
        if not event.get("more_body", False):
            break
    return bytes(pieces)


async def _say(answer: Answer, send: Send) -> None:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.headers
    ]
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": headers}
    )
    await send({"type": "http.response.body", "body": answer.body})
