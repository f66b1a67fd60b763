"""What every contender is timed by."""

from __future__ import annotations

import resource
import time

from benchmarks.core.question import Measure

__all__ = ["Clock"]


class Clock:
    """Begins when it is made: time on the wall, and of the processor."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _spent()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.perf_counter() - self._wall

    def measure(self, messages: int, **extra: float) -> Measure:
        """What it took until now; children that have ended are included."""
        return Measure(messages, self.seconds, _spent() - self._cpu, extra)


def _spent() -> float:
    # Not os.times(), which counts in steps of 10 ms.
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)
