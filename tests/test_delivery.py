"""Outcomes are values."""

import attrs
import pytest

from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage


@pytest.mark.parametrize("kind", [Accepted, Deferred, Refused, InDoubt, NotSent])
def test_an_outcome_is_frozen_and_has_the_same_fields(kind):
    """
    Stage, code, enhanced status code and text, whatever the outcome.
    """
    outcome = kind(Stage.RCPT, 450, "4.2.1", "busy")
    assert attrs.astuple(outcome) == (Stage.RCPT, 450, "4.2.1", "busy")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        outcome.code = 250


def test_accepted_and_in_doubt_speak_of_the_content():
    """
    Only the end of the message can be accepted or in doubt.
    """
    assert (Accepted().stage, InDoubt().stage) == (Stage.CONTENT, Stage.CONTENT)
