"""feedback/wrappings.py: what an event comes wrapped in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.events import event, wrapped
from safesend.feedback.wrappings import Unfit, decoded, unwrapped

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["Message", "Body", "detail", "Records", "Sns", "x"]), inner
        )
    ),
)


@pytest.mark.parametrize(
    "by",
    [
        "plain",
        "sns",
        "sqs",
        "sqs raw",
        "receive-message",
        "eventbridge",
        "lambda of sns",
        "lambda of sqs",
        "log",
        "array",
    ],
)
def test_an_event_is_found_in_every_envelope(by):
    """
    However often it was wrapped.
    """
    of = event("Delivery")

    assert list(unwrapped(wrapped(of, by))) == [of]


@pytest.mark.parametrize(
    "kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"]
)
def test_what_a_topic_says_of_itself_is_no_event_of_a_message(kind):
    """
    A topic asks whether somebody wants it.
    """
    [found] = unwrapped({"Type": kind, "Message": "You have chosen to", "Token": "x"})
    assert found == {"notificationType": kind}


def test_a_text_in_an_envelope_is_no_event_of_a_message():
    """
    SES tries out a new topic with one.
    """
    told = "Successfully validated SNS topic for Amazon SES event publishing."
    [found] = unwrapped({"Type": "Notification", "Message": told})
    assert found == {"notificationType": "a text"}


@pytest.mark.parametrize(
    ("value", "field", "words"),
    [
        (7, "", "a single value"),
        ({"a": 1}, "eventType", "is missing"),
        ({"Type": ["Notification"]}, "eventType", "is missing"),
        ({"Message": "{broken"}, "Message", "no JSON"),
        ({"Messages": ["x"]}, "", "a single value"),
    ],
)
def test_what_holds_none_is_told(value, field, words):
    """
    With the field in which it was looked for.
    """
    [found] = unwrapped(value)
    assert isinstance(found, Unfit)
    assert found.field == field
    assert words in found.reason


def test_what_is_nested_too_deeply_is_refused():
    """
    By envelopes, or in the JSON itself.
    """
    of = {"x": 1}
    for _ in range(20):
        of = {"Message": json.dumps(of)} if len(str(of)) < 9_000 else {"detail": of}
    [found] = unwrapped(of)
    assert "too often" in str(found)
    with pytest.raises(Unfit, match="too deeply"):
        decoded("[" * 200_000)


def test_numbers_of_any_length_are_refused():
    """
    Reading one takes time that grows with its square.
    """
    with pytest.raises(Unfit, match="too long"):
        decoded("9" * 10_000)
    assert decoded("[NaN] x") == ([None], 5)


@given(_JSON)
def test_nothing_that_is_json_is_an_accident(value):
    """
    Everything is an event or told to be none.
    """
    for found in unwrapped(value):
        assert isinstance(found, Unfit | dict)
