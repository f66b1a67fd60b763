"""A coroutine run from code that is none, also where a loop is running already."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import TypeVar

__all__ = ["from_sync"]

T = TypeVar("T")


def from_sync(call: Callable[[], Coroutine[object, object, T]]) -> T:
    """Run the coroutine; in a thread of its own where a loop is running already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(call())
    return _in_thread(call)


def _in_thread(call: Callable[[], Coroutine[object, object, T]]) -> T:
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[T]]] = []
    ended: list[T | BaseException] = []
    over = threading.Event()

    async def body() -> T:
        task = asyncio.ensure_future(call())
        started.append((asyncio.get_running_loop(), task))
        return await task

    def target() -> None:
        try:
            ended.append(asyncio.run(body()))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller
            ended.append(error)
        finally:
            over.set()

    threading.Thread(target=target, name="safesend-send").start()
    try:
        # Not Thread.join: interrupted once, it takes a living thread for ended
        # (bpo-45274).
        over.wait()
    except KeyboardInterrupt:
        for loop, task in started:
            loop.call_soon_threadsafe(task.cancel)
        over.wait()
        raise
    [result] = ended
    if isinstance(result, BaseException):
        raise result
    return result
