"""Telling how a run goes: a live line on a terminal, else a plain one now and then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, assert_never

import attrs

from safesend.cli.show import console, count, duration, people, say, when
from safesend.clock import SYSTEM, Clock
from safesend.engine.events import (
    Event,
    Gathering,
    Held,
    Listener,
    Progressed,
    Rehearsed,
    Rehearsing,
    Stopping,
)

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["Plain", "describe", "watching"]

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
        case Held():
            return _held(event)
        case Stopping(reason):
            return f"stopping, what is on the wire is finished first: {reason}"
        case Progressed():
            return _so_far(event)
        case _:
            assert_never(event)


def _so_far(event: Progressed) -> str:
    parts = [f"{count(event.done)} of {count(event.total)}", f"{event.rate:,.0f}/s"]
    if event.eta is not None and event.done < event.total:
        parts.append(f"{duration(event.eta)} left")
    return ", ".join(parts + _troubles(event))


def _held(event: Held) -> str:
    whom = event.provider or "everybody"
    until = when(event.until, SYSTEM.now())
    return f"nothing to {whom} until {until}: {event.reason}"


def _troubles(event: Progressed) -> list[str]:
    named = {
        "deferred": event.deferred,
        "refused": event.refused,
        "in doubt": event.in_doubt,
    }
    return [f"{count(number)} {name}" for name, number in named.items() if number]


@attrs.define
class Plain:
    """Prints progress at most every ten seconds, and whatever else there is at once."""

    clock: Clock
    _last: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._last = self.clock.monotonic()

    def __call__(self, event: Event) -> None:
        """Listen to a run."""
        now = self.clock.monotonic()
        if isinstance(event, Gathering | Progressed | Rehearsing):
            if now - self._last < _EVERY:
                return
            self._last = now
        say(describe(event), err=True)


@attrs.define
class _Live:
    """One line at the bottom of a terminal that is drawn anew."""

    bar: Progress
    task: TaskID

    def __call__(self, event: Event) -> None:
        """Listen to a run."""
        match event:
            case Gathering() | Rehearsing():
                self.bar.update(self.task, words=describe(event))
            case Progressed(done=done, total=total):
                words = _so_far(event)
                self.bar.update(self.task, completed=done, total=total, words=words)
            case Rehearsed() | Held() | Stopping():
                self.bar.console.print(describe(event))
            case _:
                assert_never(event)


@contextmanager
def watching(*, quiet: bool = False) -> Iterator[Listener]:
    """A listener that suits standard error; `quiet` gives one that says nothing."""
    if quiet:
        yield lambda _: None
        return
    screen = console(err=True)
    if not screen.is_terminal:
        yield Plain(SYSTEM)
        return
    from rich.progress import BarColumn, Progress, TextColumn

    words = TextColumn("{task.fields[words]}", markup=False)
    with Progress(
        BarColumn(20), words, console=screen, transient=True, refresh_per_second=4
    ) as bar:
        yield _Live(bar, bar.add_task("", total=None, words="starting"))
