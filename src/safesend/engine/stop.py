"""A word to whoever sends: finish what is begun, record it, give back the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs

__all__ = ["Stop"]


@attrs.define(eq=False)
class Stop:
    """Asked for from any thread, and from the handler of a signal, at any time.

    Whoever sends hears it at once, or when they begin.
    """

    reason: str | None = None
    _heard: list[Callable[[str], None]] = attrs.field(factory=list, repr=False)

    def ask(self, reason: str) -> None:
        """Stop; the first reason stays."""
        self.reason = self.reason or reason
        for hear in (*self._heard,):
            hear(self.reason)

    @contextmanager
    def heard_by(self, hear: Callable[[str], None]) -> Iterator[None]:
        """Call that with the reason, now if it is asked for already.

        It may be called from any thread, and more than once.
        """
        self._heard.append(hear)
        try:
            if self.reason is not None:
                hear(self.reason)
            yield
        finally:
            self._heard.remove(hear)
