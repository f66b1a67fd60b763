"""What every ledger promises to tell of the past."""

from __future__ import annotations

import attrs

from safesend.ledger.base import Allowance, Control, Ledger, Result, State
from safesend.ledger.history import (
    Bucket,
    Order,
    Passed,
    RehearsalNote,
    Replied,
    Sessions,
    Share,
    Switch,
)
from safesend.testing.ledger_rows import (
    NOW,
    claimed_rows,
    live_campaign,
    make_rows,
    refused,
)

__all__ = [
    "a_decision_is_told_from_a_servers_word",
    "answers_have_their_time",
    "every_row_is_accounted_for",
    "orders_name_who_gave_them",
    "rehearsals_and_sessions_are_kept",
    "runs_say_how_they_ended",
    "sessions_with_their_hosts_are_purged",
    "switches_are_kept",
]


def every_row_is_accounted_for(ledger: Ledger) -> None:
    """By its state, its provider and its reply; those of a draft are none yet."""
    refused(ledger.history.chronicle, 1, NOW)
    providers = ("example.org", "example.net")
    campaign = live_campaign(ledger, 7, providers=providers)
    before = ledger.history.chronicle(campaign, NOW)
    assert before.counts == {State.WAITING: 7}
    assert (before.timeline.buckets, before.replies) == ((), ())
    _answered(ledger, campaign)
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(9))
    told = ledger.history.chronicle(campaign, NOW + 20)
    assert (told.name, told.enrolled, told.live_since) == ("spring", 7, NOW)
    assert dict(told.counts) == {
        State.ACCEPTED: 2,
        State.REFUSED: 2,
        State.WAITING: 3,
    }
    assert set(told.shares) == {
        Share("example.org", State.ACCEPTED, 1),
        Share("example.org", State.REFUSED, 1),
        Share("example.org", State.WAITING, 2),
        Share("example.net", State.ACCEPTED, 1),
        Share("example.net", State.REFUSED, 1),
        Share("example.net", State.WAITING, 1),
    }
    assert set(told.replies) == {
        Replied(State.REFUSED, "550 no such user", 2),
        Replied(State.WAITING, "450 later", 1),
    }


def answers_have_their_time(ledger: Ledger) -> None:
    """When rows were last answered, how often they were tried, since when they wait."""
    campaign = live_campaign(ledger, 7, providers=("example.org", "example.net"))
    _answered(ledger, campaign)
    told = ledger.history.chronicle(campaign, NOW + 20)
    assert dict(told.attempts) == {0: 2, 1: 5}
    assert told.timeline.width == 1
    assert told.timeline.buckets == (Bucket(NOW, 1, 1, 1), Bucket(NOW + 10, 1, 1, 0))
    assert (told.first_tried, told.waiting_since) == (NOW, NOW)
    assert (told.first_accepted, told.last_accepted) == (NOW, NOW + 10)


def _answered(ledger: Ledger, campaign: int) -> None:
    """Of the rows, two are accepted, two refused and one put off; ten seconds apart."""
    run = ledger.start_run(campaign, NOW)
    rows = sorted(ledger.claim(campaign, run, 9, NOW), key=lambda row: row.digest)
    ledger.release(run, [row.id for row in rows[5:]])
    first = [
        Result(rows[0].id, State.ACCEPTED, code=250),
        Result(rows[1].id, State.REFUSED, code=550, text="no such user"),
        Result(rows[2].id, State.WAITING, NOW + 60, code=450, text="later"),
    ]
    ledger.record(run, first, NOW)
    rest = [
        Result(rows[3].id, State.ACCEPTED, code=250),
        Result(rows[4].id, State.REFUSED, code=550, text="no such user"),
    ]
    ledger.record(run, rest, NOW + 10)


def orders_name_who_gave_them(ledger: Ledger) -> None:
    """When, who and why; each campaign has its own, and addresses are masked."""
    campaign, other = (live_campaign(ledger, 2, name) for name in ("spring", "summer"))
    said = "bob@example.org asked"
    ledger.set_control(campaign, Control.PAUSE, actor="ada", reason=said, now=NOW)
    ledger.set_control(campaign, Control.RUN, actor="bob", reason="", now=NOW + 1)
    ledger.set_control(other, Control.CANCEL, actor="ada", reason="", now=NOW + 2)
    allowance = Allowance("L23", "prices.xlsx", "formulas only")
    ledger.note_allowances(campaign, [allowance], NOW + 3)
    ledger.note_allowances(campaign, [allowance], NOW + 4)

    told = ledger.history.chronicle(campaign, NOW)
    assert told.orders == (
        Order(NOW, "pause", "", "ada", "b…@example.org asked"),
        Order(NOW + 1, "run", "", "bob", ""),
    )
    assert told.passed == (Passed(NOW + 3, allowance),)
    assert told.control is Control.RUN
    assert ledger.history.chronicle(other, NOW).control is Control.CANCEL


