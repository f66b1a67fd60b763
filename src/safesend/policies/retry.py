"""When a deferred message may be tried again: tenacity's objects, asked for a date.

RFC 5321 section 4.5.4.1 wants the wait between tries to be configurable and to grow;
RFC 6647 section 5 says when a greylisting server takes the second try.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

import attrs
import tenacity

from safesend.errors import ConfigurationError
from safesend.policies.amounts import UNITS, duration

__all__ = ["GREYLIST_WAIT", "Retry", "duration", "reconnect_wait"]

_MINUTE, _HOUR = 60.0, 3600.0
GREYLIST_WAIT = 5 * _MINUTE
"""Seconds before the first retry where a server greylists (RFC 6647 section 5)."""

_JITTER = 0.1
_MOST_WAITS = 100
_LONGEST = 36_525 * 86_400.0  # 100 years
_WAIT = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*(s|min|m|h|d)(?:\s*\*\s*(\d{1,3}))?")
_RECONNECT = tenacity.wait_exponential(multiplier=0.5, max=30)


def _chain(*waits: float) -> tenacity.wait.wait_base:
    """One after the other; the last goes on for ever."""
    return tenacity.wait_chain(*(tenacity.wait_fixed(wait) for wait in waits))


def _default_wait() -> tenacity.wait.wait_base:
    return _chain(5 * _MINUTE, 15 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR)


def _waits(text: str) -> Iterator[float]:
    """The waits of "5m, 1h*3", in seconds."""
    for part in text.split(","):
        hit = _WAIT.fullmatch(part.strip())
        times = int(hit[3] or 1) if hit else 0
        if hit is None or float(hit[1]) == 0 or not 1 <= times <= _MOST_WAITS:
            raise ConfigurationError(
                f"the retries {text!r} are not understood at {part.strip()!r}; write"
                " waits with their unit: '5m, 15m, 1h*3, 4h' (s, m, h, d; *3 for three"
                " times, 100 at most); the last goes on, or 'stop' ends them"
            )
        yield from [float(hit[1]) * UNITS[hit[2]]] * times


@attrs.frozen
class _Tries:
    """The part of tenacity's retry state that its wait and stop objects read."""

    attempt_number: int
    seconds_since_start: float
    outcome: None = None
    upcoming_sleep: float = 0.0
    idle_for: float = 0.0


def _asked(_: object, field: attrs.Attribute[Any], value: Any) -> None:
    """Not only when the first row is put off, in the middle of a mailing."""
    if not callable(value):
        raise ConfigurationError(
            f"Retry({field.name}={value!r}): give one of tenacity's objects; a text is"
            " read by Retry.of('5m, 15m, 1h*3, 4h')"
        )


@attrs.frozen
class Retry:
    """When to try again, and when to give up.

    `wait` and `stop` are tenacity's (join them with + and |); `Retry.of` takes a text.
    The default waits 5 minutes, 15 minutes, 1, 2, then 4 hours each time, a tenth more
    or less, and stops only when the campaign's `give_up_after` is over.
    """

    wait: tenacity.wait.wait_base = attrs.field(factory=_default_wait, validator=_asked)
    stop: tenacity.stop.stop_base = attrs.field(
        factory=lambda: tenacity.stop_never, validator=_asked
    )

    @classmethod
    def of(cls, text: str) -> Retry:
        """Read "5m, 15m, 1h*3, 4h"; the last wait goes on, unless "stop" ends them."""
        if not isinstance(text, str):
            raise ConfigurationError(
                f"the retries {text!r} are no text; write waits: '5m, 15m, 1h*3, 4h'"
            )
        before, comma, last = text.rpartition(",")
        if last.strip() != "stop":
            return cls(_chain(*_waits(text)))
        waits = [*_waits(before)] if comma else []
        # The first try is no retry, and after the last there is no wait.
        return cls(_chain(*waits, 0.0), tenacity.stop_after_attempt(len(waits) + 1))

    @classmethod
    def fixed(cls, waits: Sequence[float], tries: int | None = None) -> Retry:
        """Waits in seconds, the last of which goes on; at most so many tries."""
        if not waits or not all(0 <= wait <= _LONGEST for wait in waits):
            raise ConfigurationError("retries take waits in seconds, one at least")
        stop = (
            tenacity.stop_never if tries is None else tenacity.stop_after_attempt(tries)
        )
        return cls(_chain(*waits), stop)

    @property
    def schedule(self) -> tuple[tuple[float, ...], int | None] | None:
        """The waits and tries that give the same by `fixed`.

        None: it is made of other objects than fixed waits and a number of tries.
        """
        chain = [self.wait]
        if isinstance(self.wait, tenacity.wait_chain):
            chain = list(self.wait.strategies)
        waits = [w.wait_fixed for w in chain if isinstance(w, tenacity.wait_fixed)]
        if len(waits) < len(chain):
            return None
        if self.stop is tenacity.stop_never:
            return tuple(map(float, waits)), None
        if isinstance(self.stop, tenacity.stop_after_attempt):
            return tuple(map(float, waits)), self.stop.max_attempt_number
        return None

    def next_try(
        self,
        attempt: int,
        *,
        now: float,
        first_tried: float,
        jitter: float,
        greylisted: bool = False,
        at_least: float | None = None,
    ) -> float | None:
        """The date of the next try, or None to give up.

        `attempt` counts the tries so far, this one included; `jitter` is a random
        number in [0, 1); the dates are seconds since 1970. `at_least` is the wait in
        seconds that the server asked for ("try again in 300 seconds").
        """
        tries = _Tries(attempt, max(0.0, now - first_tried))
        state = cast("tenacity.RetryCallState", tries)
        if self.stop(state):
            return None
        wait = self.wait(state) * (1 + _JITTER * (2 * jitter - 1))
        # Later rather than at the very second: those put off together come apart.
        least = max(at_least or 0.0, GREYLIST_WAIT if greylisted else 0.0)
        return now + max(wait, least * (1 + _JITTER * jitter))


def reconnect_wait(failures: int, jitter: float) -> float:
    """Seconds before the next connection after so many failed in a row."""
    state = cast("tenacity.RetryCallState", _Tries(failures, 0.0))
    return _RECONNECT(state) * (0.5 + jitter)
