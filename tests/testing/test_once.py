from __future__ import annotations

import pytest

from safesend import Address, Recipient
from safesend.testing import Received, assert_sent_once, make_envelopes

ADA, BO, CHEN = "ada@example.org", "bo@example.com", "chen@example.net"


def _failure(*args: object, **options: object) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_sent_once(*args, **options)
    return str(caught.value)


def test_one_message_each_passes() -> None:
    """In any order; people are addresses or rows, and may be named twice."""
    messages = list(make_envelopes([ADA, BO]))

    assert_sent_once(messages, [BO, ADA, ADA.upper()])
    assert_sent_once(messages, [Recipient(ADA, name="Ada"), Address.parse(BO)])
    assert_sent_once([], [])


def test_the_report_names_who_got_none_several_or_was_not_meant() -> None:
    """By their place in the list, no address in clear."""
    messages = [*make_envelopes([ADA, BO, CHEN, ADA])]
    people = [ADA, BO, Recipient.from_row("dee@example.org", {}, source="list.csv:4")]

    assert _failure(messages, people).splitlines() == [
        "not one message for each of 3: there are 4 messages",
        "  got none: 1",
        "    d\u2026@example.org (list.csv:4)",
        "  got several: 1",
        "    a\u2026@example.org (recipients[0]): messages[0], messages[3]",
        "  not meant to get any: 1",
        "    c\u2026@example.net (messages[2])",
    ]


def test_the_envelope_counts() -> None:
    """Several people in one transaction got one each; To says nothing."""
    message = Received("o@x.example", (ADA, BO), b"To: all@x.example\n\n", 1, None, 1)

    assert_sent_once([message], [ADA, BO])
    assert "got several: 2" in _failure([message, message], [ADA, BO])


def test_public_addresses_may_get_any_number() -> None:
    """None, one or many."""
    messages = list(make_envelopes([ADA, CHEN, CHEN]))

    assert_sent_once(messages, [ADA], public=[CHEN])
    assert_sent_once(messages[:1], [ADA, CHEN], public=[CHEN])


def test_who_is_no_mailbox_is_named() -> None:
    """With the message that went there."""
    message = Received("o@x.example", ("ada@relay",), b"", False, None, 1)

    assert "  no mailbox: 1\n    messages[0]: " in _failure([message], [])


def test_a_long_report_is_cut() -> None:
    """It counts what it leaves out."""
    people = [f"p{number}@x.example" for number in range(12)]
    assert _failure([], people).endswith("\n    ... and 2 more")
    assert _failure(make_envelopes([ADA] * 12), [ADA]).endswith("[9] and 2 more")
