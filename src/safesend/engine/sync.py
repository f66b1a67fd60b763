"""A coroutine run from code that is none, also where a loop is running already."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from typing import TypeVar

from safesend.errors import ConfigurationError

__all__ = ["LOOP", "from_sync"]

LOOP = "SAFESEND_LOOP"
"""The environment variable that names the event loop to send with."""

T = TypeVar("T")


def from_sync(call: Callable[[], Coroutine[object, object, T]]) -> T:
    """Run the coroutine; in a thread of its own where a loop is running already."""
    return _in_thread(call) if _is_running() else _run(call)


def _is_running() -> bool:
    """Asked for by itself, so that no error of a run seems to follow from this one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _run(call: Callable[[], Coroutine[object, object, T]]) -> T:
    with asyncio.Runner(loop_factory=_chosen_loop()) as runner:
        return runner.run(call())


def _chosen_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes a loop: uvloop where it is installed, unless asyncio is asked for."""
    name = os.environ.get(LOOP, "")
    if name not in {"", "asyncio", "uvloop"}:
        raise ConfigurationError(f'{LOOP} is "asyncio" or "uvloop", or not set')
    if name != "asyncio":
        try:
            import uvloop  # noqa: PLC0415  an extra
        except ImportError:
            if name:
                reason = f'{LOOP} is "uvloop": pip install "safesend[uvloop]"'
                raise ConfigurationError(reason) from None
        else:
            made: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
            return made
    return asyncio.new_event_loop


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
            ended.append(_run(body))
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
