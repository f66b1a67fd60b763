"""What a terminal and a service manager say to a process: stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from safesend.engine.stop import Stop

__all__ = ["stopped_by_signals"]

_ASKED = {signal.SIGTERM: "asked to", signal.SIGINT: "interrupted"}


@contextmanager
def stopped_by_signals(stop: Stop) -> Iterator[None]:
    """SIGTERM and SIGINT ask to stop; a second one ends the process at once.

    What was on the wire is then in the marks of its run, and the next one reads them.
    In the main thread only.
    """

    def hear(number: int, _: FrameType | None) -> None:
        if stop.reason is not None:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.ask(_ASKED[signal.Signals(number)])

    before = {number: signal.signal(number, hear) for number in _ASKED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
