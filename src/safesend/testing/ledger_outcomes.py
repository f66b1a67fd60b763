"""What every ledger promises of outcomes, of doubt, and of a person's decisions."""

from __future__ import annotations

from safesend.ledger.base import (
    FINAL_STATES,
    Account,
    Control,
    Ledger,
    Recovery,
    Result,
    Row,
    State,
)
from safesend.testing.ledger_rows import (
    NOW,
    PRINT,
    account_of,
    ask_for,
    claimed_rows,
    digest,
    live_campaign,
    make_rows,
    payload,
    refused,
)

__all__ = [
    "a_deferred_row_waits_for_its_date",
    "a_result_is_an_outcome",
    "a_row_in_doubt_waits_for_a_decision",
    "a_run_without_marks_leaves_doubt",
    "a_try_that_nobody_answered_does_not_count",
    "all_in_doubt_can_be_sent_again",
    "an_outcome_is_final",
    "marks_follow_a_row_that_comes_back",
    "nothing_is_claimed_while_paused",
    "nothing_waits_in_a_cancelled_campaign",
    "only_the_holder_records",
    "recovery_leaves_the_living_alone",
    "released_rows_keep_their_turn",
    "replies_are_counted_and_name_nobody",
    "rows_expire",
    "the_end_of_a_run_settles_its_rows",
]


def an_outcome_is_final(ledger: Ledger) -> None:
    """Each final state is written once, and nothing changes it afterwards."""
    finals = sorted(FINAL_STATES)
    campaign = live_campaign(ledger, len(finals))
    run, rows = claimed_rows(ledger, campaign, len(finals))
    results = [
        Result(row.id, state, 0.0, True, "content", 250, "2.0.0", "ok")  # noqa: FBT003
        for row, state in zip(rows, finals, strict=True)
    ]
    assert ledger.record(run, results, NOW) == len(finals)
    again = [Result(row.id, State.WAITING, NOW) for row in rows]
    assert ledger.record(run, again, NOW) == 0
    ledger.release(run, [row.id for row in rows])
    assert ledger.claim(campaign, run, 10, NOW + 9) == []
    for number, state in enumerate(finals):
        assert account_of(ledger, campaign, number) == Account(
            state, 1, NOW, "content", 250, "2.0.0", "ok"
        )
    assert dict(ledger.counts(campaign)) == dict.fromkeys(finals, 1)


def only_the_holder_records(ledger: Ledger) -> None:
    """A run that lost its rows, or never had them, changes nothing."""
    campaign = live_campaign(ledger, 2)
    run, rows = claimed_rows(ledger, campaign, 2)
    other = ledger.start_run(campaign, NOW)
    results = [Result(row.id, State.ACCEPTED) for row in rows]
    ids = [row.id for row in rows]
    assert ledger.record(other, results, NOW) == 0
    assert ledger.record(other + 77, results, NOW) == 0
    ledger.release(other, ids)
    ledger.release(other + 77, ids)
    assert dict(ledger.counts(campaign)) == {State.SENDING: 2}
    ledger.end_run(run, NOW)
    assert ledger.record(run, results, NOW) == 0
    ledger.release(run, ids)
    assert dict(ledger.counts(campaign)) == {State.IN_DOUBT: 2}


def a_result_is_an_outcome(ledger: Ledger) -> None:
    """A draft or a claim is not what can become of a row that was claimed."""
    campaign = live_campaign(ledger, 2)
    run, rows = claimed_rows(ledger, campaign, 2)
    for state in (State.DRAFT, State.SENDING):
        results = [Result(rows[0].id, State.ACCEPTED), Result(rows[1].id, state)]
        refused(ledger.record, run, results, NOW)
    assert dict(ledger.counts(campaign)) == {State.SENDING: 2}


