"""What every ledger promises of rows that may have arrived."""

from __future__ import annotations

from safesend.ledger.base import Control, Ledger, Result, Row, State
from safesend.testing.ledger_rows import (
    NOW,
    account_of,
    ask_for,
    claimed_rows,
    digest,
    live_campaign,
)

__all__ = [
    "a_crash_keeps_the_date_of_a_message",
    "a_decision_ends_a_doubt",
    "a_doubt_that_waits_names_its_relay",
    "a_message_keeps_its_date",
    "what_may_have_arrived_is_not_given_up",
]

_RELAY, _OTHER = "smtp://relay.example", "smtp://other.example"
_DAY = 86_400.0


def _doubted(row: Row) -> Result:
    return Result(row.id, State.WAITING, NOW + 5, doubted=True)


def _again(ledger: Ledger, campaign: int, relay: str, now: float) -> Row:
    """What another run claims at that date: one row."""
    run = ledger.start_run(campaign, now, relay)
    [row] = ledger.claim(campaign, run, 9, now)
    ledger.release(run, [row.id])
    ledger.end_run(run, now)
    return row


def a_message_keeps_its_date(ledger: Ledger) -> None:
    """It has that of the first claim as soon as a server may have seen any of it."""
    campaign = live_campaign(ledger, 1)
    run, [row] = claimed_rows(ledger, campaign, 1)
    assert (row.dated, row.doubted) == (NOW, None)
    ledger.release(run, [row.id])
    [row] = ledger.claim(campaign, run, 1, NOW + 1)
    ledger.record(run, [Result(row.id, State.WAITING, NOW + 2, attempt=False)], NOW + 1)
    [row] = ledger.claim(campaign, run, 1, NOW + 2)
    assert row.dated == NOW + 2
    reply = Result(row.id, State.WAITING, NOW + 9, attempt=False, code=421)
    ledger.record(run, [reply], NOW + 3)
    [row] = ledger.claim(campaign, run, 1, NOW + 9)
    assert row.dated == NOW + 2
    ledger.release(run, [row.id])
    ledger.end_run(run, NOW + 9)
    assert _again(ledger, campaign, _RELAY, NOW + _DAY).dated == NOW + 2


def a_crash_keeps_the_date_of_a_message(ledger: Ledger) -> None:
    """What comes again after a doubt is the same message, to the last octet."""
    campaign = live_campaign(ledger, 1)
    run = ledger.start_run(campaign, NOW, _RELAY)
    ledger.claim(campaign, run, 1, NOW + 1)
    ledger.end_run(run, NOW + 2)
    assert ledger.resend_known(campaign, _RELAY, NOW + 1, NOW + 5) == 0
    assert ledger.resend_known(campaign, _RELAY, NOW, NOW + 5) == 1
    assert _again(ledger, campaign, _RELAY, NOW + 6).dated == NOW + 1


def a_doubt_that_waits_names_its_relay(ledger: Ledger) -> None:
    """Whoever claims it is told who may have it, until somebody decides."""
    campaign = live_campaign(ledger, 1)
    run = ledger.start_run(campaign, NOW, _RELAY)
    [row] = ledger.claim(campaign, run, 1, NOW)
    ledger.record(run, [_doubted(row)], NOW)
    ledger.end_run(run, NOW)
    row = _again(ledger, campaign, _OTHER, NOW + 5)
    assert (row.doubted, row.dated) == (_RELAY, NOW)
    run = ledger.start_run(campaign, NOW, _OTHER)
    ledger.claim(campaign, run, 1, NOW + 6)
    held = Result(row.id, State.IN_DOUBT, attempt=False)
    ledger.record(run, [held], NOW + 6)
    ledger.end_run(run, NOW + 6)
    [doubt] = ledger.doubts(campaign)
    assert (doubt.digest, doubt.relay) == (digest(0), _RELAY)
    assert ledger.resend_known(campaign, _OTHER, 0, NOW + 7) == 0
    assert ledger.resend_known(campaign, _RELAY, 0, NOW + 7) == 1
    assert _again(ledger, campaign, _RELAY, NOW + 7).doubted == _RELAY


def a_decision_ends_a_doubt(ledger: Ledger) -> None:
    """Who is to be sent it again by a person's word is sent it by any relay."""
    campaign = live_campaign(ledger, 2)
    run = ledger.start_run(campaign, NOW, _RELAY)
    ledger.claim(campaign, run, 2, NOW)
    ledger.end_run(run, NOW)
    assert ledger.resolve(campaign, State.ACCEPTED, [digest(0)], NOW, "ada") == 1
    assert ledger.resolve(campaign, State.WAITING, None, NOW, "ada") == 1
    row = _again(ledger, campaign, _OTHER, NOW + 7)
    assert (row.doubted, row.dated) == (None, NOW)


def what_may_have_arrived_is_not_given_up(ledger: Ledger) -> None:
    """It does not expire, and who cancels leaves it in doubt."""
    campaign = live_campaign(ledger, 3)
    run = ledger.start_run(campaign, NOW, _RELAY)
    [one, other] = ledger.claim(campaign, run, 2, NOW)
    ledger.record(run, [_doubted(one), Result(other.id, State.IN_DOUBT)], NOW)
    ledger.end_run(run, NOW)
    assert ledger.resend_known(campaign, _RELAY, 0, NOW + 5) == 1
    assert ledger.expire(campaign, NOW + _DAY, NOW + _DAY) == 0
    ask_for(ledger, campaign, Control.CANCEL)
    assert dict(ledger.counts(campaign)) == {State.IN_DOUBT: 2, State.CANCELLED: 1}
    ledger.resend_known(campaign, _RELAY, 0, NOW + 5)
    assert ledger.counts(campaign)[State.IN_DOUBT] == 2
    assert ledger.resolve(campaign, State.WAITING, None, NOW) == 2
    assert account_of(ledger, campaign, 0).state is State.CANCELLED
