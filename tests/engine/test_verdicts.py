"""Outcome -> the line in the ledger."""

import pytest
import tenacity

from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.engine.verdicts import DOUBT_STATES, Booking, When
from safesend.ledger.base import Row, State
from safesend.policies.replies import judge
from safesend.policies.retry import Retry

DAY = 86_400.0


def _result(outcome, *, attempts=0, first=None, now=1000.0, booking=None):
    booking = booking or Booking(Retry(), State.IN_DOUBT, 2 * DAY)
    row = Row(7, b"digest", attempts, first, b"payload")
    return booking.result(row, outcome, judge(outcome), When(now, 0.5))


def test_an_accepted_row_is_final():
    """
    The reply is kept, and no date.
    """
    result = _result(Accepted(code=250, enhanced="2.0.0", text="queued"))
    assert (result.id, result.state, result.not_before) == (7, State.ACCEPTED, 0.0)
    assert (result.code, result.enhanced, result.text) == (250, "2.0.0", "queued")
    assert (result.stage, result.attempt) == ("content", True)


def test_a_refusal_is_final():
    """
    5xx at RCPT ends the row.
    """
    assert _result(Refused(Stage.RCPT, 550)).state is State.REFUSED


def test_a_deferral_waits_for_its_date():
    """
    The first retry comes after five minutes.
    """
    result = _result(Deferred(Stage.RCPT, 450))
    assert (result.state, result.not_before) == (State.WAITING, 1300.0)


def test_the_date_grows_with_the_attempts():
    """
    The third try's refusal waits an hour.
    """
    result = _result(Deferred(Stage.RCPT, 450), attempts=2, first=500.0)
    assert result.not_before == 4600.0


def test_a_deferral_expires_when_its_time_is_over():
    """
    What could only go after `give_up_after` does not wait for it.
    """
    result = _result(Deferred(Stage.RCPT, 450), attempts=9, first=1000.0 - 2 * DAY)
    assert result.state is State.EXPIRED


def test_a_deferral_expires_when_its_tries_are_used_up():
    """
    Tenacity's stop object has the last word.
    """
    retry = Retry(stop=tenacity.stop_after_attempt(1))
    booking = Booking(retry, State.IN_DOUBT, DAY)
    assert _result(Deferred(Stage.RCPT, 450), booking=booking).state is State.EXPIRED


@pytest.mark.parametrize("policy", ["hold", "resend", "assume-accepted"])
def test_a_doubt_follows_its_policy(policy):
    """
    Held, sent again later with the same Message-ID, or taken as accepted.
    """
    booking = Booking(Retry(), DOUBT_STATES[policy], DAY)
    result = _result(InDoubt(), booking=booking)
    assert result.state is DOUBT_STATES[policy]
    assert (result.not_before > 1000.0) == (policy == "resend")


@pytest.mark.parametrize(
    "booking",
    [
        Booking(Retry(stop=tenacity.stop_after_attempt(1)), State.WAITING, DAY),
        Booking(Retry(), State.WAITING, 10.0),
    ],
)
def test_a_doubt_is_not_resent_for_ever(booking):
    """
    When the tries or the time are used up a person decides.
    """
    assert _result(InDoubt(), booking=booking).state is State.IN_DOUBT


def test_what_nobody_judged_counts_no_attempt():
    """
    A lost connection before the end of the data is not the recipient's fault.
    """
    result = _result(NotSent(Stage.CONNECT))
    assert (result.state, result.attempt) == (State.WAITING, False)
    assert result.not_before > 1000.0