def a_deferred_row_waits_for_its_date(ledger: Ledger) -> None:
    """It keeps its payload, counts its tries, and comes back when it is due."""
    campaign = live_campaign(ledger, 2)
    run, rows = claimed_rows(ledger, campaign, 2)
    later = [Result(row.id, State.WAITING, NOW + 60 + n) for n, row in enumerate(rows)]
    assert ledger.record(run, later, NOW) == 2
    assert ledger.next_due(campaign) == NOW + 60
    assert ledger.deferred(campaign) == 2
    assert ledger.claim(campaign, run, 10, NOW + 59) == []
    [row] = ledger.claim(campaign, run, 10, NOW + 60)
    assert row == Row(rows[0].id, digest(0), 1, NOW, payload(0), "example.org", NOW)
    assert ledger.next_due(campaign) == NOW + 61
    ledger.record(run, [Result(row.id, State.WAITING, NOW + 99)], NOW + 60)
    due = ledger.claim(campaign, run, 10, NOW + 99)
    assert [(row.attempts, row.first_tried) for row in due] == [(1, NOW), (2, NOW)]
    assert ledger.deferred(campaign) == 0


def a_try_that_nobody_answered_does_not_count(ledger: Ledger) -> None:
    """The row goes back as it was, or with a date but without a try."""
    campaign = live_campaign(ledger, 2)
    run, rows = claimed_rows(ledger, campaign, 2)
    dates = (0.0, NOW + 5)
    results = [
        Result(row.id, State.WAITING, date, attempt=False)
        for row, date in zip(rows, dates, strict=True)
    ]
    ledger.record(run, results, NOW)
    assert ledger.deferred(campaign) == 1
    assert ledger.next_due(campaign) == 0.0
    rows = ledger.claim(campaign, run, 10, NOW + 5)
    assert [(row.attempts, row.first_tried) for row in rows] == [(0, None)] * 2
    assert account_of(ledger, campaign, 0).last_tried is None


def released_rows_keep_their_turn(ledger: Ledger) -> None:
    """What was not begun waits again, in its old place and with its old date."""
    campaign = live_campaign(ledger, 4)
    run, rows = claimed_rows(ledger, campaign, 2)
    ledger.record(run, [Result(rows[0].id, State.WAITING, NOW + 5)], NOW)
    [*_, again] = ledger.claim(campaign, run, 1, NOW + 5)
    assert again.id == rows[0].id
    ledger.release(run, [row.id for row in rows])
    ledger.release(run, [])
    assert dict(ledger.counts(campaign)) == {State.WAITING: 4}
    assert ledger.deferred(campaign) == 1
    found = ledger.claim(campaign, run, 10, NOW + 5)
    assert [row.digest for row in found] == [digest(n) for n in range(4)]


def nothing_is_claimed_while_paused(ledger: Ledger) -> None:
    """Pause is read at every claim, and what was begun may still be recorded."""
    campaign = live_campaign(ledger, 3)
    run, [row] = claimed_rows(ledger, campaign, 1)
    ask_for(ledger, campaign, Control.PAUSE)
    assert ledger.control(campaign) is Control.PAUSE
    known = ledger.campaign("spring", NOW)
    assert (known.control, known.reason) == (Control.PAUSE, "a test")
    assert ledger.claim(campaign, run, 10, NOW) == []
    assert ledger.record(run, [Result(row.id, State.ACCEPTED)], NOW) == 1
    assert ledger.counts(campaign)[State.WAITING] == 2
    ask_for(ledger, campaign, Control.RUN)
    assert len(ledger.claim(campaign, run, 10, NOW)) == 2


