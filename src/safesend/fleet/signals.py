"""What a terminal and a service manager say to a process: stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from safesend.engine.stop import Stop

__all__ = ["interrupted_by_sigterm", "stopped_by_signals"]

_ASKED = {signal.SIGTERM: "asked to", signal.SIGINT: "interrupted"}


@contextmanager
def stopped_by_signals(stop: Stop) -> Iterator[None]:
    """SIGTERM and SIGINT ask to stop; a second one ends the process at once.

    What was on the wire is then in the marks of its run, and the next one reads them.

    """

    def hear(number: int, _: FrameType | None) -> None:
        if stop.reason is not None:
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
