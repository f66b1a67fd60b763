"""What every ledger promises of people's orders: holds, and a date to begin at."""

from __future__ import annotations

from collections import Counter
from functools import partial

from safesend.ledger.base import Control, Ledger, Result, State
from safesend.ledger.orders import Hold, Ordered
from safesend.testing.ledger_rows import (
    NOW,
    PRINT,
    claimed_rows,
    live_campaign,
    make_rows,
    refused,
)

__all__ = [
    "a_cancelled_provider_has_nothing_waiting",
    "a_provider_on_hold_waits",
    "nothing_is_due_before_it_begins",
    "orders_are_for_campaigns",
    "who_ordered_what_is_told",
]

_PROVIDERS = ("google", "yahoo", "example.org")


def _hold(ledger: Ledger, campaign: int, control: Control, provider: str) -> None:
    ledger.orders.hold(
        campaign, provider, control, actor="ada", reason="asks bob@c.example", now=NOW
    )


def who_ordered_what_is_told(ledger: Ledger) -> None:
    """The last word of each kind, masked; of a provider's hold the campaign is free."""
    campaign = ledger.campaign("spring", NOW).id
    other = ledger.campaign("summer", NOW).id
    assert ledger.orders.ordered(campaign) == Ordered()
    ledger.set_control(
        campaign, Control.PAUSE, actor="bob", reason="tell bob@c.example", now=NOW - 1
    )
    _hold(ledger, campaign, Control.PAUSE, "yahoo")
    _hold(ledger, campaign, Control.CANCEL, "google")
    google = Hold("google", Control.CANCEL, "asks b…@c.example", "ada", NOW)
    yahoo = Hold("yahoo", Control.PAUSE, "asks b…@c.example", "ada", NOW)
    told = ledger.orders.ordered(campaign)
    assert told == Ordered(
        Control.PAUSE, "tell b…@c.example", "bob", NOW - 1, holds=(google, yahoo)
    )
    whole = Hold("", Control.PAUSE, "tell b…@c.example", "bob", NOW - 1)
    assert told.stops() == (whole, google, yahoo)
    ledger.set_control(campaign, Control.RUN, actor="ada", reason="", now=NOW)
    _hold(ledger, campaign, Control.RUN, "yahoo")
    assert ledger.orders.ordered(campaign).stops() == (google,)
    assert ledger.campaign("spring", NOW).reason == ""
    assert ledger.orders.ordered(other) == Ordered()


def a_provider_on_hold_waits(ledger: Ledger) -> None:
    """Fresh rows and those put off, and nobody waits for it; lifted, it goes on."""
    campaign = live_campaign(ledger, 12, providers=_PROVIDERS)
    run, rows = claimed_rows(ledger, campaign, 6)
    later = [Result(row.id, State.WAITING, NOW + 1) for row in rows]
    ledger.record(run, later, NOW)
    assert ledger.orders.held_back(campaign) == frozenset()
    _hold(ledger, campaign, Control.PAUSE, "google")
    _hold(ledger, campaign, Control.PAUSE, "nobody.example")
    assert ledger.orders.held_back(campaign) == {"google"}
    claimed = ledger.claim(campaign, run, 99, NOW + 1)
    given = Counter(row.provider for row in claimed)
    assert given == {"yahoo": 4, "example.org": 4}
    assert ledger.next_due(campaign) is None
    _hold(ledger, campaign, Control.RUN, "google")
    assert ledger.next_due(campaign) is not None
    again = ledger.claim(campaign, run, 99, NOW + 1)
    assert [row.provider for row in again] == ["google"] * 4
    assert ledger.orders.held_back(campaign) == frozenset()


def a_cancelled_provider_has_nothing_waiting(ledger: Ledger) -> None:
    """Not now, not when something comes back, not when more of it goes live."""
    campaign = live_campaign(ledger, 6, providers=("google", "yahoo"))
    run = ledger.start_run(campaign, NOW, "smtp://relay.example")
    rows = ledger.claim(campaign, run, 5, NOW)
    google = [row for row in rows if row.provider == "google"]
    yahoo = [row for row in rows if row.provider == "yahoo"]
    assert len(google) == 3
    later = (State.WAITING, NOW + 1)
    ledger.record(run, [Result(google[0].id, *later, doubted=True)], NOW)
    _hold(ledger, campaign, Control.CANCEL, "google")
    back = [Result(google[1].id, *later), Result(yahoo[0].id, *later)]
    assert ledger.record(run, back, NOW) == 2
    ledger.release(run, [google[2].id])
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(9, providers=("google", "yahoo")))
    ledger.go_live(campaign, PRINT, NOW)
    found: Counter[tuple[str, State]] = Counter()
    for one in ledger.sight.spread(campaign):
        found[one.provider, one.state] += one.number
    assert found == {
        ("google", State.IN_DOUBT): 1,
        ("google", State.CANCELLED): 4,
        ("yahoo", State.WAITING): 3,
        ("yahoo", State.SENDING): 1,
    }
    assert ledger.counts(campaign)[State.CANCELLED] == 4
    for control in (Control.RUN, Control.PAUSE):
        refused(_hold, ledger, campaign, control, "google")
    assert ledger.orders.held_back(campaign) == frozenset()


def nothing_is_due_before_it_begins(ledger: Ledger) -> None:
    """The date can be set anew, and taken away."""
    campaign = live_campaign(ledger, 2)
    run = ledger.start_run(campaign, NOW)
    begin = partial(ledger.orders.begin_at, campaign, actor="ada", now=NOW)
    begin(NOW + 60)
    assert ledger.orders.ordered(campaign).begins == NOW + 60
    assert ledger.next_due(campaign) == NOW + 60
    assert ledger.claim(campaign, run, 1, NOW + 59) == []
    assert len(ledger.claim(campaign, run, 1, NOW + 60)) == 1
    begin(NOW + 600)
    assert ledger.claim(campaign, run, 1, NOW + 60) == []
    begin(0)
    assert ledger.next_due(campaign) == 0
    assert len(ledger.claim(campaign, run, 1, NOW)) == 1
    assert ledger.next_due(campaign) is None


def orders_are_for_campaigns(ledger: Ledger) -> None:
    """What names no campaign of this ledger is an error."""
    known = ledger.campaign("spring", NOW).id
    refused(ledger.orders.ordered, known + 1)
    refused(_hold, ledger, known + 1, Control.PAUSE, "google")
    begin = partial(ledger.orders.begin_at, known + 1, NOW, actor="ada", now=NOW)
    refused(begin)
