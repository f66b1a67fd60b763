"""What a terminal and a service manager say to a process: stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from safesend.clock import SYSTEM
from safesend.engine.stop import Stop

__all__ = ["interrupted_by_sigterm", "stopped_by_signals"]

_ECHO = 0.5
"""Seconds for which the same word may come again."""
_ASKED = {signal.SIGTERM: "told to stop", signal.SIGINT: "interrupted"}


@contextmanager
def stopped_by_signals(stop: Stop) -> Iterator[None]:
    """SIGTERM and SIGINT ask to stop; a second one ends the process at once.

    What was on the wire is then in the marks of its run, and the next one reads them.
    What comes with the first is no second one: timeout(1) and some service managers
    tell a process and its group, and so tell it twice.
    """
    first: list[float] = []

    def hear(number: int, _: FrameType | None) -> None:
        now = SYSTEM.monotonic()
        first.append(now)
        if stop.reason is not None and now - first[0] > _ECHO:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.ask(_ASKED[signal.Signals(number)])

    with _handled(dict.fromkeys(_ASKED, hear)):
        yield


@contextmanager
def interrupted_by_sigterm() -> Iterator[None]:
    """SIGTERM does what Ctrl-C does."""

    def hear(_number: int, _frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGINT)

    with _handled({signal.SIGTERM: hear}):
        yield


@contextmanager
def _handled(hears: Mapping[signal.Signals, Callable[..., None]]) -> Iterator[None]:
    """Other threads than the main one hear no signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, hear) for number, hear in hears.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
