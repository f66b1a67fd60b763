"""What a run writes into the log of its program."""

from __future__ import annotations

import logging

import pytest

from safesend.engine import journal
from safesend.engine.events import (
    Gathering,
    Held,
    Idle,
    Noted,
    Rehearsed,
    Stopping,
    Unreached,
)
from safesend.engine.settings import Tally
from safesend.errors import TransportError
from safesend.ledger.base import Result, State

DATE = 1_750_000_000.0
SHOWN = "2025-06-15 15:06:40 UTC"


def _said(caplog):
    return [(one.levelname, one.getMessage()) for one in caplog.records]


@pytest.mark.parametrize(
    ("event", "level", "words"),
    [
        (Rehearsed(9, 4), "INFO", "9 messages were composed and checked, 4 new"),
        (
            Held("smtp://x", "google", DATE, "421 ada@example.org too fast"),
            "WARNING",
            f"nothing goes to google until {SHOWN}: 421 a…@example.org too fast",
        ),
        (
            Held("smtp://x", "", DATE, "421"),
            "WARNING",
            "nothing goes to smtp://x until 2025-06-15 15:06:40 UTC: 421",
        ),
        (
            Idle(DATE, "hours"),
            "INFO",
            "nothing goes until 2025-06-15 15:06:40 UTC (hours)",
        ),
        (
            Unreached("smtp://x", "refused"),
            "WARNING",
            "smtp://x is not reached: refused",
        ),
        (
            Noted("ses://x", "in the sandbox of ada@example.org"),
            "WARNING",
            "ses://x: in the sandbox of a…@example.org",
        ),
        (Stopping("paused"), "WARNING", "the run stops before its end: paused"),
    ],
)
def test_events_are_logged_by_what_they_mean(event, level, words, caplog):
    """Trouble is a warning; addresses are masked."""
    with caplog.at_level(logging.DEBUG, "safesend"):
        journal.hear(event)
    assert _said(caplog) == [(level, words)]


def test_what_comes_many_times_a_second_is_no_news(caplog):
    """Progress is for the screen."""
    with caplog.at_level(logging.DEBUG, "safesend"):
        journal.hear(Gathering(5))
    assert caplog.records == []


def test_a_run_begins_and_ends(caplog):
    """With its counts, and with what made it impossible to go on."""
    with caplog.at_level(logging.INFO, "safesend"):
        journal.begun(3, "smtp://x", 120, 8)
        error = TransportError("550 ada@example.org may not")
        journal.ended(3, Tally(100, 2.5, None), error)
    assert _said(caplog) == [
        ("INFO", "run 3 begins: 120 wait, through smtp://x, 8 connections at most"),
        ("INFO", "run 3 is over: 100 accepted in 2.5 s"),
        ("ERROR", "run 3 could not go on: 550 a…@example.org may not"),
    ]


def test_an_outcome_that_is_no_acceptance_is_told_at_debug(caplog):
    """By the number of its row."""
    refused = Result(7, State.REFUSED, stage="rcpt", code=550, enhanced="5.1.1")
    with caplog.at_level(logging.INFO, "safesend"):
        journal.outcome(refused, "google")
    assert caplog.records == []
    with caplog.at_level(logging.DEBUG, "safesend"):
        journal.outcome(refused, "google")
        journal.outcome(Result(8, State.ACCEPTED, text="ok"), "google")
        journal.outcome(Result(9, State.IN_DOUBT), "")
    assert _said(caplog) == [
        ("DEBUG", "row 7 (google) is refused after rcpt: 550 5.1.1"),
        ("DEBUG", "row 9 (-) is in_doubt after -: no reply"),
    ]


def test_a_connection_is_told_with_how_it_is_secured(caplog):
    """As far as the carrier says so."""
    with caplog.at_level(logging.DEBUG, "safesend"):
        journal.opened("smtp://x", "TLS 1.3")
        journal.opened("memory:", "")
    assert _said(caplog) == [
        ("DEBUG", "connected to smtp://x (TLS 1.3)"),
        ("DEBUG", "connected to memory:"),
    ]


def test_the_library_sets_up_no_logging():
    """Its logger swallows what nobody asked for, and has no level."""
    [handler] = journal.LOG.handlers
    assert isinstance(handler, logging.NullHandler)
    assert (journal.LOG.level, journal.LOG.propagate) == (logging.NOTSET, True)
