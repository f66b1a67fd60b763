"""What a process that helps tells the one that started it: events, and its end.

They go through a pipe between two processes of one program, as Python packs values.
"""

from __future__ import annotations

import pickle
import threading
from typing import IO

import attrs

from safesend.engine.events import Event, Measured, Progressed

__all__ = ["Over", "Teller", "told"]


@attrs.frozen
class Over:
    """It ended in good order; `trouble`: why it could not do its work, masked."""

    trouble: str = ""


@attrs.define
class Teller:
    """A listener that passes on what counts, and says the last word."""

    pipe: IO[bytes]
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def __call__(self, event: Event) -> None:
        """Pass on how far it is; the rest the other process sees for itself."""
        if isinstance(event, Progressed | Measured):
            self.say(event)

    def say(self, word: Event | Over) -> None:
        """Tell it."""
        with self._lock:
            pickle.dump(word, self.pipe)
            self.pipe.flush()


def told(pipe: IO[bytes]) -> Event | Over | None:
    """The next word of a process that we started; None when there is none any more."""
    try:
        word: Event | Over = pickle.load(pipe)  # noqa: S301 - from our own process
    except (EOFError, pickle.UnpicklingError):  # it was killed, perhaps in a word
        return None
    return word
