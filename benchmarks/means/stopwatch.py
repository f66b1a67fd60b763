"""A stopwatch for the clock on the wall and for the processor."""

from __future__ import annotations

import time
from typing import Self

import attrs

from benchmarks.core.question import Measure

__all__ = ["Stopwatch"]


@attrs.define
class Stopwatch:
    """Runs inside of `with`, as often as need be, and adds up."""

    seconds: float = 0.0
    cpu: float = 0.0
    _wall: float = 0.0
    _process: float = 0.0

    def __enter__(self) -> Self:
        self._process = time.process_time()
        self._wall = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._wall
        self.cpu += time.process_time() - self._process

    def measure(self, messages: int, **extra: float) -> Measure:
        """What was taken for so many messages."""
        return Measure(messages, self.seconds, self.cpu, extra)
