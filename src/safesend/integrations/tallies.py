"""What the runs of a process did together, out of what each of them tells.

A run counts from its own beginning; whoever collects figures wants those of the whole
process, which only grow. No label names a person or a campaign.
"""

from __future__ import annotations

from collections import Counter

import attrs

from safesend.engine.events import Attempts, Measured

__all__ = ["STATES", "Growth", "Levels", "Tallies"]

STATES = ("draft", "waiting", "sending")
"""The states in which rows are queued."""

_Counts = dict[tuple[str, str, str], int]
_Seconds = dict[str, float]


@attrs.frozen
class Growth:
    """By how much the counts of a run grew since it was last heard."""

    messages: _Counts
    """By transport, provider and outcome."""
    attempts: Attempts
    waited: _Seconds
    """By the name of the limit."""


@attrs.frozen
class Levels:
    """How things stand, over all runs that go on (and the last ones that ended)."""

    queue: dict[str, int]
    oldest: float
    windows: dict[str, int]
    connections: dict[str, int]
    in_doubt: int


@attrs.define
class Tallies:
    """Hears every run. `domains`: mere domains are labels too, in place of "other"."""

    domains: bool = False
    _runs: dict[tuple[str, int, float], Measured] = attrs.field(factory=dict)

    def hear(self, event: Measured) -> Growth:
        """Take in what a run says, and give what is new in it."""
        name = (event.relay, event.run, event.began)
        before = self._runs.get(name)
        for other, last in list(self._runs.items()):
            if last.last and last.relay == event.relay:
                del self._runs[other]
        self._runs[name] = event
        return self._growth(before, event)

    def levels(self) -> Levels:
        """How things stand now."""
        runs = list(self._runs.values())
        queue: Counter[str] = Counter()
        for run in runs:
            queue.update(dict(run.queue))
        busy, open_ = sum(run.busy for run in runs), sum(run.sessions for run in runs)
        return Levels(
            {state: queue[state] for state in STATES},
            max((run.at - run.oldest for run in runs if run.oldest), default=0.0),
            {
                self._label(course.provider): course.window
                for run in runs
                for course in run.courses
            },
            {"busy": busy, "idle": open_ - busy},
            queue["in_doubt"],
        )

    def _growth(self, before: Measured | None, event: Measured) -> Growth:
        messages, waited = self._messages(event), self._waited(event)
        if before is None:
            return Growth(messages, event.attempts, waited)
        known, past = self._messages(before), self._waited(before)
        now, then = event.attempts, before.attempts
        return Growth(
            {at: number - known.get(at, 0) for at, number in messages.items()},
            Attempts(
                now.bounds,
                tuple(a - b for a, b in zip(now.numbers, then.numbers, strict=True)),
                tuple(a - b for a, b in zip(now.seconds, then.seconds, strict=True)),
            ),
            {at: seconds - past.get(at, 0.0) for at, seconds in waited.items()},
        )

    def _messages(self, event: Measured) -> _Counts:
        counts: Counter[tuple[str, str, str]] = Counter()
        for one in event.booked:
            at = (event.relay, self._label(one.provider), one.outcome)
            counts[at] += one.number
        return dict(counts)

    def _waited(self, event: Measured) -> _Seconds:
        seconds: _Seconds = {}
        for one in event.waited:
            label = self._label(one.provider)
            key = f"eased {label}" if one.eased else label
            seconds[key] = seconds.get(key, 0.0) + one.seconds
        return seconds

    def _label(self, provider: str) -> str:
        if not provider:
            return "all"
        return provider if self.domains or "." not in provider else "other"
