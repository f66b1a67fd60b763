"""How long a server asks to be left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.policies.asked_wait import LONGEST, READ, asked_wait


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("in 5 minutes", 300),
        ("4 hours", 14_400),
        ("try again in 300 seconds", 300),
        ("retry after 00:10:00", 600),
        ("Greylisting in action, please come back in 00:04:59", 299),
        ("Greylisted for 5 minutes", 300),
        ("please retry in 1 hour", 3600),
        ("Wait at least 90 secs", 90),
        ("try again in 300s", 300),
        ("Try again in 10 m.", 600),
        ("delayed for 2 hrs, then 1 day", 86_400),
        ("Too many messages, try again in 15 min", 900),
        ("500 mails per hour is the limit. Come back in 2 hours", 7200),
        ("try again in 30 days", LONGEST),
    ],
)
def test_what_asks_for_a_wait(text, seconds):
    """Words and clocks; the longest counts, a day at most."""
    assert asked_wait(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mailbox busy",
        "try again later",
        "more than 100 messages in 1 hour",
        "only 20 recipients per 60 minutes",
        "quota of the last 24 hours exceeded",
        "rejected at 12:30:00",
        "id 4h3m2s-5d",
        "queued as 98 m",
        "see https://example.org/5 minutes-of-fame",
        "1234567890 seconds",
    ],
)
def test_what_does_not(text):
    """Limits, times of day and names of queues are no waits."""
    assert asked_wait(text) == 0.0


def test_only_the_front_is_read():
    """What a server writes in its thousandth line holds nothing back."""
    assert asked_wait("x" * READ + " try again in 5 minutes") == 0.0


@given(text=st.text(max_size=600) | st.text("again in 59:0 hdms.", max_size=600))
def test_any_text_gives_a_bounded_wait(text):
    """Never negative, never above a day, never an error."""
    assert 0.0 <= asked_wait(text) <= LONGEST
