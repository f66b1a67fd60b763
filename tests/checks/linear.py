"""Whether time grows no faster than what is read."""

import time
import timeit

__all__ = ["is_linear", "seconds"]


def seconds(action, tries=3):
    """The least processor time of some tries: what else runs is left out.

    Nor is anything collected meanwhile that other tests left behind.
    """
    return min(timeit.repeat(action, timer=time.process_time, number=1, repeat=tries))


def is_linear(read, bit, size=20_000):
    """Whether `read` takes at most eight times as long for four times as much.

    Quadratic reading takes sixteen times as long. What is over in a moment passes.
    """
    short = bit * (size // len(bit))
    much = seconds(lambda: read(4 * short), 3)
    return much < 0.05 or much < 8 * seconds(lambda: read(short), 5)
