"""cli/orders_shown.py: what people ordered, for others to read."""

from __future__ import annotations

import pytest

from safesend.cli.orders_shown import (
    Undoing,
    begin_line,
    command,
    order_line,
    ordered_account,
    ordered_lines,
)
from safesend.engine.events import Idle, Stopping
from safesend.ledger.base import Control
from safesend.ledger.memory import MemoryLedger
from safesend.ledger.orders import Hold, Ordered

NOW = 1_800_000_000.0
GOOGLE = Hold("google", Control.PAUSE, "bounces", "ada", NOW - 60)


def test_a_command_can_be_copied():
    """Quoted where it has to be."""
    assert command("resume", "my fair", campaign="a b", provider="google") == (
        "safesend resume 'my fair' --campaign 'a b' --provider google"
    )
    assert command("cancel", "fair") == "safesend cancel fair"


def test_a_hold_says_who_since_when_why_and_what_then():
    """What was cancelled has no way back."""
    line = order_line(GOOGLE, "fair", NOW)
    assert line.startswith("Paused for google by ada since ")
    assert line.endswith(": bounces; to go on: safesend resume fair --provider google")
    over = order_line(Hold("google", Control.CANCEL, "", "ada", NOW), "fair", NOW)
    assert "to go on" not in over


@pytest.mark.parametrize(
    ("ordered", "number"),
    [
        (Ordered(), 0),
        (Ordered(Control.PAUSE, "why", "ada", NOW), 0),
        (Ordered(holds=(GOOGLE,), begins=NOW + 5), 2),
        (Ordered(holds=(GOOGLE,), begins=NOW - 5), 1),
        (Ordered(Control.CANCEL, begins=NOW + 5), 0),
    ],
)
def test_a_status_tells_what_is_in_force(ordered, number):
    """Of the whole campaign the status itself speaks."""
    account = {"control": ordered.control.value, **ordered_account(ordered)}
    assert len(list(ordered_lines(account, "fair", NOW))) == number


def test_the_account_is_plain():
    """Everything that is held, each with who, when and why."""
    account = ordered_account(Ordered(Control.PAUSE, "", "bob", NOW, holds=(GOOGLE,)))
    assert [one["provider"] for one in account["held"]] == ["", "google"]
    assert account["held"][1] == {
        "provider": "google",
        "control": "pause",
        "reason": "bounces",
        "actor": "ada",
        "since": NOW - 60,
    }
    assert account["begins"] is None


def test_before_it_begins_the_undo_is_told():
    """With the date."""
    line = begin_line(NOW + 300, "fair", NOW, "spring")
    assert line.startswith("Nothing leaves before ")
    assert line.endswith("(in 5 min); to undo: safesend cancel fair --campaign spring")


@pytest.mark.parametrize("others", [0, 1])
def test_who_waits_is_told_once_how_to_undo_it(capsys, others):
    """Every event is passed on; the campaign is named where there are several."""
    ledger, heard = MemoryLedger(), []
    ledger.campaign("spring", NOW)
    for number in range(others):
        ledger.campaign(f"other {number}", NOW)
    listen = Undoing(heard.append, ledger, "fair.db", "spring")
    events = [
        Stopping("x"),
        Idle(NOW, "date"),
        Idle(NOW, "delay"),
        Idle(NOW + 1, "delay"),
    ]
    for event in events:
        listen(event)
    assert heard == events
    name = " --campaign spring" if others else ""
    told = capsys.readouterr().err
    assert told == f"To undo it until then: safesend cancel fair.db{name}\n"
