"""cli/summary.py: the account after a run."""

from __future__ import annotations

import attrs

from cli.test_exits import _report
from safesend.cli.summary import summary
from safesend.engine.report import Pause
from safesend.ledger.base import Control
from safesend.ledger.orders import Hold

NOW = 1_800_000_000.0
_HELD = Hold("", Control.PAUSE, "why", "ada", NOW - 60)


def _lines(**fields) -> list[str]:
    return "\n".join(summary(_report(**fields), "safesend send x", NOW)).splitlines()


def test_a_whole_success_is_two_lines():
    """Who got it, how fast, and where that is written down."""
    assert _lines(accepted=9, sent_now=9, seconds=2.0) == [
        "Accepted for 9 of 9 people: 9 now, in 2.0 s (4/s).",
        "Ledger: y",
    ]
    again = "Accepted for 9 of 9 people in earlier runs; nothing was sent now."
    assert _lines(accepted=9)[0] == again


def test_what_was_put_off_says_when_to_run_again():
    """The replies are counted, and the date is told."""
    lines = _lines(
        waiting=3,
        deferred=2,
        next_due=NOW + 300,
        reasons={"waiting": (("451 try later, ada@example.org", 2), ("", 1))},
    )
    assert lines[1] == "          3  waiting"
    assert lines[2] == "             2: 451 try later, a…@example.org"
    assert lines[3] == "          2  of those who wait were put off by the server"
    assert lines[5].startswith("Next: run it again at ")
    assert lines[5].endswith("(in 5 min); nobody gets it twice:")
    assert lines[6] == "  safesend send x"


def test_what_holds_up_the_rest_is_told():
    """Each pause with its reply; hours with their beginning."""
    pause = Pause("smtp://x", "google", NOW + 600, "421 4.7.28 too fast")
    lines = _lines(waiting=3, pauses=(pause,), next_due=NOW + 600)
    assert any(
        line.startswith("Nothing goes to google until ")
        and line.endswith("(in 10 min): 421 4.7.28 too fast")
        for line in lines
    )
    hours = _lines(waiting=3, waiting_for="hours", next_due=NOW + 600)
    assert any(line.startswith("Outside of the sending hours") for line in hours)


def test_a_pause_that_holds_up_nobody_is_not_told():
    """All is done: what is paused does not matter any more."""
    pause = Pause("smtp://x", "google", NOW + 600, "421 4.7.28 too fast")
    assert len(_lines(accepted=9, pauses=(pause,), waiting_for="hours")) == 2


def test_what_is_due_needs_no_date():
    """A run that was stopped can go on at once."""
    lines = _lines(waiting=3, stopped="interrupted", next_due=NOW - 9)
    assert lines[1] == "Stopped before the end: interrupted."
    assert "Next: run it again; nobody gets it twice:" in lines


def test_what_other_workers_have_in_hand_is_theirs():
    """Unless they stop, or somebody waits besides."""
    lines = _lines(accepted=6, waiting=3, in_hand=3)
    assert lines[-2:] == [
        (
            "3 people waiting, in the hands of other workers, who go on with them. Run"
            " it again if these stop:"
        ),
        "  safesend send x",
    ]
    lines = _lines(accepted=6, waiting=3, in_hand=2)
    assert lines[-2:] == [
        "Next: run it again; nobody gets it twice:",
        "  safesend send x",
    ]


def test_a_paused_campaign_is_resumed_first():
    """To run it again alone would do nothing."""
    held = (_HELD, attrs.evolve(_HELD, provider="google"))
    lines = _lines(waiting=3, stopped="paused", waiting_for="order", held=held)
    assert lines[-2:] == ["  safesend resume y", "  safesend send x"]


def test_what_people_hold_is_told_with_the_way_out():
    """Who, since when and why; a part that was cancelled has none."""
    google = attrs.evolve(_HELD, provider="google")
    lines = _lines(waiting=3, waiting_for="order", held=(google,))
    assert lines[2].startswith("Paused for google by ada since ")
    assert lines[2].endswith(": why; to go on: safesend resume y --provider google")
    assert lines[-2:] == ["  safesend resume y --provider google", "  safesend send x"]
    assert not any("google" in line for line in _lines(held=(google,)))
    over = attrs.evolve(google, control=Control.CANCEL)
    [line] = [line for line in _lines(held=(over,)) if "google" in line]
    assert line.startswith("Cancelled for google by ada since ")


def test_before_it_begins_the_way_back_is_told():
    """Until when nothing leaves, and how to undo it."""
    lines = _lines(waiting=3, waiting_for="delay", next_due=NOW + 300)
    assert lines[2].startswith("Nothing leaves before ")
    assert lines[2].endswith(" (in 5 min); to undo: safesend cancel y")


def test_doubt_is_explained_with_the_way_out():
    """A person decides; the command for it is there to be copied."""
    text = "\n".join(_lines(in_doubt=2))
    assert "2 people in doubt" in text
    assert "\n  safesend resolve y" in text


def test_everything_that_was_lost_is_counted():
    """Each state has its words; skipped lines are told, too."""
    text = "\n".join(
        _lines(refused=1, expired=2, failed=3, cancelled=4, suppressed=5, skipped=6)
    )
    for words in (
        "1  refused",
        "2  given up",
        "3  could not be made",
        "4  cancelled",
        "5  left out",
        "6  lines of the list left out",
    ):
        assert words in text


def test_many_reasons_are_cut():
    """Five replies are enough; the ledger has the rest."""
    reasons = {"refused": tuple((f"550 {number}", 1) for number in range(9))}
    lines = _lines(refused=9, reasons=reasons)
    assert len([line for line in lines if "550" in line]) == 5


def test_what_was_purged_besides_is_told():
    """Other campaigns of the ledger, by name."""
    lines = _lines(accepted=9, purged=("spring", "summer"))
    assert lines[-1] == "Purged, since their retention was over: spring, summer."


def test_in_a_ledger_for_many_the_commands_name_the_campaign():
    """As they are printed they can be run, whatever else is there."""
    there = "postgresql://mail@db/mail"
    report = _report(waiting=3, in_doubt=1, waiting_for="pilot")
    lines = "\n".join(summary(attrs.evolve(report, ledger=there), "again", NOW))
    for word in ("approve", "resolve"):
        assert f"  safesend {word} {there} --campaign x" in lines