def a_decision_is_told_from_a_servers_word(ledger: Ledger) -> None:
    """Who counts as accepted because somebody decided it, is counted apart."""
    campaign = live_campaign(ledger, 3)
    run, rows = claimed_rows(ledger, campaign, 3)
    sure = Result(rows[0].id, State.ACCEPTED)
    doubts = [Result(row.id, State.IN_DOUBT) for row in rows[1:]]
    ledger.record(run, [sure, *doubts], NOW)
    ledger.end_run(run, NOW)
    ledger.resolve(campaign, State.ACCEPTED, [rows[1].digest], NOW + 5, "ada")
    ledger.resolve(campaign, State.WAITING, None, NOW + 6)
    run = ledger.start_run(campaign, NOW + 6)
    [again] = ledger.claim(campaign, run, 3, NOW + 6)
    ledger.record(run, [Result(again.id, State.ACCEPTED)], NOW + 7)

    told = ledger.history.chronicle(campaign, NOW + 9)
    assert (dict(told.counts), told.on_trust) == ({State.ACCEPTED: 3}, 1)
    assert (told.first_accepted, told.last_accepted) == (NOW, NOW + 7)
    assert told.orders == (
        Order(NOW + 5, "accept", "", "ada", "1 in doubt"),
        Order(NOW + 6, "resend", "", "", "1 in doubt"),
    )


def runs_say_how_they_ended(ledger: Ledger) -> None:
    """Who began them, through which relay, and why they stopped."""
    campaign = live_campaign(ledger, 2)
    first = ledger.start_run(campaign, NOW, "smtp://relay.example", "ada")
    ledger.end_run(first, NOW + 1, "paused")
    ledger.end_run(first, NOW + 2, "too late to say something else")
    ledger.start_run(campaign, NOW + 3)

    one, other = ledger.history.chronicle(campaign, NOW + 4).runs
    assert (one.started, one.ended, one.alive) == (NOW, NOW + 1, False)
    assert (one.relay, one.actor, one.stopped) == (
        "smtp://relay.example",
        "ada",
        "paused",
    )
    assert (other.ended, other.alive, other.stopped) == (None, True, "")


def rehearsals_and_sessions_are_kept(ledger: Ledger) -> None:
    """What was rehearsed by which checks, and how the lines were secured."""
    campaign, other = (live_campaign(ledger, 1, name) for name in ("spring", "summer"))
    note = RehearsalNote(
        at=NOW,
        rows=7,
        new=3,
        digest=b"print",
        checks=("L01", "L02"),
        version="1.2",
        actor="ada",
        seconds=0.5,
    )
    ledger.history.note_rehearsal(campaign, note)
    runs = [ledger.start_run(one, NOW) for one in (campaign, campaign, other)]
    for run in runs:
        sessions = [Sessions("a", "TLS 1.3", 2), Sessions("b", "", 1)]
        ledger.history.note_sessions(run, sessions)
    ledger.history.note_sessions(runs[0], [Sessions("a", "TLS 1.3", 1)])

    told = ledger.history.chronicle(campaign, NOW)
    assert told.rehearsals == (note,)
    assert told.sessions == (Sessions("a", "TLS 1.3", 5), Sessions("b", "", 2))
    assert ledger.history.chronicle(other, NOW).rehearsals == ()


def switches_are_kept(ledger: Ledger) -> None:
    """Which carrier took over when, beside what people ordered; nobody is named."""
    campaign = live_campaign(ledger, 1)
    host = "mx://?helo=h > mx:mail.ada-lovelace.example:ab12"
    first = Switch(NOW, host, "smtp://y", "", 'it said "no" to ada@example.org')
    back = Switch(NOW + 9, "smtp://y", host, "google", "it takes mail again")
    ledger.history.note_switches(campaign, [first])
    ledger.set_control(campaign, Control.PAUSE, actor="ada", reason="", now=NOW + 1)
    ledger.history.note_switches(campaign, [back])
    told = ledger.history.chronicle(campaign, NOW)
    masked = attrs.evolve(first, reason='it said "no" to a\u2026@example.org')
    assert told.switches == (masked, back)
    assert [order.what for order in told.orders] == ["pause"]
    assert ledger.orders.ordered(campaign).control is Control.PAUSE

    ledger.persons.purge(
        campaign, actor="ada", reason="", now=NOW + 30, unfinished=True
    )
    told = ledger.history.chronicle(campaign, NOW + 40)
    assert [one.reason for one in told.switches] == ["", ""]
    assert [one.to for one in told.switches] == ["smtp://y", "mx://?helo=h"]
    assert "lovelace" not in repr(told)


def sessions_with_their_hosts_are_purged(ledger: Ledger) -> None:
    """How mail went to a server of the sender's own stays, and other campaigns' too."""
    own, hosts = "smtp://relay.example.org", ("mx:mx.ada.example:ab", "mx: > mx:b:c")
    notes = [Sessions(route, "TLS 1.3", 2) for route in (*hosts, own)]
    campaigns = live_campaign(ledger, 1), live_campaign(ledger, 1, "autumn")
    for campaign in campaigns:
        run = ledger.start_run(campaign, NOW, "", "ada")
        ledger.history.note_sessions(run, notes)
        ledger.end_run(run, NOW + 1)
    purged, other = campaigns
    ledger.persons.purge(purged, actor="ada", reason="", now=NOW + 9, unfinished=True)
    assert ledger.history.chronicle(purged, NOW + 9).sessions == (notes[2],)
    assert set(ledger.history.chronicle(other, NOW + 9).sessions) == set(notes)
