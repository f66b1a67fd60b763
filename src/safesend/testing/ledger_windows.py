"""Promises of a ledger about what is begun in it before it leaves."""

from __future__ import annotations

from safesend.ledger.base import Ledger, Result, State
from safesend.testing.ledger_rows import NOW, claimed_rows, live_campaign, refused

__all__ = [
    "a_window_changes_no_row",
    "what_was_begun_and_did_not_leave_waits_again",
    "who_has_ended_begins_nothing",
]


def a_window_changes_no_row(ledger: Ledger) -> None:
    """What was begun is recorded or released as any other row."""
    campaign = live_campaign(ledger, 4)
    run, rows = claimed_rows(ledger, campaign, 3)
    ids = [row.id for row in rows]
    ledger.begin(run, [])
    ledger.begin(run, ids[:2])
    ledger.begin(run, ids[:2])
    assert dict(ledger.counts(campaign)) == {State.SENDING: 3, State.WAITING: 1}
    assert ledger.record(run, [Result(ids[0], State.ACCEPTED)], NOW) == 1
    ledger.release(run, ids[1:])
    found = {State.ACCEPTED: 1, State.WAITING: 3}
    assert dict(ledger.counts(campaign)) == found
    other = ledger.start_run(campaign, NOW)
    assert len(ledger.claim(campaign, other, 9, NOW)) == 3


def what_was_begun_and_did_not_leave_waits_again(ledger: Ledger) -> None:
    """At the end of a run its marks say which rows of a window left."""
    campaign = live_campaign(ledger, 3)
    run = ledger.start_run(campaign, NOW)
    marks = ledger.progress(run)
    ledger.begin(run, [])
    ids = [row.id for row in ledger.claim(campaign, run, 3, NOW)]
    ledger.begin(run, ids[:2])
    marks.take(ids[0])
    ledger.end_run(run, NOW)
    found = {State.IN_DOUBT: 1, State.WAITING: 2}
    assert dict(ledger.counts(campaign)) == found


def who_has_ended_begins_nothing(ledger: Ledger) -> None:
    """Nor does who was never there: others may have its rows."""
    campaign = live_campaign(ledger, 2)
    run, [first, _] = claimed_rows(ledger, campaign, 2)
    ledger.release(run, [first.id])
    ledger.end_run(run, NOW)
    for gone in (run, run + 77):
        refused(ledger.begin, gone, [first.id])
        refused(ledger.begin, gone, [])
