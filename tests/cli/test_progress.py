"""cli/progress.py: what is said while a run goes on."""

from __future__ import annotations

import time

import attrs
import pytest

from integrations.runs import MEASURED as SOME
from safesend.cli.progress import Plain, Troubles, describe, watching
from safesend.engine.bottleneck import Limit
from safesend.engine.events import (
    Held,
    Idle,
    Noted,
    Progressed,
    Rehearsed,
    Rehearsing,
    Stopping,
    Switched,
    Unreached,
)

MEASURED = attrs.evolve(SOME, limit=Limit(kind="rate", rate=50), booked=())
HALF = Progressed(
    done=500,
    total=1000,
    accepted=490,
    deferred=7,
    refused=2,
    in_doubt=1,
    rate=50.2,
    eta=10.0,
)


@attrs.define
class Ticking:
    """A clock that is set by hand."""

    seconds: float = 0.0

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Rehearsing(1500), "composing and checking, 1,500 so far"),
        (Rehearsed(10, 10), "10 people checked"),
        (Rehearsed(10, 4), "10 people checked; 6 of them are in the ledger already"),
        (
            Stopping("paused"),
            "stopping, what is on the wire is finished first: paused",
        ),
        (
            HALF,
            "500 of 1,000, 50/s, 10 s left, 7 deferred, 2 refused, 1 in doubt",
        ),
        (
            attrs.evolve(HALF, done=1000, deferred=0),
            "1,000 of 1,000, 50/s, 2 refused, 1 in doubt",
        ),
        (
            attrs.evolve(HALF, eta=None, deferred=0, refused=0, in_doubt=0),
            "500 of 1,000, 50/s",
        ),
        (MEASURED, "what limits the pace: the rate that is set, 50/s"),
        (attrs.evolve(MEASURED, limit=None), "nothing limits the pace"),
    ],
)
def test_every_event_is_one_line(event, words):
    """Counts, rate, time left, and troubles only where there are some."""
    assert describe(event) == words


def test_a_log_gets_a_line_every_ten_seconds(capsys):
    """Progress comes four times a second; a log is spared most of it."""
    clock = Ticking()
    plain = Plain(clock)
    for done in range(100):
        clock.seconds += 0.25
        plain(attrs.evolve(HALF, done=done))
    plain(Stopping("paused"))
    lines = capsys.readouterr().err.splitlines()
    assert [line[:11] for line in lines] == [
        "39 of 1,000",
        "79 of 1,000",
        "stopping, w",
    ]


def test_why_it_goes_no_faster_is_told_beside_the_rate(capsys):
    """In a few words, and not where everything is done."""
    clock = Ticking()
    plain = Plain(clock)
    plain(MEASURED)
    for done in (500, 1000):
        clock.seconds += 20
        plain(attrs.evolve(HALF, done=done, deferred=0, refused=0, in_doubt=0))
    assert capsys.readouterr().err.splitlines() == [
        "500 of 1,000, 50/s (as set), 10 s left",
        "1,000 of 1,000, 50/s",
    ]


def test_a_log_of_a_long_wait_stays_short(capsys):
    """What was said already is not said again, and dates not one after the other."""
    clock = Ticking()
    plain = Plain(clock)
    for second in range(100):
        clock.seconds += 1
        plain(HALF)
        plain(Unreached("smtp://x", "refused"))
        plain(Idle(clock.seconds + 1e9 + second * 100, "date"))
    lines = capsys.readouterr().err.splitlines()
    assert len([line for line in lines if line.startswith("500 of")]) == 1
    assert len([line for line in lines if line.startswith("Not connected")]) == 1
    assert len([line for line in lines if line.startswith("Nothing is due")]) == 10


def test_without_a_terminal_the_lines_are_plain(capsys):
    """No escape sequence goes into a log."""
    with watching() as listener:
        listener(Rehearsed(3, 3))
    assert capsys.readouterr().err == "3 people checked\n"


def test_quiet_says_nothing(capsys):
    """With --json nothing is told on the way."""
    with watching(quiet=True) as listener:
        listener(Rehearsed(3, 3))
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_one_live_line(capsys, monkeypatch):
    """What matters stays on the screen, the line itself is drawn anew."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with watching() as listener:
        for event in (
            Rehearsing(500),
            Rehearsed(1000, 1000),
            HALF,
            Held("smtp://x", "google", time.time() + 600, "421 too fast"),
            Unreached("smtp://x", "refused"),
            Noted("ses://x", "in the sandbox"),
            Idle(time.time() + 600, "pause"),
            MEASURED,
            HALF,
            Stopping("paused"),
        ):
            listener(event)
    shown = capsys.readouterr().err
    assert "Nothing goes to google until" in shown
    assert "paused: google until" in shown
    assert "ses://x: in the sandbox" in shown
    assert "1000" in shown.replace(",", "")
    assert "finished first: paused" in shown
    assert "\x1b[" in shown


def test_a_switch_is_told_with_both_carriers_and_the_reason():
    """And that nobody is there to take over, where that is so."""
    moved = Switched("smtp://a", "smtp://b", "", "535 no", 0.0)
    assert describe(moved) == "mail goes from smtp://a to smtp://b: 535 no"
    lost = Switched("smtp://a", "", "google", "421", 0.0)
    assert describe(lost) == (
        "mail for google goes from smtp://a nowhere for now, no other is in order: 421"
    )


def test_a_service_tells_its_troubles_once(capsys):
    """Until something went; what is no trouble is not told."""
    troubles, away = Troubles(), Unreached("smtp://x", "x: connection refused")
    for _ in range(2):
        troubles.of("fair")(away)
        troubles.of("fair")(Rehearsed(5, 5))
    troubles.of("bins")(away)
    troubles.over("fair")
    troubles.of("fair")(away)
    words = "Not connected yet, trying on: x: connection refused"
    told = [f"{name}: {words}" for name in ("fair", "bins", "fair")]
    assert capsys.readouterr().err.splitlines() == told
