"""How a pump hears that its worker is to go: it finishes what is on the wire then.

Celery tells the children of a worker nothing when it ends in good order, it waits for
them. So the first process leaves a mark in memory that it shares with them. A child
that is ended itself (by a service manager that ends the whole group, or by a cold
shutdown) gets SIGTERM, hears it, and ends as Celery wants once its lines are quiet.
"""

from __future__ import annotations

import mmap
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from billiard.process import current_process

from safesend.engine.stop import Stop

__all__ = ["Farewell"]

_LOOK = 0.25
_GOING = "its worker was told to end"


class Farewell:
    """Made before a worker starts its children, who see what is said later on."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, 1)  # anonymous, so shared across fork(2)

    def say(self) -> None:
        """The worker goes."""
        self._page[0] = 1

    def take_back(self) -> None:
        """A worker starts (again, after SIGHUP or in the same process)."""
        self._page[0] = 0

    @property
    def said(self) -> bool:
        """Whether it was said."""
        return self._page[0] != 0

    @contextmanager
    def heard_by(self, stop: Stop) -> Iterator[None]:
        """Ask there to stop when it is said, or when this child gets SIGTERM."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(_LOOK):
                if self.said:
                    stop.ask(_GOING)
                    return

        watching = threading.Thread(target=watch, name="safesend-farewell", daemon=True)
        watching.start()
        try:
            with _sigterm_heard_by(stop):
                yield
        finally:
            over.set()
            watching.join()


@contextmanager
def _sigterm_heard_by(stop: Stop) -> Iterator[None]:
    if not _in_a_child():
        yield  # the first process has Celery's own handler, which says it
        return
    asked: list[int] = []

    def hear(number: int, _: FrameType | None) -> None:
        asked.append(number)
        stop.ask(_GOING)

    before = signal.signal(signal.SIGTERM, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if asked:
            signal.raise_signal(signal.SIGTERM)


def _in_a_child() -> bool:
    own = threading.current_thread() is threading.main_thread()
    return own and current_process().name != "MainProcess"