def nothing_waits_in_a_cancelled_campaign(ledger: Ledger) -> None:
    """Not what waited, not what comes back, not what is enrolled later."""
    campaign = live_campaign(ledger, 6)
    run, rows = claimed_rows(ledger, campaign, 4)
    ledger.record(run, [Result(rows[0].id, State.WAITING, NOW + 5)], NOW)
    ledger.record(run, [Result(rows[3].id, State.IN_DOUBT)], NOW)
    ask_for(ledger, campaign, Control.CANCEL)
    assert ledger.counts(campaign)[State.CANCELLED] == 3
    ledger.record(run, [Result(rows[1].id, State.WAITING, NOW)], NOW)
    ledger.release(run, [rows[2].id])
    ledger.resolve(campaign, State.WAITING, None, NOW)
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(7))
    ledger.go_live(campaign, PRINT, NOW)
    assert dict(ledger.counts(campaign)) == {State.CANCELLED: 7}
    for control in (Control.RUN, Control.PAUSE):
        refused(ask_for, ledger, campaign, control)
    assert ledger.control(campaign) is Control.CANCEL
    assert ledger.claim(campaign, run, 10, NOW + 9) == []
    assert ledger.next_due(campaign) is None


def a_row_in_doubt_waits_for_a_decision(ledger: Ledger) -> None:
    """It is not claimed; a person makes it accepted, or sends it again."""
    campaign = live_campaign(ledger, 4)
    run, rows = claimed_rows(ledger, campaign, 4)
    ledger.record(run, [Result(row.id, State.IN_DOUBT) for row in rows[:3]], NOW)
    assert ledger.claim(campaign, run, 10, NOW + 9) == []
    asked = [digest(0), digest(3), digest(99)]
    assert ledger.resolve(campaign, State.WAITING, asked, NOW) == 1
    assert ledger.resolve(campaign, State.ACCEPTED, [digest(1)], NOW) == 1
    assert ledger.resolve(campaign, State.ACCEPTED, [], NOW) == 0
    [row] = ledger.claim(campaign, run, 10, NOW)
    assert row == Row(rows[0].id, digest(0), 1, NOW, payload(0), "example.org", NOW)
    assert ledger.resolve(campaign, State.ACCEPTED, None, NOW) == 1
    assert ledger.resolve(campaign, State.WAITING, None, NOW) == 0
    assert dict(ledger.counts(campaign)) == {State.ACCEPTED: 2, State.SENDING: 2}
    refused(ledger.resolve, campaign, State.REFUSED, None, NOW)


def all_in_doubt_can_be_sent_again(ledger: Ledger) -> None:
    """Without digests a decision is about all rows in doubt, and about no others."""
    campaign = live_campaign(ledger, 3)
    run, rows = claimed_rows(ledger, campaign, 3)
    ledger.record(run, [Result(row.id, State.IN_DOUBT) for row in rows[:2]], NOW)
    assert ledger.resolve(campaign, State.WAITING, None, NOW) == 2
    again = ledger.claim(campaign, run, 10, NOW)
    assert [row.payload for row in again] == [payload(0), payload(1)]


def the_end_of_a_run_settles_its_rows(ledger: Ledger) -> None:
    """Never begun: waiting. Begun and marked: recorded. Begun, no more: in doubt."""
    campaign = live_campaign(ledger, 4)
    run = ledger.start_run(campaign, NOW)
    marks = ledger.progress(run)
    rows = ledger.claim(campaign, run, 4, NOW)
    marks.admit([row.id for row in rows])
    for row in rows[1:]:
        marks.take(row.id)
    marks.settle(Result(rows[1].id, State.ACCEPTED, code=250))
    marks.settle(Result(rows[2].id, State.WAITING, NOW + 7, stage="rcpt", code=450))
    ledger.end_run(run, NOW)
    states = [account_of(ledger, campaign, number).state for number in range(4)]
    assert states == [State.WAITING, State.ACCEPTED, State.WAITING, State.IN_DOUBT]
    assert account_of(ledger, campaign, 2).code == 450
    run, again = claimed_rows(ledger, campaign, 4)
    assert [row.payload for row in again] == [payload(0)]
    assert ledger.next_due(campaign) == NOW + 7


