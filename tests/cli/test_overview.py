"""cli/overview.py: how far campaigns are, in words."""

from __future__ import annotations

import attrs
import pytest

from safesend.cli.accounts import STATES, account_of
from safesend.cli.overview import WORDS, overview
from safesend.engine.bottleneck import Limit
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.testing.ledger_rows import live_campaign

NOW = 1_750_000_000.0
SENDER = {
    "run": 3,
    "pid": 4711,
    "relay": "smtp://x",
    "started": NOW - 60,
    "alive": True,
    "told_at": NOW - 1,
    "rate": 48.2,
    "eta": 720.0,
    "lanes": 8,
    "sessions": 8,
    "busy": 8,
    "limit": attrs.asdict(Limit(kind="rate", rate=50)),
}


def _campaign(**changes):
    """What is told of one, as it comes from a ledger, but for what a test is about."""
    ledger = open_ledger(":memory:")
    live_campaign(ledger, 1, "fair")
    [campaign] = account_of(ledger, NOW)["campaigns"]
    figures = {
        "enrolled": 2400,
        "counts": {"accepted": 2000, "waiting": 400},
        "providers": [{"provider": "google", "accepted": 2000, "waiting": 400}],
        "next_due": NOW,
    }
    return campaign | figures | changes


def _lines(**changes):
    account = {
        "ledger": "fair.db",
        "pauses": [],
        "eased": [],
        "campaigns": [_campaign(**changes)],
    }
    return list(overview(account, NOW))


def test_every_state_has_words_in_the_same_order():
    """None is left out."""
    assert list(WORDS) == list(STATES)
    assert set(WORDS) == set(State)


def test_who_sends_is_told_with_pace_and_limit():
    """And the next date, which is the run's to know, is not."""
    lines = _lines(senders=[SENDER])
    told = next(line for line in lines if line.startswith("  Sending now"))
    assert told.startswith("  Sending now: process 4711, through smtp://x, since ")
    assert lines[-2:] == [
        "    48/s, about 12 min left, 8 of 8 connections open",
        "    What limits the pace: the rate that is set, 50/s",
    ]


def test_a_run_that_said_nothing_yet_is_told_alone():
    """It has just begun."""
    fresh = SENDER | dict.fromkeys(("rate", "eta", "lanes", "sessions", "limit"))
    lines = _lines(senders=[fresh | {"told_at": 0.0, "pid": 0}])
    assert lines[-1].startswith("  Sending now: run 3, through ")


def test_what_a_newer_run_says_is_left_out_where_it_is_not_known():
    """A limit of another kind, for example."""
    strange = SENDER | {"limit": {"kind": "moonlight"}, "eta": None, "lanes": None}
    assert _lines(senders=[strange])[-1] == "    48/s"


def test_a_run_that_is_silent_is_told_so():
    """It may be stopped, or its disk may hang."""
    lines = _lines(senders=[SENDER | {"told_at": NOW - 300}])
    assert "    It said nothing for 5 min: perhaps it is held or hangs." in lines


def test_without_a_run_it_says_what_to_do():
    """Also where one died."""
    assert _lines()[-1] == (
        "  No process is sending now. The next is due now: run 'safesend send' again."
    )
    dead, last = _lines(senders=[SENDER | {"alive": False}])[-2:]
    assert dead == "  A run died (process 4711); the next one settles what it left."
    assert last.startswith("  No process is sending now.")


def test_who_waits_longest_is_told():
    """With when it was first tried."""
    lines = _lines(deferred=3, oldest=NOW - 7200)
    assert "  3 people put off by the server." in lines
    [line] = [line for line in lines if "waits longest" in line]
    assert line.endswith(", 2 h ago.")


@pytest.mark.parametrize(("number", "rows"), [(1, 0), (2, 3), (13, 12)])
def test_providers_stand_in_a_small_table(number, rows):
    """With one of them it says nothing new; of many the rest are summed up."""
    providers = [
        {"provider": f"p{at:02}", "accepted": 100 - at, "waiting": 2, "deferred": 1}
        for at in range(number)
    ]
    lines = _lines(providers=providers)
    table = [
        line for line in lines if "put off" in line or "  p" in line or "others" in line
    ]
    assert len(table) == rows
    if rows:
        assert table[0].split() == [
            "waiting",
            "put",
            "off",
            "accepted",
            "refused",
            "in",
            "doubt",
        ]
        assert table[1].split() == ["p00", "2", "1", "100"]
    if number > 10:
        assert table[-1].split() == ["3", "others", "6", "3", "267"]


def test_a_provider_without_a_name_has_a_place_too():
    """An older ledger may not know it."""
    rows = [{"provider": "", "sending": 3}, {"provider": "gmx", "refused": 1}]
    lines = _lines(providers=rows)
    assert any(line.split() == ["-", "3"] for line in lines)
    assert any(line.split() == ["gmx", "1"] for line in lines)


def test_a_campaign_without_people_says_what_is_missing():
    """Its enrolling was interrupted, or did not begin."""
    told = "'safesend send' or 'safesend enrol' does that."
    bare = {"enrolled": 0, "counts": {}, "providers": [], "next_due": None}
    assert any(line.endswith(told) for line in _lines(**bare))
    assert not any(line.endswith(told) for line in _lines())
