"""Orders in a file: other processes read them, and every one of them is kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from safesend.ledger import open_ledger
from safesend.ledger.base import Control
from safesend.ledger.orders import Hold
from safesend.testing.ledger_rows import NOW, live_campaign


@pytest.fixture
def place(tmp_path):
    """The path of a ledger with a campaign of six."""
    path = tmp_path / "a.db"
    with closing(open_ledger(path)) as ledger:
        live_campaign(ledger, 6, providers=("google", "yahoo"))
    return path


def test_another_process_reads_what_was_ordered(place):
    """It stands in the file, with who said so, when and why."""
    with closing(open_ledger(place)) as one, closing(open_ledger(place)) as other:
        one.orders.hold(
            1, "google", Control.PAUSE, actor="ada", reason="bounces", now=NOW
        )
        one.orders.begin_at(1, NOW + 5, actor="ada", now=NOW)
        told = other.orders.ordered(1)
        assert told.holds == (Hold("google", Control.PAUSE, "bounces", "ada", NOW),)
        assert told.begins == NOW + 5


def test_every_order_stays_in_the_log(place):
    """With its provider; what was lifted is no longer in force, and still told."""
    with closing(open_ledger(place)) as ledger:
        orders = ledger.orders
        orders.begin_at(1, NOW + 5, actor="ada", now=NOW)
        for step, control in enumerate((Control.PAUSE, Control.RUN, Control.CANCEL), 1):
            orders.hold(
                1, "google", control, actor="ada", reason=f"no. {step}", now=NOW + step
            )
        ledger.set_control(1, Control.PAUSE, actor="bob", reason="", now=NOW + 9)
    with closing(sqlite3.connect(place)) as raw:
        log = raw.execute(
            "SELECT at, control, provider, actor, reason FROM control ORDER BY id"
        ).fetchall()
    assert log == [
        (NOW, "begin", "", "ada", f"at {NOW + 5:.0f}"),
        (NOW + 1, "pause", "google", "ada", "no. 1"),
        (NOW + 2, "run", "google", "ada", "no. 2"),
        (NOW + 3, "cancel", "google", "ada", "no. 3"),
        (NOW + 9, "pause", "", "bob", ""),
    ]


def test_the_reason_of_a_hold_is_none_of_the_campaign(place):
    """Of two pauses each has its own words."""
    with closing(open_ledger(place)) as ledger:
        ledger.set_control(1, Control.PAUSE, actor="bob", reason="all", now=NOW)
        ledger.orders.hold(
            1, "google", Control.PAUSE, actor="ada", reason="one", now=NOW
        )
        [record] = ledger.campaigns()
        told = ledger.orders.ordered(1)
    assert (record.reason, told.reason, told.holds[0].reason) == ("all", "all", "one")
