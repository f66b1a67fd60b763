"""cli/holdups.py: why nothing goes."""

from __future__ import annotations

import attrs
import pytest

from safesend.cli.holdups import Holdup, eased_line, line, pause_line
from safesend.cli.show import moment
from safesend.engine.events import Held, Idle, Progressed, Stopping, Unreached
from safesend.engine.report import Pause
from safesend.testing import FakeClock

RELAY = "smtp://mail.example.org:587"
NOW = FakeClock().now()
SOON = NOW + 600
PROGRESS = Progressed(
    done=5, total=9, accepted=5, deferred=0, refused=0, in_doubt=0, rate=0.0, eta=None
)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            Held(RELAY, "google", SOON, "421 4.7.28 too fast for ada@example.org"),
            "Nothing goes to google until {at}: 421 4.7.28 too fast for a…@example.org",
        ),
        (Held(RELAY, "", SOON, ""), f"Nothing goes through {RELAY} until {{at}}"),
        (Idle(SOON, "hours"), "Outside of the sending hours until {at}"),
        (Idle(SOON, "pause"), "Whoever is left waits for a pause to end, until {at}"),
        (Idle(SOON, "date"), "Nothing is due until {at}"),
        (Idle(SOON, "rate"), "Under this limit the next goes at {at}"),
        (Idle(SOON, "delay"), "Nothing leaves before {at}"),
        (
            Idle(SOON, "order"),
            "Paused by somebody: 'safesend resume' is waited for, until {at}",
        ),
        (
            Unreached(RELAY, "mail.example.org:587: connection refused"),
            "Not connected yet, trying on: mail.example.org:587: connection refused",
        ),
    ],
)
def test_what_is_in_the_way_is_one_line(event, words):
    """For whom, until when, and why; masked."""
    assert line(event, NOW) == words.format(at=f"{moment(SOON, NOW)} (in 10 min)")


def test_a_pause_of_a_report_reads_as_that_of_an_event():
    """They say the same."""
    given = (RELAY, "gmx", SOON, "450 later")
    assert pause_line(Pause(*given), NOW) == line(Held(*given), NOW)


@pytest.mark.parametrize(
    ("rate", "words"),
    [(12.5, "12.5/s"), (1.0, "1/s"), (0.5, "30/min"), (0.001, "3.6/h")],
)
def test_an_eased_rate_is_told_in_a_unit_that_reads_well(rate, words):
    """Of a provider, or of everything that goes through a server."""
    assert f"At most {words} go to google," in eased_line(RELAY, "google", rate)
    assert f"At most {words} go through {RELAY}," in eased_line(RELAY, "", rate)


def test_the_live_line_says_why_for_as_long_as_nothing_moves():
    """Until a message goes, or the date is there."""
    clock = FakeClock()
    holdup = Holdup(clock)
    assert holdup.words() == ""
    at = moment(SOON, NOW)
    for event, words in (
        (Unreached(RELAY, "refused"), "not connected yet: refused"),
        (Idle(SOON, "hours"), f"outside of the sending hours until {at}"),
        (Idle(SOON, "date"), f"nothing is due until {at}"),
        (Idle(SOON, "rate"), f"under this limit the next goes at {at}"),
        (PROGRESS, ""),
        (Idle(SOON, "pause"), ""),
        (Held(RELAY, "", SOON + 60, "421 x"), None),
        (Held(RELAY, "google", SOON, "421 " + "x" * 99), None),
        (Stopping("paused"), None),
        (PROGRESS, f"paused: google until {at} (421 {'x' * 55}…)"),
        (attrs.evolve(PROGRESS, done=6), ""),
    ):
        holdup.hear(event)
        assert words is None or holdup.words() == words
    holdup.hear(Idle(SOON, "date"))
    clock.advance(601)
    assert holdup.words() == ""


def test_a_pause_of_all_names_the_server():
    """There is no provider to name."""
    holdup = Holdup(FakeClock())
    holdup.hear(Held(RELAY, "", SOON, "421 no"))
    holdup.hear(Idle(SOON, "pause"))
    assert holdup.words() == f"paused: {RELAY} until {moment(SOON, NOW)} (421 no)"
