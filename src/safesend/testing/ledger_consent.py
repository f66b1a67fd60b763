"""What every ledger promises of approvals, and of a pilot."""

from __future__ import annotations

import functools

import attrs

from safesend.ledger.base import Control, Ledger, Result, Shares, State
from safesend.ledger.consent import PilotRecord, distinct
from safesend.ledger.history import Approval
from safesend.policies.pilot import Pilot, PilotSeen
from safesend.testing.ledger_rows import (
    NOW,
    PRINT,
    account_of,
    ask_for,
    claimed_rows,
    digest,
    live_campaign,
    make_rows,
    refused,
)

__all__ = [
    "a_pilot_begins_anew_with_another_letter",
    "a_pilot_begins_once",
    "a_pilot_goes_alone",
    "a_pilot_has_its_number",
    "a_pilot_is_of_those_never_tried",
    "a_pilot_obeys_pauses_and_shares",
    "a_short_list_needs_no_pilot",
    "an_approval_is_of_one_content",
    "how_a_pilot_fares_is_known",
    "seeds_go_with_a_pilot",
    "what_must_be_approved_is_remembered",
    "who_still_may_get_it_is_known",
]

_ONE, _OTHER = b"1" * 32, b"2" * 32


def an_approval_is_of_one_content(ledger: Ledger) -> None:
    """Who agreed to what is kept in order, for its campaign alone; names are masked."""
    consent = ledger.consent
    campaign = ledger.campaign("spring", NOW).id
    other = ledger.campaign("summer", NOW).id
    assert consent.approvals(campaign) == []
    consent.approve(campaign, _ONE, actor="ada", reason="read it", now=NOW)
    consent.approve(campaign, _OTHER, actor="bo@example.org", reason="", now=NOW + 1)
    consent.approve(campaign, _ONE, actor="Ada", reason="", now=NOW + 2)
    first = Approval(NOW, _ONE, "ada", "read it")
    again = Approval(NOW + 2, _ONE, "Ada", "")
    assert consent.approvals(campaign, _ONE) == [first, again]
    assert distinct(consent.approvals(campaign, _ONE)) == ["ada"]
    assert [one.at for one in consent.approvals(campaign)] == [NOW, NOW + 1, NOW + 2]
    assert "bo@" not in consent.approvals(campaign, _OTHER)[0].actor
    assert consent.approvals(campaign, b"3" * 32) == consent.approvals(other) == []
    approve = functools.partial(consent.approve, actor="ada", reason="", now=NOW)
    refused(approve, other + 1, _ONE)


def who_still_may_get_it_is_known(ledger: Ledger) -> None:
    """As they were enrolled: who waits, is being sent to or in doubt; no draft."""
    campaign = live_campaign(ledger, 5)
    run, rows = claimed_rows(ledger, campaign, 4)
    states = (State.ACCEPTED, State.IN_DOUBT, State.WAITING)
    results = [Result(row.id, state) for row, state in zip(rows, states, strict=False)]
    ledger.record(run, results, NOW)
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(9))
    found = sorted(ledger.consent.awaiting(campaign))
    assert found == sorted(row.payload for row in make_rows(5)[1:])


def what_must_be_approved_is_remembered(ledger: Ledger) -> None:
    """How many people must approve holds until somebody changes it; that is kept."""
    consent = ledger.consent
    campaign = ledger.campaign("spring", NOW).id
    assert consent.needed(campaign) == 0
    for people in (2, 2, 1):
        consent.need(campaign, people, actor="ada", now=NOW)
        assert consent.needed(campaign) == people
    orders = ledger.history.chronicle(campaign, NOW).orders
    assert [(order.what, order.actor) for order in orders] == [("approvals", "ada")] * 2


def a_pilot_goes_alone(ledger: Ledger) -> None:
    """The first of the list may be claimed, in order; the others when it is over."""
    consent = ledger.consent
    campaign = live_campaign(ledger, 10)
    consent.plan_pilot(campaign, Pilot(4, "1h", "2%"), PRINT)
    assert consent.pilot(campaign) == PilotRecord(Pilot(4, 3600.0, 0.02))
    refused(consent.pilot_seen, campaign)
    assert not consent.release(campaign, actor="ada", reason="", now=NOW)
    assert ledger.next_due(campaign) == 0.0
    run, rows = claimed_rows(ledger, campaign, 3)
    assert [row.digest for row in rows] == [digest(n) for n in range(3)]
    [last] = ledger.claim(campaign, run, 10, NOW)
    assert last.digest == digest(3)
    assert ledger.next_due(campaign) is None
    assert ledger.claim(campaign, run, 10, NOW) == []
    assert consent.pilot(campaign) == PilotRecord(Pilot(4, 3600.0, 0.02), NOW)

    assert consent.release(campaign, actor="ada", reason="fine", now=NOW + 1)
    assert not consent.release(campaign, actor="bo", reason="", now=NOW + 2)
    assert consent.pilot(campaign) == PilotRecord(Pilot(4, 3600.0, 0.02), NOW, NOW + 1)
    assert ledger.next_due(campaign) == 0.0
    assert len(ledger.claim(campaign, run, 10, NOW)) == 6
    [order] = ledger.history.chronicle(campaign, NOW).orders
    assert (order.what, order.actor, order.reason) == ("approve", "ada", "fine")


