"""feedback/said.py: what a server said of a message that came back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.feedback.said import Fate, Said, fate_of, read_said, read_text
from safesend.ledger.heard import Heard
from safesend.policies.replies import builtin

_GONE = Fate(Heard.BOUNCED, no_mailbox=True)
_BOUNCED, _RETURNED = Fate(Heard.BOUNCED), Fate(Heard.RETURNED)


@pytest.mark.parametrize(
    ("diagnostic", "status", "said"),
    [
        ("smtp; 550 5.1.1 no such user", "5.1.1", Said(550, "5.1.1", "no such user")),
        ("smtp;550 no such user", "5.0.0", Said(550, "5.0.0", "no such user")),
        ("550 5.1.1 unknown", "5.0.0", Said(550, "5.1.1", "unknown")),
        (
            "SMTP; 452-4.2.2 it is\n 452 4.2.2 full",
            "",
            Said(452, "4.2.2", "it is full"),
        ),
        ("X-Unix; unknown user", "5.1.1 (bad)", Said(None, "5.1.1", "unknown user")),
        (
            "x; host mx[192.0.2.1] said: 550 #5.1.1 no",
            "",
            Said(550, "5.1.1", "no"),
        ),
        ("x; expired after 5 days", "", Said(None, None, "expired after 5 days")),
        ("", "", Said()),
        ("", "5.1.x", Said()),
        ("smtp; 5501 apples", "", Said(None, None, "5501 apples")),
    ],
)
def test_a_reply_is_found_in_the_fields(diagnostic, status, said):
    """
    The reply's own enhanced code counts before the one of the reporting server.
    """
    assert read_said(diagnostic, status) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Remote host said: 550 5.1.1 unknown", (550, "5.1.1")),
        ("Sorry, no mailbox here by that name. (#5.1.1)", (None, "5.1.1")),
        ("SMTP error from a.example [192.0.2.1]:\n 450 4.2.0 later", (450, "4.2.0")),
        ("we waited for 550 seconds on 4.1.1.9", (None, None)),
    ],
)
def test_a_reply_is_found_in_a_text(text, said):
    """
    Numbers of other kinds are none.
    """
    found = read_text(text)
    assert (found.code, found.enhanced) == said


@pytest.mark.parametrize(
    ("said", "fate"),
    [
        (Said(550, "5.1.1", "no such user"), _GONE),
        (Said(None, "5.1.1"), _GONE),
        (Said(550, "5.1.6", "moved"), _GONE),
        (Said(550, "5.1.10", "recipient not found"), _GONE),
        (Said(550, "5.2.1", "the account is disabled"), _GONE),
        (Said(550, "5.2.1", "receives mail at a rate that"), _RETURNED),
        (Said(550, "5.2.1", "something"), _BOUNCED),
        (Said(552, "5.2.2", "full"), _RETURNED),
        (Said(452, "4.2.2", "full"), _RETURNED),
        (Said(None, "4.4.7", "expired"), _RETURNED),
        (Said(421, "5.1.1", "the code counts"), _RETURNED),
        (Said(550, "5.7.1", "policy"), _BOUNCED),
        (Said(550, "5.7.1", "user unknown, says spamhaus"), _RETURNED),
        (Said(550, "5.4.4", "no way"), _BOUNCED),
        (Said(550, "5.1.8", "sender has no domain"), _BOUNCED),
        (Said(None, None, "user unknown"), _GONE),
        (Said(None, None, "it did not work"), _RETURNED),
        (Said(), _RETURNED),
    ],
)
def test_only_a_mailbox_that_is_gone_is_never_written_to_again(said, fate):
    """
    As the table of replies says; a full one came back and may not the next time.
    """
    assert fate_of(said, builtin()) == fate


def test_the_provider_counts():
    """
    Its own words have a meaning of their own.
    """
    said = Said(554, None, "delivery error: dd no valid mailbox")
    assert fate_of(said, builtin(), "yahoo") == _GONE
    assert fate_of(said, builtin()) == _BOUNCED


def test_a_rule_of_your_own_counts():
    """
    It stands before the built-in ones.
    """
    own = """
[[rule]]
name = "kept"
stage = "rcpt"
code = 550
enhanced = "5.1.1"
scope = "recipient"
do = "fail"
means = "our own server says so of everybody"
"""
    rules = builtin().extended(own, "own.toml")
    assert fate_of(Said(550, "5.1.1", "no such user"), rules) == _BOUNCED


@given(st.text(max_size=300), st.text(max_size=30))
def test_whatever_was_said_is_read(diagnostic, status):
    """
    And means something.
    """
    found = read_said(diagnostic, status)
    assert found.digit in {"", "2", "4", "5"}
    assert fate_of(found, builtin()).heard in {Heard.BOUNCED, Heard.RETURNED}
