"""An exit status means what sysexits.h says, and nothing that is not known."""

from __future__ import annotations

import os

import pytest

from safesend.delivery import Accepted, Deferred, InDoubt, Refused
from safesend.transports.sysexits import outcome_of

NOT_TAKEN = {64, 66, 68, 69, 71, 72, 73, 75, 77, 78}


def test_zero_is_accepted():
    """By the mailer, which has queued it."""
    assert outcome_of(0, "a warning") == Accepted(
        text="the mailer of this machine has queued it"
    )


@pytest.mark.parametrize("status", range(-64, 256))
def test_every_status(status):
    """Refused and deferred are only those that say that nothing was taken."""
    outcome = outcome_of(status, "")
    wanted = InDoubt
    if status == 0:
        wanted = Accepted
    elif status in {os.EX_DATAERR, os.EX_NOUSER}:
        wanted = Refused
    elif status in NOT_TAKEN:
        wanted = Deferred

    assert type(outcome) is wanted


def test_the_names_are_those_of_the_system():
    """The numbers stand for the names that the text gives."""
    for name in dir(os):
        if name.startswith("EX_") and not isinstance(
            outcome := outcome_of(getattr(os, name), ""), InDoubt | Accepted
        ):
            assert outcome.text.startswith(f"{name}: ")


def test_what_it_said_is_told():
    """Behind what the number means."""
    assert (
        outcome_of(75, "disk full").text == "EX_TEMPFAIL: try again later (disk full)"
    )
    assert outcome_of(-9, "").text == "the mailer ended with signal 9"
    assert outcome_of(1, "what").text == "the mailer ended with exit status 1 (what)"
