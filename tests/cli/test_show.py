"""cli/show.py: counts, dates, masks."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safesend.cli import show


def test_counts_are_grouped():
    """Thousands stand apart."""
    assert show.count(2417) == "2,417"
    assert show.people(1) == "1 person"
    assert show.people(2417) == "2,417 people"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.42, "0.4 s"),
        (31.2, "31 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (11_400, "3 h 10 min"),
        (187_200, "2 d 4 h"),
    ],
)
def test_durations_are_short(seconds, words):
    """Two units are enough."""
    assert show.duration(seconds) == words


def test_a_date_says_how_far_it_is():
    """Today the hour is enough; another day has its date."""
    now = 1_800_000_000.0
    assert show.when(now + 65, now).endswith("(in 1 min 5 s)")
    assert show.when(now - 1, now).endswith("(now)")
    assert len(show.when(now, now)) < len(show.when(now + 10 * 86_400, now))


@given(st.text())
def test_nothing_printed_steers_the_terminal(text):
    """No control, bidi or invisible character survives; line feeds and tabs do."""
    shown = show.printable(text)
    left = {unicodedata.category(char) for char in shown if char not in "\n\t"}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text())
@example("\x7f")
def test_an_object_for_programs_steers_no_terminal_either(text):
    """It is the same object, and names with accents stay."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        show.emit({"é": text})
    left = {unicodedata.category(char) for char in out.getvalue() if char != "\n"}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert json.loads(out.getvalue()) == {"é": text}
    assert '"é"' in out.getvalue()


def test_names_with_accents_stay_as_they_are():
    """Ordinary letters of any script are printed."""
    assert show.printable("Dagný Jónsdóttir, 山田\n") == "Dagný Jónsdóttir, 山田\n"
    assert show.printable("\x1b[2J\u202e") == "\\x1b[2J\\u202e"


def test_only_the_sender_is_shown_whole():
    """Every other address is masked, also one that contains the sender's."""
    mask = show.Masker(frozenset({"fair@example.org"}))
    text = "From: <fair@example.org>, to affair@example.org and ada@example.com"
    assert (
        mask(text) == "From: <fair@example.org>, to a…@example.org and a…@example.com"
    )


@pytest.mark.parametrize(
    "tricky",
    [
        "x-fair@example.org",
        "fair@example.org.uk",
        "a+fair@example.org",
        "x@fair@example.org",
    ],
)
def test_an_address_that_looks_like_the_senders_is_masked(tricky):
    """The exception holds for the whole address only."""
    assert tricky not in show.Masker(frozenset({"fair@example.org"}))(f"to {tricky}!")


def test_masks_can_be_lifted_and_need_no_sender():
    """`show_all` shows all; without a sender all are masked."""
    assert (
        show.Masker(frozenset(), show_all=True)("ada@example.org") == "ada@example.org"
    )
    assert show.Masker(frozenset())("ada@example.org") == "a…@example.org"


def test_json_is_one_object_with_letters_as_they_are(capsys):
    """Names are readable in the JSON, too."""
    show.emit({"name": "Béla"})
    printed = capsys.readouterr().out
    assert "Béla" in printed
    assert json.loads(printed) == {"name": "Béla"}


def test_json_is_json_where_letters_are_lacking(monkeypatch):
    """As in the locale C, or in an old one."""
    octets = io.BytesIO()
    narrow = io.TextIOWrapper(octets, "latin-1", errors="backslashreplace")
    monkeypatch.setattr(sys, "stdout", narrow)
    show.emit({"name": "B\u00e9la \U0001f600"})
    narrow.flush()
    assert json.loads(octets.getvalue()) == {"name": "B\u00e9la \U0001f600"}


def test_say_goes_where_it_is_told(capsys):
    """Results to standard output, the rest to standard error."""
    show.say("one")
    show.say("two\x07", err=True)
    assert capsys.readouterr() == ("one\n", "two\\x07\n")


def test_the_console_leaves_brackets_alone(capsys):
    """A letter that contains [bold] or :smile: is printed as it is."""
    show.console().print("[bold]x[/bold] :smile: 123")
    assert capsys.readouterr().out == "[bold]x[/bold] :smile: 123\n"


def test_a_day_is_that_of_the_local_calendar():
    """Whatever the zone is: the day begins at midnight there."""
    midnight = dt.datetime(2027, 1, 15).timestamp()  # noqa: DTZ001
    days = [show.day(midnight + seconds) for seconds in (-1, 0, 86_399)]
    assert days == ["2027-01-14", "2027-01-15", "2027-01-15"]