def a_pilot_begins_once(ledger: Ledger) -> None:
    """Planned again it stays as it is, begun or over; its people may be tried again."""
    consent = ledger.consent
    campaign = live_campaign(ledger, 6)
    consent.plan_pilot(campaign, None, PRINT)
    assert consent.pilot(campaign) is None
    consent.plan_pilot(campaign, Pilot(5), PRINT)
    consent.plan_pilot(campaign, Pilot(2), PRINT)
    run, rows = claimed_rows(ledger, campaign, 10)
    assert len(rows) == 2
    later = [Result(row.id, State.WAITING, NOW + 60) for row in rows]
    ledger.record(run, later, NOW)
    for terms in (Pilot(4), None):
        consent.plan_pilot(campaign, terms, PRINT)
    assert ledger.next_due(campaign) == NOW + 60
    assert ledger.claim(campaign, run, 10, NOW) == []
    again = ledger.claim(campaign, run, 10, NOW + 60)
    assert {row.digest for row in again} == {row.digest for row in rows}
    ledger.release(run, [again[0].id])
    assert ledger.next_due(campaign) == NOW + 60
    consent.release(campaign, actor="ada", reason="", now=NOW)
    consent.plan_pilot(campaign, Pilot(1), PRINT)
    assert len(ledger.claim(campaign, run, 10, NOW + 60)) == 5


def a_pilot_is_of_those_never_tried(ledger: Ledger) -> None:
    """Who was tried before is none of it, and waits for its end like the others."""
    consent = ledger.consent
    campaign = live_campaign(ledger, 7)
    run, rows = claimed_rows(ledger, campaign, 3)
    tried, untouched, sent = rows
    ledger.record(run, [Result(tried.id, State.WAITING, NOW + 5, code=450)], NOW)
    ledger.record(run, [Result(sent.id, State.ACCEPTED)], NOW)
    ledger.release(run, [untouched.id])
    consent.plan_pilot(campaign, Pilot(2), PRINT)
    pilot = ledger.claim(campaign, run, 10, NOW + 10)
    assert {row.digest for row in pilot} == {digest(1), digest(3)}
    ledger.record(run, [Result(row.id, State.ACCEPTED) for row in pilot], NOW + 10)
    assert ledger.next_due(campaign) is None
    assert consent.pilot_seen(campaign) == PilotSeen(
        people=2, open=0, in_doubt=0, lost=0, last=NOW + 10
    )
    consent.release(campaign, actor="ada", reason="", now=NOW)
    rest = ledger.claim(campaign, run, 10, NOW + 10)
    assert {row.digest for row in rest} == {digest(n) for n in (0, 4, 5, 6)}


def a_pilot_has_its_number(ledger: Ledger) -> None:
    """Where too few were never tried, the first of those who were go with it."""
    consent = ledger.consent
    campaign = live_campaign(ledger, 6)
    run, rows = claimed_rows(ledger, campaign, 5)
    put_off = [Result(row.id, State.WAITING, NOW + 1, code=450) for row in rows]
    ledger.record(run, put_off, NOW)
    consent.plan_pilot(campaign, Pilot(3), PRINT)
    pilot = ledger.claim(campaign, run, 10, NOW + 10)
    assert {row.digest for row in pilot} == {digest(5), digest(0), digest(1)}
    assert ledger.claim(campaign, run, 10, NOW + 10) == []
    assert consent.pilot_seen(campaign).people == 3


def a_short_list_needs_no_pilot(ledger: Ledger) -> None:
    """With as many people as the pilot has, or fewer, all of them may be claimed."""
    consent = ledger.consent
    campaign = live_campaign(ledger, 3)
    consent.plan_pilot(campaign, Pilot(3), PRINT)
    run, rows = claimed_rows(ledger, campaign, 10)
    assert len(rows) == 3
    record = consent.pilot(campaign)
    assert record is not None
    assert not record.holds
    refused(consent.pilot_seen, campaign)
    ledger.record(run, [Result(row.id, State.ACCEPTED) for row in rows], NOW)
    # For those who come later it may be planned once more.
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(9))
    ledger.go_live(campaign, PRINT, NOW)
    consent.plan_pilot(campaign, Pilot(3), PRINT)
    assert len(ledger.claim(campaign, run, 10, NOW)) == 3


