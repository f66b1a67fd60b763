"""cli/accounts.py: what a ledger says of its campaigns, as plain values."""

from __future__ import annotations

import json

import pytest

from safesend.cli.accounts import account_of, is_done
from safesend.ledger import open_ledger
from safesend.ledger.base import Result, State
from safesend.policies.sending_hours import SendingHours
from safesend.testing.ledger_rows import NOW, claimed_rows, live_campaign

PROVIDERS = ("google", "gmx", "a.example", "b.example")


@pytest.fixture
def ledger():
    return open_ledger(":memory:")


def test_rows_are_counted_by_provider_the_largest_first(ledger):
    """With those put off apart, although they wait as well."""
    campaign = live_campaign(ledger, 10, providers=PROVIDERS)
    run, rows = claimed_rows(ledger, campaign, 8)
    by = {row.provider: row for row in rows}
    ledger.record(
        run,
        [
            Result(by["google"].id, State.ACCEPTED, code=250),
            Result(by["gmx"].id, State.WAITING, NOW + 900, code=450),
            Result(by["a.example"].id, State.IN_DOUBT),
        ],
        NOW + 5,
    )
    [told] = account_of(ledger, NOW + 60)["campaigns"]
    assert [row["provider"] for row in told["providers"]] == [
        "gmx",
        "google",
        "a.example",
        "b.example",
    ]
    gmx = told["providers"][0]
    assert (gmx["deferred"], gmx["waiting"] + gmx.get("sending", 0)) == (1, 3)
    assert told["providers"][1]["accepted"] == 1
    assert told["providers"][2]["in_doubt"] == 1
    assert told["oldest"] == NOW + 5


@pytest.mark.parametrize(
    ("words", "rate"),
    [
        (json.dumps({"rate": 12.5, "limit": {"kind": "rate"}, "moon": 1}), 12.5),
        ("", None),
        ("[1]", None),
        ("{", None),
    ],
)
def test_whoever_sends_is_told_with_what_it_said(ledger, words, rate):
    """As far as it is understood."""
    campaign = live_campaign(ledger, 2)
    run = ledger.start_run(campaign, NOW, "smtp://x")
    ledger.sight.tell(run, words, NOW + 1)
    [told] = account_of(ledger, NOW + 2)["campaigns"]
    [sender] = told["senders"]
    assert (sender["run"], sender["relay"], sender["alive"]) == (run, "smtp://x", True)
    assert sender["rate"] == rate
    assert sender.keys() == {
        *("run", "pid", "relay", "started", "alive", "told_at"),
        *("rate", "eta", "lanes", "sessions", "busy", "limit"),
    }


def test_sending_hours_count_for_their_own_campaign(ledger):
    """The next is due when they begin."""
    live_campaign(ledger, 2)
    hours = {"spring": SendingHours("Mon 09:00-17:00 UTC")}
    [told] = account_of(ledger, NOW, hours)["campaigns"]
    assert told["next_due"] == hours["spring"].opens_at(NOW) > NOW
    [told] = account_of(ledger, NOW, {"autumn": hours["spring"]})["campaigns"]
    assert told["next_due"] == 0.0


def test_it_is_done_when_nobody_waits(ledger):
    """Whatever else became of them."""
    assert is_done(account_of(ledger, NOW))
    campaign = live_campaign(ledger, 1)
    assert not is_done(account_of(ledger, NOW))
    run, [row] = claimed_rows(ledger, campaign, 1)
    assert not is_done(account_of(ledger, NOW))
    ledger.record(run, [Result(row.id, State.REFUSED, code=550)], NOW)
    assert is_done(account_of(ledger, NOW))
