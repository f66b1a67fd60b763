"""Whether time grows no faster than what is read."""

import time
import timeit

__all__ = ["is_linear"]


def _seconds(action, tries):
    """The least processor time of some tries: what else runs is left out."""
    return min(timeit.repeat(action, timer=time.process_time, number=1, repeat=tries))


def is_linear(read, bit, size=20_000):
    """Whether `read` takes at most eight times as long for four times as much.

    Quadratic reading takes sixteen times as long. What is over in a moment passes.
    """
    short = bit * (size // len(bit))
    much = _seconds(lambda: read(4 * short), 3)
    return much < 0.05 or much < 8 * _seconds(lambda: read(short), 5)
