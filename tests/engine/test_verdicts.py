"""Outcome -> the line in the ledger."""

import pytest
import tenacity

from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.engine.verdicts import DOUBT_STATES, Booking, When, suppressed
from safesend.ledger.base import Row, State
from safesend.policies.replies import judge
from safesend.policies.retry import Retry

DAY = 86_400.0


def _result(outcome, *, attempts=0, first=None, now=1000.0, booking=None, doubted=None):
    booking = booking or Booking(Retry(), State.IN_DOUBT, 2 * DAY)
    dated = now if first is None else first
    row = Row(7, b"digest", attempts, first, b"payload", "", dated, doubted)
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


def test_what_says_421_waits_longer_each_time_and_uses_up_no_try():
    """
    5, 10, 20 ... seconds, a quarter of an hour at most; at last its time is over.
    """
    waits = []
    for again in (1, 2, 3, 9, 99):
        booking = Booking(Retry(), State.IN_DOUBT, 2 * DAY)
        row = Row(7, b"digest", 0, None, b"payload")
        outcome = Deferred(Stage.MAIL, 421, "4.7.0", "bye")
        result = booking.result(row, outcome, judge(outcome), When(1000.0, 0.5, again))
        assert (result.state, result.attempt) == (State.WAITING, False)
        waits.append(result.not_before - 1000.0)
    assert waits == [5.0, 10.0, 20.0, 900.0, 900.0]
    old = _result(Deferred(Stage.MAIL, 421), first=1000.0 - 2 * DAY)
    assert old.state is State.EXPIRED


def test_a_wait_that_the_server_asks_for_is_kept():
    """
    "Try again in 20 minutes" is longer than the first wait of the schedule.
    """
    reply = Deferred(Stage.RCPT, 450, "4.3.0", "try again in 20 minutes")
    assert 2200.0 <= _result(reply).not_before <= 1000.0 + 1200 * 1.1


def test_a_mailbox_that_is_none_is_suppressed():
    """
    Said at RCPT only; a refused content suppresses nobody.
    """
    assert _result(Refused(Stage.RCPT, 550, "5.1.1", "no such user")).suppress
    assert not _result(Refused(Stage.CONTENT, 550, "5.1.1", "no such user")).suppress
    assert not _result(Refused(Stage.RCPT, 550, "5.7.1", "spam")).suppress


@pytest.mark.parametrize("on_doubt", list(DOUBT_STATES.values()))
def test_a_relay_that_remembers_gets_it_again(on_doubt):
    """
    At once, whatever the policy; when it has forgotten the policy decides.
    """
    booking = Booking(Retry(), on_doubt, 9 * DAY, remembered=DAY)
    again = _result(InDoubt(), booking=booking)
    assert again.state is State.WAITING
    assert again.not_before < 1020.0
    assert again.doubted
    late = _result(InDoubt(), first=1000.0 - DAY, booking=booking)
    assert late.state is on_doubt
    spent = Booking(
        Retry(stop=tenacity.stop_after_attempt(1)), on_doubt, 9 * DAY, remembered=DAY
    )
    assert _result(InDoubt(), booking=spent).state is (
        State.IN_DOUBT if on_doubt is State.WAITING else on_doubt
    )


def test_a_doubt_is_not_sent_again_and_again_at_once():
    """
    Each time later, as the schedule has it in the end.
    """
    booking = Booking(Retry(), State.IN_DOUBT, 9 * DAY, remembered=DAY)
    waits = [
        _result(InDoubt(), attempts=n, booking=booking).not_before - 1000.0
        for n in (0, 1, 2, 5, 20)
    ]
    assert waits == [7.5, 15.0, 30.0, 240.0, 14_400.0]


def test_a_relay_is_relied_on_for_a_part_of_the_time_only():
    """
    From the date of the message on, which is no later than its first octet left.
    """
    booking = Booking(Retry(), State.IN_DOUBT, 9 * DAY, remembered=1000.0)
    assert booking.recognised == 900.0
    known = _result(InDoubt(), first=1000.0 - 890, booking=booking)
    assert (known.state, known.not_before) == (State.WAITING, 1007.5)
    late = _result(InDoubt(), first=1000.0 - 895, booking=booking)
    assert (late.state, late.doubted) == (State.IN_DOUBT, False)


@pytest.mark.parametrize(
    ("doubted", "state"), [(None, State.SUPPRESSED), ("one:", State.IN_DOUBT)]
)
def test_what_may_have_arrived_cannot_be_kept_back(doubted, state):
    """
    Whoever is on the suppression list gets nothing, or has it perhaps.
    """
    row = Row(7, b"digest", 0, None, b"payload", "", 1000.0, doubted)
    result = suppressed(row, "complaint")
    assert (result.id, result.state, result.attempt) == (7, state, False)
    assert result.text == "on the suppression list: complaint"


def test_what_may_have_arrived_does_not_expire():
    """
    Put off for too long, it is in doubt as it was before.
    """
    old = 1000.0 - 2 * DAY
    result = _result(Deferred(Stage.RCPT, 450), first=old, doubted="smtp://relay")
    assert result.state is State.IN_DOUBT


@pytest.mark.parametrize("on_doubt", [State.IN_DOUBT, State.ACCEPTED])
@pytest.mark.parametrize(
    ("relay", "age", "remembered"),
    [("two:", 0.0, DAY), ("one:", 0.9 * DAY, DAY), ("one:", 0.0, 0.0)],
)
def test_a_doubt_goes_to_no_relay_that_would_not_know_it(
    on_doubt, relay, age, remembered
):
    """
    Another one, or the same one later: the policy decides instead.
    """
    booking = Booking(Retry(), on_doubt, 9 * DAY, remembered)
    row = Row(7, b"digest", 1, 1000.0, b"payload", "", 1000.0, "one:")
    held = booking.held(row, relay, 1000.0 + age)
    assert (held.id, held.state, held.attempt) == (7, on_doubt, False)


@pytest.mark.parametrize(
    ("on_doubt", "doubted", "relay"),
    [
        (State.IN_DOUBT, None, "two:"),
        (State.IN_DOUBT, "one:", "one:"),
        (State.WAITING, "one:", "two:"),
    ],
)
def test_the_rest_is_sent(on_doubt, doubted, relay):
    """
    What nobody has, what its relay knows, and all of it where doubts are resent.
    """
    booking = Booking(Retry(), on_doubt, 9 * DAY, DAY)
    row = Row(7, b"digest", 1, 1000.0, b"payload", "", 1000.0, doubted)
    assert booking.held(row, relay, 1000.0 + DAY / 2) is None
