"""When a deferred message may be tried again: tenacity's objects, asked for a date.

RFC 5321 section 4.5.4.1 wants the wait between tries to be configurable and to grow;
RFC 6647 section 5 says when a greylisting server takes the second try.
"""

from __future__ import annotations

from typing import cast

import attrs
import tenacity

__all__ = ["GREYLIST_WAIT", "Retry", "reconnect_wait"]

_MINUTE, _HOUR = 60.0, 3600.0
GREYLIST_WAIT = 5 * _MINUTE
"""Seconds before the first retry where a server greylists (RFC 6647 section 5)."""

_JITTER = 0.1
_RECONNECT = tenacity.wait_exponential(multiplier=0.5, max=30)


def _default_wait() -> tenacity.wait.wait_base:
    steps = (5 * _MINUTE, 15 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR)
    return tenacity.wait_chain(*(tenacity.wait_fixed(step) for step in steps))


@attrs.frozen
class _Tries:
    """The part of tenacity's retry state that its wait and stop objects read."""

    attempt_number: int
    seconds_since_start: float
    outcome: None = None
    upcoming_sleep: float = 0.0
    idle_for: float = 0.0


@attrs.frozen
class Retry:
    """When to try again, and when to give up.

    `wait` and `stop` are tenacity's (join them with + and |). The default waits 5
    minutes, 15 minutes, 1, 2, then 4 hours each time, a tenth more or less, and stops
    only when the campaign's `give_up_after` is over.
    """

    wait: tenacity.wait.wait_base = attrs.field(factory=_default_wait)
    stop: tenacity.stop.stop_base = attrs.field(factory=lambda: tenacity.stop_never)

    def next_try(
        self,
        attempt: int,
        *,
        now: float,
        first_tried: float,
        jitter: float,
        greylisted: bool = False,
    ) -> float | None:
        """The date of the next try, or None to give up.

        `attempt` counts the tries so far, this one included; `jitter` is a random
        number in [0, 1); the dates are seconds since 1970.
        """
        tries = _Tries(attempt, max(0.0, now - first_tried))
        state = cast("tenacity.RetryCallState", tries)
        if self.stop(state):
            return None
        wait = self.wait(state) * (1 + _JITTER * (2 * jitter - 1))
        return now + (max(wait, GREYLIST_WAIT) if greylisted else wait)


def reconnect_wait(failures: int, jitter: float) -> float:
    """Seconds before the next connection after so many failed in a row."""
    state = cast("tenacity.RetryCallState", _Tries(failures, 0.0))
    return _RECONNECT(state) * (0.5 + jitter)
