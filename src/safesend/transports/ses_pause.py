"""What to do while Amazon SES gives no clear answers, or is not reached (pure).

Each message whose end left, and to which no clear answer came, is one that a person
has to look after, and each that did not leave used up some of its patience. So after
the first of them nobody new is let in for a while, and then one: if it is answered all
go on, if not the while doubles.
"""

from __future__ import annotations

import attrs

__all__ = ["DoubtPause"]

_FIRST, _LONGEST = 5.0, 300.0
"""Seconds."""


@attrs.define
class DoubtPause:
    """Shared by the sessions of one transport. Times are seconds of any one clock."""

    _delay: float = 0.0
    _until: float = 0.0
    _tried: bool = False
    """Whether somebody was let in to try."""
    why: str = ""
    """What came in place of an answer."""

    def unanswered(self, now: float, why: str = "") -> None:
        """No clear answer came; that others got none meanwhile is the same trouble."""
        if self._tried or now >= self._until:
            self._delay = min(max(_FIRST, 2 * self._delay), _LONGEST)
            self._until, self._tried = now + self._delay, False
            self.why = why

    def answered(self) -> None:
        """Whatever it was: there are clear answers."""
        self._delay, self._until, self._tried = 0.0, 0.0, False

    def closed(self, now: float) -> float:
        """Seconds for which no session may be opened; 0.0: one may, and it tries."""
        if not self._delay:
            return 0.0
        if now < self._until:
            return self._until - now
        self._until, self._tried = now + self._delay, True
        return 0.0
