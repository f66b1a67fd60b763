"""Telling how a run goes: a live line on a terminal, else a plain one now and then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, assert_never

import attrs

from safesend.cli.holdups import Holdup, line
from safesend.cli.limits import brief, whole
from safesend.cli.show import console, count, duration, people, say
from safesend.clock import SYSTEM, Clock
from safesend.engine.events import (
    Event,
    Gathering,
    Held,
    Idle,
    Listener,
    Measured,
    Noted,
    Progressed,
    Rehearsed,
    Rehearsing,
    Stopping,
    Switched,
    Unreached,
)

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["Plain", "Troubles", "describe", "watching"]

_EVERY = 10.0
"""Seconds between two plain lines: a log stays readable."""


def describe(event: Event) -> str:
    """An event in one line."""
    match event:
        case Gathering(rows):
            return f"reading the list, {count(rows)} so far"
        case Rehearsing(rows):
            return f"composing and checking, {count(rows)} so far"
        case Rehearsed(recipients, new):
            known = recipients - new
            tail = (
                f"; {count(known)} of them are in the ledger already" if known else ""
            )
            return f"{people(recipients)} checked{tail}"
        case Held() | Idle() | Noted() | Unreached():
            return line(event, SYSTEM.now())
        case Switched() | Stopping():
            return _turn(event)
        case Progressed() | Measured():
            return _pace(event)
        case _:
            assert_never(event)


def _turn(event: Switched | Stopping) -> str:
    if isinstance(event, Stopping):
        return f"stopping, what is on the wire is finished first: {event.reason}"
    whose = f"mail for {event.provider}" if event.provider else "mail"
    way = f"from {event.left} " if event.left else ""
    to = f"to {event.to}" if event.to else "nowhere for now, no other is in order"
    return f"{whose} goes {way}{to}: {event.reason}"


def _pace(event: Progressed | Measured) -> str:
    if isinstance(event, Progressed):
        return _so_far(event)
    if event.limit is None:
        return "nothing limits the pace"
    return f"what limits the pace: {whole(event.limit, event.at)}"


def _so_far(event: Progressed, holdup: str = "", limit: str = "") -> str:
    """How far it is, and how fast and why no faster, or what holds it up."""
    parts = [f"{count(event.done)} of {count(event.total)}"]
    why = f" ({limit})" if limit and event.done < event.total else ""
    parts.append(holdup or f"{event.rate:,.0f}/s{why}")
    if not holdup and event.eta is not None and event.done < event.total:
        parts.append(f"{duration(event.eta)} left")
    return ", ".join(parts + _troubles(event))


def _troubles(event: Progressed) -> list[str]:
    named = {
        "deferred": event.deferred,
        "refused": event.refused,
        "in doubt": event.in_doubt,
    }
    return [f"{count(number)} {name}" for name, number in named.items() if number]


@attrs.define
class Plain:
    """Prints progress at most every ten seconds, and whatever else there is at once.

    What is said already is not said again: a log of a night stays short.
    """

    clock: Clock
    ahead: str = ""
    """What stands before every line."""
    _last: float = attrs.field(init=False)
    _idle: float = float("-inf")
    _said: dict[type[Event], str] = attrs.field(factory=dict)
    _limit: str = ""

    def __attrs_post_init__(self) -> None:
        self._last = self.clock.monotonic()

    def __call__(self, event: Event) -> None:
        """Listen to a run."""
        now = self.clock.monotonic()
        if isinstance(event, Measured):
            self._limit = brief(event.limit)
            return
        if isinstance(event, Gathering | Progressed | Rehearsing):
            if now - self._last < _EVERY:
                return
            self._last = now
        if isinstance(event, Idle):
            if now - self._idle < _EVERY:
                return
            self._idle = now
        words = describe(event)
        if isinstance(event, Progressed):
            words = _so_far(event, limit=self._limit)
        if words != self._said.get(type(event)):
            self._said[type(event)] = words
            say(self.ahead + words, err=True)


@attrs.define
class Troubles:
    """Prints what keeps a service from its work: once, until it got on with it."""

    _said: dict[tuple[str, type[Event]], str] = attrs.field(factory=dict)

    def of(self, campaign: str) -> Listener:
        """Listens to the runs of one campaign."""

        def hear(event: Event) -> None:
            if not isinstance(event, Held | Switched | Unreached):
                return
            words, about = describe(event), (campaign, type(event))
            if words != self._said.get(about):
                self._said[about] = words
                say(f"{campaign}: {words}", err=True)

        return hear

    def over(self, campaign: str) -> None:
        """Something of it went: what comes now is news."""
        for about in [one for one in self._said if one[0] == campaign]:
            del self._said[about]


@attrs.define
class _Live:
    """One line at the bottom of a terminal that is drawn anew."""

    bar: Progress
    task: TaskID
    holdup: Holdup
    _limit: str = ""

    def __call__(self, event: Event) -> None:
        """Listen to a run."""
        self.holdup.hear(event)
        match event:
            case Gathering() | Rehearsing():
                self.bar.update(self.task, words=describe(event))
            case Progressed(done=done, total=total):
                words = _so_far(event, self.holdup.words(), self._limit)
                self.bar.update(self.task, completed=done, total=total, words=words)
            case Rehearsed() | Held() | Noted() | Stopping() | Switched():
                self.bar.console.print(describe(event))
            case Measured(limit=limit):
                self._limit = brief(limit)
            case Idle() | Unreached():
                pass
            case _:
                assert_never(event)


@contextmanager
def watching(*, quiet: bool = False, ahead: str = "") -> Iterator[Listener]:
    """A listener that suits standard error; `quiet` gives one that says nothing.

    `ahead` stands before whatever it says.
    """
    if quiet:
        yield lambda _: None
        return
    screen = console(err=True)
    if not screen.is_terminal:
        yield Plain(SYSTEM, ahead)
        return
    from rich.progress import BarColumn, Progress, TextColumn

    words = TextColumn("{task.fields[words]}", markup=False)
    always = TextColumn(ahead, markup=False)
    with Progress(
        always,
        BarColumn(20),
        words,
        console=screen,
        transient=True,
        refresh_per_second=4,
    ) as bar:
        task = bar.add_task("", total=None, words="starting")
        yield _Live(bar, task, Holdup(SYSTEM))
