"""What `GetAccount` says is read, and what it does not say is not guessed."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from safesend.smtp import Security
from safesend.transports.ses_account import account_seen, read_limits, stopped


def account(**changed: Any) -> dict[str, Any]:
    """As a healthy account in production answers."""
    return {
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": True,
        "SendingEnabled": True,
        "SendQuota": {
            "Max24HourSend": 50000.0,
            "MaxSendRate": 14.0,
            "SentLast24Hours": 1200.0,
        },
        **changed,
    }


def test_rate_and_what_is_left_of_the_day() -> None:
    """Nothing else is to be told of a healthy account."""
    limits = read_limits(account())
    assert (limits.rate, limits.quota, limits.notes) == (14.0, 48800, ())
    assert not limits.assumed
    assert stopped(account()) is None


@pytest.mark.parametrize(
    ("most", "sent", "left"),
    [(-1.0, 7.0, None), (200.0, 200.0, 0), (200.0, 250.0, 0), (200.0, None, 200)],
)
def test_a_quota_may_be_none_or_used_up(
    most: float, sent: float | None, left: int | None
) -> None:
    """-1 stands for no limit."""
    quota = {"Max24HourSend": most, "MaxSendRate": 1.0, "SentLast24Hours": sent}
    assert read_limits(account(SendQuota=quota)).quota == left


def test_the_sandbox_and_a_review_are_told() -> None:
    """They change who gets the message, and soon perhaps whether."""
    [note] = read_limits(account(ProductionAccessEnabled=False)).notes
    assert "sandbox" in note
    [note] = read_limits(account(EnforcementStatus="PROBATION")).notes
    assert "PROBATION" in note


def test_an_account_that_may_not_send_says_why() -> None:
    """It was stopped by Amazon, or by its owner."""
    assert "SHUTDOWN" in (stopped(account(EnforcementStatus="SHUTDOWN")) or "")
    assert "SendingEnabled" in (stopped(account(SendingEnabled=False)) or "")


def test_without_numbers_it_goes_slowly() -> None:
    """And a person is told."""
    limits = read_limits({})
    assert (limits.rate, limits.quota, limits.assumed) == (1.0, None, True)
    assert "did not say" in limits.notes[0]
    zero = {"Max24HourSend": 10.0, "MaxSendRate": 0.0, "SentLast24Hours": 0.0}
    assert read_limits(account(SendQuota=zero)).assumed


VALUES = st.none() | st.booleans() | st.floats() | st.text(max_size=3)


@given(VALUES, VALUES, VALUES)
def test_whatever_it_says_the_limits_are_limits(
    rate: Any, most: Any, sent: Any
) -> None:
    """No answer, however odd, makes a limit that is none."""
    quota = {"MaxSendRate": rate, "Max24HourSend": most, "SentLast24Hours": sent}
    limits = read_limits(account(SendQuota=quota))
    assert limits.rate is not None
    assert 0 < limits.rate < float("inf")
    assert limits.quota is None or limits.quota >= 0


def test_where_an_account_is_seen() -> None:
    """The service's own address, or one of this machine without TLS."""
    limits = read_limits(account())
    own = account_seen("ses://eu-west-1", "https://email.amazonaws.com", limits)
    near = account_seen("ses://eu-west-1", "http://127.0.0.1", limits)

    assert (own.host, own.port, own.security) == (
        "email.amazonaws.com",
        443,
        Security.IMPLICIT,
    )
    assert (near.port, near.security) == (80, Security.PLAINTEXT)