def seeds_go_with_a_pilot(ledger: Ledger) -> None:
    """The sender's own mailboxes before its last person go with it, uncounted."""
    consent = ledger.consent
    campaign = ledger.campaign("spring", NOW).id
    ledger.begin_draft(campaign)
    seeds = {0, 2, 5}
    rows = [
        attrs.evolve(row, kind=int(number in seeds))
        for number, row in enumerate(make_rows(9))
    ]
    ledger.enrol(campaign, rows)
    ledger.go_live(campaign, PRINT, NOW)
    consent.plan_pilot(campaign, Pilot(2), PRINT)
    run, rows_given = claimed_rows(ledger, campaign, 10)
    assert {row.digest for row in rows_given} == {digest(n) for n in range(4)}
    ledger.record(run, [Result(row.id, State.ACCEPTED) for row in rows_given], NOW)
    assert consent.pilot_seen(campaign).people == 2


def a_pilot_begins_anew_with_another_letter(ledger: Ledger) -> None:
    """A letter other than the live one has a pilot of its own, of its own people."""
    consent = ledger.consent
    campaign = live_campaign(ledger, 9)
    consent.plan_pilot(campaign, Pilot(2), PRINT)
    run, rows = claimed_rows(ledger, campaign, 10)
    ledger.record(run, [Result(row.id, State.ACCEPTED) for row in rows], NOW)
    consent.release(campaign, actor="ada", reason="", now=NOW)
    consent.plan_pilot(campaign, None, b"another")
    ledger.begin_draft(campaign)
    ledger.go_live(campaign, b"another", NOW)
    assert ledger.claim(campaign, run, 10, NOW + 1) == []
    assert consent.pilot(campaign) == PilotRecord(Pilot(2))
    anew = ledger.claim(campaign, ledger.start_run(campaign, NOW), 10, NOW + 1)
    assert [row.digest for row in anew] == [digest(2), digest(3)]
    assert consent.pilot_seen(campaign).people == 2
    consent.plan_pilot(campaign, Pilot(3), b"a third")
    ledger.begin_draft(campaign)
    ledger.go_live(campaign, b"a third", NOW)
    run = ledger.start_run(campaign, NOW)
    assert len(ledger.claim(campaign, run, 10, NOW + 2)) == 3
    assert consent.pilot_seen(campaign).people == 3


def a_pilot_obeys_pauses_and_shares(ledger: Ledger) -> None:
    """Its people go as others do: nobody of a held provider, nobody while paused."""
    consent = ledger.consent
    campaign = live_campaign(ledger, 9, providers=("google", "example.org"))
    consent.plan_pilot(campaign, Pilot(6), PRINT)
    run = ledger.start_run(campaign, NOW)
    ask_for(ledger, campaign, Control.PAUSE)
    assert ledger.claim(campaign, run, 10, NOW) == []
    ask_for(ledger, campaign, Control.RUN)
    held = Shares(special={"google": 0})
    assert len(ledger.claim(campaign, run, 2, NOW, held)) == 2
    assert len(ledger.claim(campaign, run, 10, NOW, held)) == 1
    assert ledger.next_due(campaign, {"google"}) is None
    assert ledger.next_due(campaign) == 0.0
    assert len(ledger.claim(campaign, run, 10, NOW, Shares(usual=2))) == 2
    assert len(ledger.claim(campaign, run, 10, NOW)) == 1


def how_a_pilot_fares_is_known(ledger: Ledger) -> None:
    """How many are open, in doubt or got nothing; whoever is left out counts not."""
    consent = ledger.consent
    campaign = live_campaign(ledger, 9)
    consent.plan_pilot(campaign, Pilot(7), PRINT)
    run, rows = claimed_rows(ledger, campaign, 6)
    seen = PilotSeen(people=7, open=7, in_doubt=0, lost=0, last=NOW)
    assert consent.pilot_seen(campaign) == seen
    states = (State.ACCEPTED, State.REFUSED, State.FAILED, State.IN_DOUBT)
    results = [Result(row.id, state) for row, state in zip(rows, states, strict=False)]
    ledger.record(run, results, NOW + 7)
    ledger.record(run, [Result(rows[4].id, State.WAITING, NOW + 99)], NOW + 8)
    ledger.record(run, [Result(rows[5].id, State.SUPPRESSED, attempt=False)], NOW + 9)
    seen = PilotSeen(people=6, open=2, in_doubt=1, lost=2, last=NOW + 8)
    assert consent.pilot_seen(campaign) == seen
    ask_for(ledger, campaign, Control.CANCEL)
    assert account_of(ledger, campaign, 6).state is State.CANCELLED
    assert consent.pilot_seen(campaign).lost == 4
