"""Why nothing goes: pauses, hours, dates, and servers that cannot be reached."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from safesend.cli.limits import pace
from safesend.cli.show import moment, when
from safesend.clock import Clock
from safesend.engine.events import (
    Event,
    Held,
    Idle,
    Noted,
    Progressed,
    Unreached,
    Waiting,
)
from safesend.engine.report import Pause
from safesend.redaction import mask_text

__all__ = ["Holdup", "eased_line", "line", "pause_line"]

_IDLE: Mapping[Waiting, str] = {
    "hours": "Outside of the sending hours until {}",
    "pause": "Whoever is left waits for a pause to end, until {}",
    "rate": "Under this limit the next goes at {}",
    "delay": "Nothing leaves before {}",
    "order": "Paused by somebody: 'safesend resume' is waited for, until {}",
    "pilot": "The others wait, to see how the pilot fares, until {}",
    "date": "Nothing is due until {}",
}
_SHORTLY: Mapping[Waiting, str] = {
    "hours": "outside of the sending hours until {}",
    "rate": "under this limit the next goes at {}",
    "delay": "held until {}",
    "order": "paused by somebody, waiting for 'safesend resume'",
    "pilot": "the others wait for the pilot until {}",
    "date": "nothing is due until {}",
}

_SHORT = 60
"""Characters of a reply on the live line; whole it is printed above."""


def pause_line(pause: Held | Pause, now: float) -> str:
    """For whom nothing goes, until when, and which reply asked for that."""
    to = f"to {pause.provider}" if pause.provider else f"through {pause.route}"
    reason = f": {mask_text(pause.reason)}" if pause.reason else ""
    return f"Nothing goes {to} until {when(pause.until, now)}{reason}"


def eased_line(route: str, provider: str, rate: float) -> str:
    """How fast it goes after a server complained."""
    to = f"to {provider}" if provider else f"through {route}"
    return f"At most {pace(rate)} go {to}, since the server said that it was too fast."


def line(event: Held | Idle | Noted | Unreached, now: float) -> str:
    """What is in the way, or may be, in one line."""
    match event:
        case Noted(route, note):
            return f"{route}: {mask_text(note)}"
        case Held():
            return pause_line(event, now)
        case Unreached(reason=reason):  # which names the server
            return f"Not connected yet, trying on: {mask_text(reason)}"
        case Idle(until, waiting):
            return _IDLE[waiting].format(when(until, now))


@attrs.define
class Holdup:
    """Remembers what is in the way, for as long as nothing moves."""

    clock: Clock
    _held: dict[tuple[str, str], Held] = attrs.field(factory=dict)
    _latest: Idle | Unreached | None = None
    _done: int = 0

    def hear(self, event: Event) -> None:
        """Listen to a run."""
        match event:
            case Held():
                self._held[event.route, event.provider] = event
            case Idle() | Unreached():
                self._latest = event
            case Progressed(done=done) if done != self._done:
                self._latest, self._done = None, done
            case _:
                pass

    def words(self) -> str:
        """The reason in a few words; empty where none is known."""
        now = self.clock.now()
        match self._latest:
            case Unreached(reason=reason):
                return f"not connected yet: {_cut(reason)}"
            case Idle(until, "pause") if until > now:
                return self._paused(now)
            case Idle(until, waiting) if until > now:
                return _SHORTLY[waiting].format(moment(until, now))
        return ""

    def _paused(self, now: float) -> str:
        held = [one for one in self._held.values() if one.until > now]
        if not held:
            return ""
        first = min(held, key=lambda one: one.until)
        whom = first.provider or first.route
        until = moment(first.until, now)
        return f"paused: {whom} until {until} ({_cut(first.reason)})"


def _cut(text: str) -> str:
    masked = mask_text(text)
    return masked if len(masked) <= _SHORT else masked[: _SHORT - 1].rstrip() + "…"