def marks_follow_a_row_that_comes_back(ledger: Ledger) -> None:
    """A row that is claimed again is not taken for what it was the time before."""
    campaign = live_campaign(ledger, 2)
    run = ledger.start_run(campaign, NOW)
    marks = ledger.progress(run)
    one, other = ledger.claim(campaign, run, 2, NOW)
    marks.take(one.id)
    marks.settle(Result(one.id, State.WAITING, NOW))
    ledger.record(run, [Result(one.id, State.WAITING, NOW)], NOW)
    marks.forget([one.id])
    ledger.release(run, [other.id])
    marks.forget([other.id])
    assert len(ledger.claim(campaign, run, 2, NOW)) == 2
    marks.take(other.id)
    ledger.end_run(run, NOW)
    assert account_of(ledger, campaign, 0).state is State.WAITING
    assert account_of(ledger, campaign, 1).state is State.IN_DOUBT


def a_run_without_marks_leaves_doubt(ledger: Ledger) -> None:
    """Who does not say what was begun has, as far as is known, begun everything."""
    campaign = live_campaign(ledger, 2)
    run, _ = claimed_rows(ledger, campaign, 2)
    ledger.end_run(run, NOW)
    assert dict(ledger.counts(campaign)) == {State.IN_DOUBT: 2}


def recovery_leaves_the_living_alone(ledger: Ledger) -> None:
    """What a living run holds stays its own, even when its lease ran out."""
    campaign = live_campaign(ledger, 2)
    run, rows = claimed_rows(ledger, campaign, 2)
    assert ledger.recover(campaign, NOW + 1e6) == Recovery()
    assert dict(ledger.counts(campaign)) == {State.SENDING: 2}
    done = [Result(row.id, State.ACCEPTED) for row in rows]
    assert ledger.record(run, done, NOW) == 2


def rows_expire(ledger: Ledger) -> None:
    """What waits since a first try that long ago is given up; nothing else is."""
    campaign = live_campaign(ledger, 3)
    run, rows = claimed_rows(ledger, campaign, 2)
    for row, date in zip(rows, (NOW, NOW + 5), strict=True):
        reply = Result(row.id, State.WAITING, NOW + 60, code=450, text="later")
        ledger.record(run, [reply], date)
    assert ledger.expire(campaign, NOW, NOW + 50) == 0
    assert ledger.expire(campaign, NOW + 1, NOW + 50) == 1
    assert account_of(ledger, campaign, 0).state is State.EXPIRED
    assert account_of(ledger, campaign, 0).text == "later"
    assert dict(ledger.counts(campaign)) == {State.EXPIRED: 1, State.WAITING: 2}
    assert len(ledger.claim(campaign, run, 9, NOW + 99)) == 2


def replies_are_counted_and_name_nobody(ledger: Ledger) -> None:
    """The distinct replies with their number, most first; addresses are masked."""
    campaign = live_campaign(ledger, 6)
    run, rows = claimed_rows(ledger, campaign, 6)
    gone = "5.1.1 ada@example.org is gone"
    texts = [("5.1.1", gone), ("5.7.1", "no"), ("5.7.1", "no"), (None, "")]
    results = [
        Result(row.id, State.REFUSED, code=550, enhanced=enhanced, text=text)
        for row, (enhanced, text) in zip(rows, texts, strict=False)
    ]
    results.append(Result(rows[4].id, State.WAITING, NOW + 9, code=450, text="wait"))
    results.append(Result(rows[5].id, State.ACCEPTED, code=250, text="queued"))
    ledger.record(run, results, NOW)
    refused = list(ledger.reasons(campaign, State.REFUSED))
    assert refused[0] == ("550 5.7.1 no", 2)
    assert sorted(refused[1:]) == [("550", 1), ("550 5.1.1 a…@example.org is gone", 1)]
    assert list(ledger.reasons(campaign, State.WAITING)) == [("450 wait", 1)]
    assert list(ledger.reasons(campaign, State.ACCEPTED)) == [("250 queued", 1)]
    assert list(ledger.reasons(campaign, State.IN_DOUBT)) == []
    assert "ada@" not in account_of(ledger, campaign, 0).text
    assert ledger.account(campaign, digest(99)) is None
